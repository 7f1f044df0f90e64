#include "eventbus/bus/event_intake.hpp"

#include "eventbus/base/ids.hpp"
#include "eventbus/base/log.hpp"

#include "bus_match.hpp"
#include "detail_check.hpp"
#include "entry_check.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace eventbus {

using namespace bus;

namespace asio = boost::asio;

namespace {

struct IntakeCounters {
    Counter& accepted;
    Counter& failed;
    Counter& matched;
    Counter& unmatched;
    Counter& dropped;

    explicit IntakeCounters(MetricsRegistry& metrics)
        : accepted(metrics.counter(
              "eventbusd_events_accepted_total",
              "Entries of PutEvents that were answered with an event id")),
          failed(metrics.counter(
              "eventbusd_events_failed_total",
              "Entries of PutEvents that were answered with an error")),
          matched(
              metrics.counter("eventbusd_events_matched_total", "Matches of an event with a rule")),
          unmatched(
              metrics.counter("eventbusd_events_unmatched_total", "Events that no rule matched")),
          dropped(metrics.counter(
              "eventbusd_events_dropped_unknown_bus_total",
              "Entries accepted for an event bus that does not exist, and dropped")) {}
};

class LiveIntake final : public EventIntake {
public:
    LiveIntake(
        Catalog& catalog,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        EventIntakeOptions options)
        : catalog_(catalog),
          journal_(journal),
          clock_(clock),
          options_(options),
          counters_(metrics) {}

    asio::awaitable<Result<std::vector<PutEventsResult>>> put_events(
        Namespace caller,
        std::vector<PutEventsEntry> entries) override {
        if (auto allowed = check_put_events(entries, options_.entries_bytes_max); !allowed) {
            co_return allowed.error();
        }
        co_return co_await write(take_in(caller, std::move(entries)));
    }

    boost::asio::awaitable<Result<std::vector<PutEventsResult>>> put_all_events(
        Namespace caller,
        std::vector<PutEventsEntry> entries) override {
        if (auto allowed = check_put_events(entries, options_.entries_bytes_max); !allowed) {
            co_return allowed.error();
        }
        Batch batch = take_in(caller, std::move(entries));
        for (std::size_t i = 0; i < batch.results.size(); ++i) {
            const PutEventsResult& result = batch.results[i];
            if (!result.error_code.empty()) {
                counters_.failed.add(batch.results.size());
                co_return Error(
                    Errc::invalid_argument,
                    result.error_message,
                    "/Entries/" + std::to_string(i),
                    result.error_code);
            }
        }
        co_return co_await write(std::move(batch));
    }

    Result<NewEvent> route(const Event& event, std::string_view bus_arn) override {
        const auto snapshot = catalog_.snapshot();
        const LiveBus* bus = snapshot->find_bus(bus_arn);
        if (bus == nullptr) {
            return Error(
                Errc::not_found,
                "There is no event bus " + std::string(bus_arn) + ".",
                {},
                "NO_RESOURCE");
        }
        if (auto refusal = refused_hop(event.id, event.visited_buses, bus_arn)) {
            const auto kind = Errc::refused;
            return Error(kind, refusal->error_message, {}, refusal->error_code);
        }
        auto copy = std::make_shared<Event>(event);
        copy->bus_arn = bus_arn;
        copy->accepted_at = clock_.now();
        copy->visited_buses.emplace_back(bus_arn);
        BusMatches matches = match_bus(*bus, copy->envelope, TextOrigin::journal);
        if (!matches.is_readable) {
            return Error(Errc::malformed, "The event cannot be read as JSON.", {}, "INVALID_JSON");
        }
        count(matches.rules);
        NewEvent added{std::move(copy), std::move(matches.owed), std::move(matches.archived)};
        added.keys = std::move(matches.keys);
        return added;
    }

private:
    // What became of the entries of one request, before anything is written.
    struct Batch {
        std::vector<PutEventsResult> results;
        std::vector<NewEvent> events;
        std::vector<std::size_t> rules_matched;  // by event
        std::vector<std::size_t> result_of;      // by event, if is_deduplicated
        bool is_deduplicated = false;
        bool is_all_or_nothing = false;
        std::size_t dropped = 0;
        std::size_t repeated = 0;
    };

