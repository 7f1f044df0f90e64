#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/journal/journal.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What another daemon of ours sends beside an entry, so that the event keeps its identity on the
// way.
struct ForwardedIdentity {
    std::string id;
    std::string account;
    std::string region;
    std::vector<std::string> visited_buses;
};

// One entry of PutEvents. Absent members are empty.
struct PutEventsEntry {
    std::optional<WallTime> time;  // absent: now
    std::string source;
    std::string detail_type;
    std::string detail;  // JSON text of an object, untouched
    std::vector<std::string> resources;
    std::string event_bus_name;  // name or ARN; empty: default
    std::string trace_header;
    std::optional<ForwardedIdentity> forwarded;
    // Within the deduplication window, a second entry with this id on the same bus of the same name
    // space is answered like the first one and delivered to nobody; with other content it is an
    // error (code IdempotentParameterMismatch): of the entry, or, if the id is of the whole
    // request, of the request. Empty: none.
    std::string deduplication_id;
    std::string content_digest;  // says whether two entries with one id are the same
    bool is_request_deduplication = false;
};

// The answer to one entry: an id, or a code with a message.
struct PutEventsResult {
    std::string event_id;
    std::string error_code;
    std::string error_message;
};

struct EventIntakeOptions {
    std::size_t entries_bytes_max =
        1024 * 1024;  // over all entries of a request, counted as the service counts
    int max_hops = 8;
    Millis deduplication_window{std::chrono::minutes{5}};
    bool refuse_unknown_bus =
        false;  // the service accepts such entries and drops them; so do we, counted and logged
};

// The one way into a bus: validates, gives an id, builds the envelope, matches, and has the journal
// write it all before it answers. Safe from any thread.
class EventIntake {
public:
    static std::unique_ptr<EventIntake> create(
        Catalog& catalog,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        EventIntakeOptions options);

    virtual ~EventIntake() = default;

    // One result per entry, in order; entries fail one by one (api reference, section 2). An Error
    // refuses the whole request (codes ValidationException, ThrottlingException,
    // ServiceUnavailableException) and nothing is accepted.
    virtual boost::asio::awaitable<Result<std::vector<PutEventsResult>>> put_events(
        Namespace caller,
        std::vector<PutEventsEntry> entries) = 0;

    // The same for callers who expect all or nothing: an entry that cannot be accepted refuses the
    // request, with its code and its place ("/Entries/0") in the error.
    virtual boost::asio::awaitable<Result<std::vector<PutEventsResult>>> put_all_events(
        Namespace caller,
        std::vector<PutEventsEntry> entries) = 0;

    // An accepted event on its way into another bus of this daemon (see TargetDirectory::route,
    // which has the errors).
    [[nodiscard]] virtual Result<NewEvent> route(const Event& event, std::string_view bus_arn) = 0;
};

}  // namespace eventbus
