#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/replay.hpp"
#include "eventbus/journal/archive_store.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {

// What is replayed in one transaction: it ends with the event that reaches one of these.
struct ReplayPage {
    std::size_t events = 0;
    std::size_t bytes = 0;
    std::size_t deliveries = 0;
};

struct ReplaysOptions {
    std::size_t active_max = 10;  // at once, in one account and region
    // Of the time, in per cent, that replays may keep the journal's writer busy; the rest is for
    // live events.
    unsigned share_percent = 20;
    // A replay waits, for up to a second before each page, while the backlog of deliveries has
    // grown by more than this since it was smallest.
    std::uint64_t backlog_max = 5'000;
    ReplayPage page{200, 512 * 1024, 1'000};
    // Instead, while live events come in: for one that comes in the middle of a page waits for it.
    ReplayPage page_beside_live{4, 16 * 1024, 32};
};

// At most one of them is given.
struct ReplayFilter {
    std::string name_prefix;
    std::string event_source_arn;
    std::string state;
};

// Runs of archives into their buses. A page of archived events and the position behind it are
// appended in one transaction, so that each event is replayed exactly once wherever the process
// ends; a restart goes on from there. Errors are the service's, as the Catalog's are. Safe from any
// thread, but for load(), which comes first.
class Replays {
public:
    // Everything outlives the replays.
    static std::unique_ptr<Replays> create(
        boost::asio::any_io_executor executor,
        Catalog& catalog,
        CatalogStore& store,
        ArchiveStore& archives,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        ReplaysOptions options);

    virtual ~Replays() = default;

    template <class T>
    using Task = boost::asio::awaitable<Result<T>>;

    // Reads the stored replays.
    virtual Task<void> load() = 0;

    // Of `wanted`, what StartReplay gives; the replay as it is then.
    virtual Task<Replay> start_replay(Namespace caller, Replay wanted) = 0;
    virtual Task<Replay> cancel_replay(Namespace caller, std::string name) = 0;
    virtual Result<Replay> describe_replay(const Namespace& caller, const std::string& name)
        const = 0;
    // Sorted by name, after `after`.
    virtual std::vector<Replay> list_replays(
        const Namespace& caller,
        const ReplayFilter& filter,
        const std::string& after,
        std::size_t limit) const = 0;

    // One step of each active replay: a page, or the next state. An error means that something
    // could not be read or stored, and comes again with the next step.
    virtual Task<void> step() = 0;

    // Steps at its pace until stop().
    virtual boost::asio::awaitable<void> run() = 0;

    // Returns when the step under way has ended.
    virtual boost::asio::awaitable<void> stop() = 0;
};

}  // namespace eventbus