    boost::asio::awaitable<Result<std::vector<PutEventsResult>>> write(Batch batch) {
        if (batch.is_deduplicated) {
            auto repeats =
                co_await journal_.append_once(std::move(batch.events), batch.is_all_or_nothing);
            if (!repeats) {
                co_return repeats.error();
            }
            if (auto answered = answer_repeats(batch, *repeats); !answered) {
                co_return answered.error();
            }
        } else if (!batch.events.empty()) {
            auto written = co_await journal_.append(std::move(batch.events));
            if (!written) {
                co_return written.error();
            }
        }
        count(batch);
        co_return std::move(batch.results);
    }

    Batch take_in(const Namespace& caller, std::vector<PutEventsEntry> entries) {
        Batch batch;
        batch.results.reserve(entries.size());
        batch.events.reserve(entries.size());
        const auto snapshot = catalog_.snapshot();
        const WallTime now = clock_.now();
        for (auto& entry : entries) {
            if (auto refusal = check_entry(entry)) {
                batch.results.push_back(std::move(*refusal));
            } else {
                batch.results.push_back(
                    take_in_entry(*snapshot, caller, now, std::move(entry), batch));
            }
        }
        return batch;
    }

    PutEventsResult take_in_entry(
        const CatalogSnapshot& snapshot,
        const Namespace& caller,
        WallTime now,
        PutEventsEntry entry,
        Batch& batch) {
        auto bus_arn = catalog_.resolve({caller, entry.event_bus_name});
        const LiveBus* bus = snapshot.find_bus(bus_arn);
        if (bus == nullptr && event_bus_name_of(bus_arn) != kDefaultBusName) {
            return unknown_bus(entry, bus_arn, batch);
        }
        auto event = std::make_shared<Event>();
        if (entry.forwarded) {
            auto& identity = *entry.forwarded;
            if (auto refusal = refused_hop(identity.id, identity.visited_buses, bus_arn)) {
                return std::move(*refusal);
            }
            event->id = identity.id;
            event->visited_buses = std::move(identity.visited_buses);
        } else {
            event->id = make_ordered_uuid(now);
        }
        event->visited_buses.push_back(bus_arn);
        event->bus_arn = std::move(bus_arn);
        event->accepted_at = now;
        event->trace_header = std::move(entry.trace_header);
        event->envelope = envelope_of(*event, entry, caller);

        // A default bus that nobody has used yet has no rules.
        BusMatches matches =
            bus == nullptr ? BusMatches() : match_bus(*bus, event->envelope, TextOrigin::caller);
        if (!matches.is_readable) {
            // Accepting what no rule could ever see would be accepting and dropping.
            return refused_entry("MalformedDetail", "Detail is malformed.");
        }
        PutEventsResult result;
        result.event_id = event->id;
        batch.rules_matched.push_back(matches.rules);
        NewEvent added{std::move(event), std::move(matches.owed), std::move(matches.archived)};
        added.keys = std::move(matches.keys);
        added.deduplication = deduplication_of(entry, caller, *added.event);
        batch.is_deduplicated = batch.is_deduplicated || added.deduplication != nullptr;
        batch.is_all_or_nothing = batch.is_all_or_nothing || entry.is_request_deduplication;
        batch.events.push_back(std::move(added));
        batch.result_of.push_back(batch.results.size());
        return result;
    }

    std::shared_ptr<const Deduplication> deduplication_of(
        const PutEventsEntry& entry,
        const Namespace& caller,
        const Event& event) const {
        if (entry.deduplication_id.empty()) {
            return nullptr;
        }
        auto deduplication = std::make_shared<Deduplication>();
        // Neither an account nor a region nor a bus ARN has a space.
        deduplication->key = caller.account + ' ' + caller.region + ' ' + event.bus_arn + ' ' +
                             entry.deduplication_id;
        deduplication->digest = entry.content_digest;
        deduplication->expires_at = event.accepted_at + options_.deduplication_window;
        return deduplication;
    }

    // Gives repeats the answer of the first ones. Errc::conflict if that refuses the request.
    static Result<void> answer_repeats(Batch& batch, const std::vector<Repeat>& repeats) {
        // From the end, so that what is left out does not move the rest.
        for (auto repeat = repeats.rbegin(); repeat != repeats.rend(); ++repeat) {
            const std::size_t index = batch.result_of[repeat->index];
            if (!repeat->is_same && batch.is_all_or_nothing) {
                return Error(
                    Errc::conflict,
                    "The key of this request was used with another content; nothing was stored.",
                    "/Entries/" + std::to_string(index),
                    "IdempotentParameterMismatch");
            }
            if (repeat->is_same) {
                batch.results[index].event_id = repeat->first_id;
            } else {
                batch.results[index] = refused_entry(
                    "IdempotentParameterMismatch",
                    "The deduplication id was used with another content, by event " +
                        repeat->first_id + ".");
            }
            const auto place = static_cast<std::ptrdiff_t>(repeat->index);
            batch.rules_matched.erase(batch.rules_matched.begin() + place);
            batch.repeated += repeat->is_same ? 1 : 0;
        }
        return {};
    }

    static std::string
    envelope_of(const Event& event, const PutEventsEntry& entry, const Namespace& caller) {
        EnvelopeFields fields;
        fields.id = event.id;
        fields.detail_type = entry.detail_type;
        fields.source = entry.source;
        fields.account = entry.forwarded ? entry.forwarded->account : caller.account;
        fields.time = entry.time.value_or(event.accepted_at);
        fields.region = entry.forwarded ? entry.forwarded->region : caller.region;
        fields.resources = entry.resources;
        fields.detail = trim_json(entry.detail);
        return write_envelope(fields);
    }

    PutEventsResult
    unknown_bus(const PutEventsEntry& entry, const std::string& bus_arn, Batch& batch) const {
        if (options_.refuse_unknown_bus) {
            const auto name = event_bus_name_of(bus_arn).value_or(bus_arn);
            return refused_entry(
                "ResourceNotFoundException",
                "Event bus " + name + " does not exist.");
        }
        PutEventsResult result;
        result.event_id = entry.forwarded ? entry.forwarded->id : make_uuid();
        ++batch.dropped;
        log::warn(
            "dropped an event for an event bus that does not exist",
            {{"event_bus", bus_arn}, {"event", result.event_id}});
        return result;
    }

    // Whether an event that has been on `visited` may not enter the bus, and why.
    std::optional<PutEventsResult> refused_hop(
        const std::string& event_id,
        const std::vector<std::string>& visited,
        std::string_view bus_arn) const {
        const auto rejected = "Event ingestion rejected for event " + event_id + " because ";
        if (std::ranges::find(visited, bus_arn) != visited.end()) {
            return refused_entry(
                "LOOP_DETECTED",
                rejected + "it has been on event bus " + std::string(bus_arn) + " before.");
        }
        // Every bus but the first was a hop, and this would be one more.
        if (const auto hops = visited.size(); hops > static_cast<std::size_t>(options_.max_hops)) {
            const auto limit = options_.max_hops == 1
                                   ? std::string("only once")
                                   : "at most " + std::to_string(options_.max_hops) + " times";
            return refused_entry(
                "THIRD_ACCOUNT_HOP_DETECTED",
                rejected + "an event can be sent to an event bus target " + limit +
                    ". This event was previously delivered to an event bus target.");
        }
        return std::nullopt;
    }

    void count(std::size_t rules_matched) {
        if (rules_matched == 0) {
            counters_.unmatched.add();
        } else {
            counters_.matched.add(rules_matched);
        }
    }

    void count(const Batch& batch) {
        const auto accepted = batch.rules_matched.size() + batch.dropped + batch.repeated;
        counters_.accepted.add(accepted);
        counters_.failed.add(batch.results.size() - accepted);
        counters_.dropped.add(batch.dropped);
        for (const auto rules : batch.rules_matched) {
            count(rules);
        }
    }

    Catalog& catalog_;
    Journal& journal_;
    const Clock& clock_;
    const EventIntakeOptions options_;
    const IntakeCounters counters_;
};

}  // namespace

std::unique_ptr<EventIntake> EventIntake::create(
    Catalog& catalog,
    Journal& journal,
    const Clock& clock,
    MetricsRegistry& metrics,
    EventIntakeOptions options) {
    return std::make_unique<LiveIntake>(catalog, journal, clock, metrics, options);
}

}  // namespace eventbus
