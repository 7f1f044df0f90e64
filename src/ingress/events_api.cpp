#include "eventbus/base/time_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "attempt_json.hpp"
#include "caller.hpp"
#include "json_writer.hpp"
#include "listing.hpp"
#include "page_token.hpp"
#include "waiting.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

struct EventsListing {
    EventFilter filter;
    std::optional<std::int64_t> before;
    std::size_t limit = 0;
    PageTokens tokens;
};

std::string text_of(const std::optional<std::string>& filter) {
    return filter ? "=" + *filter : std::string();
}

std::string text_of(const std::optional<WallTime>& filter) {
    return filter ? "=" + format_time_millis(*filter) : std::string();
}

Result<EventsListing>
read_events_listing(std::string_view text, const Namespace& caller, const Catalog& catalog) {
    const auto query = parse_query(
        text,
        {"bus", "source", "detail_type", "from", "to", "failed", "limit", "next_token"});
    if (!query) {
        return query.error();
    }
    EventFilter filter;
    if (const auto bus = find_text(*query, "bus")) {
        filter.bus_arn = catalog.resolve({caller, *bus});
    }
    filter.source = find_text(*query, "source");
    filter.detail_type = find_text(*query, "detail_type");
    const auto from = read_time(*query, "from");
    if (!from) {
        return from.error();
    }
    const auto to = read_time(*query, "to");
    if (!to) {
        return to.error();
    }
    const auto failed = read_flag(*query, "failed");
    if (!failed) {
        return failed.error();
    }
    const auto limit = read_limit(*query);
    if (!limit) {
        return limit.error();
    }
    filter.from = *from;
    filter.to = *to;
    filter.failed_only = *failed;
    EventsListing listing{
        filter,
        std::nullopt,
        *limit,
        PageTokens(
            {"ListEvents",
             text_of(filter.bus_arn),
             text_of(filter.source),
             text_of(filter.detail_type),
             text_of(filter.from),
             text_of(filter.to),
             filter.failed_only ? "failed" : ""})};
    if (const auto token = find_text(*query, "next_token"); token && !token->empty()) {
        const auto before = listing.tokens.read(*token);
        const auto number = before ? parse_number<std::int64_t>(*before) : std::nullopt;
        if (!number) {
            return invalid_page_token();
        }
        listing.before = *number;
    }
    return listing;
}

// What is known of a delivery, in one word.
std::string_view state_of(const DeliveryTrace& delivery, WallTime now) {
    if (!delivery.is_owed) {
        const bool is_dead =
            !delivery.attempts.empty() && !delivery.attempts.back().error_code.empty();
        return is_dead ? "dead_letter" : "delivered";
    }
    if (delivery.is_held) {
        return "in_flight";
    }
    return delivery.due_at > now && delivery.attempts_made > 0 ? "backing_off" : "pending";
}

class RecordWriter {
public:
    RecordWriter(
        const EventRecord& record,
        const CatalogSnapshot& catalog,
        const std::vector<LaneStatus>& statuses,
        WallTime now)
        : record_(record), catalog_(catalog), statuses_(statuses), now_(now) {}

    std::string write(std::string_view event_id) {
        const EventPtr& event = record_.entries.empty() ? record_.dead_letters.back().event
                                                        : record_.entries.back().event;
        out_.open_object();
        out_.member("EventId", event_id);
        out_.key("Event");
        out_.json(event->envelope);
        out_.open_array("Entries");
        for (const EventTrace& entry : record_.entries) {
            write_entry(entry);
        }
        out_.close_array();
        out_.open_array("DeadLetterIds");
        for (const DeadLetter& letter : record_.dead_letters) {
            out_.number(letter.id);
        }
        out_.close_array();
        out_.close_object();
        return out_.take();
    }

private:
    void write_entry(const EventTrace& entry) {
        out_.open_object();
        out_.member("BusArn", entry.event->bus_arn);
        out_.member("AcceptedTime", format_time_millis(entry.event->accepted_at));
        out_.open_array("VisitedBuses");
        for (const std::string& bus : entry.event->visited_buses) {
            out_.text(bus);
        }
        out_.close_array();
        write_rules(entry.deliveries);
        out_.open_array("Deliveries");
        for (const DeliveryTrace& delivery : entry.deliveries) {
            write_delivery(delivery);
        }
        out_.close_array();
        out_.close_object();
    }

    // Those that the event owed something to. Lanes of one rule need not be neighbours.
    void write_rules(const std::vector<DeliveryTrace>& deliveries) {
        std::vector<std::string_view> arns;
        for (const DeliveryTrace& delivery : deliveries) {
            arns.push_back(delivery.rule_arn);
        }
        std::ranges::sort(arns);
        const auto doubles = std::ranges::unique(arns);
        arns.erase(doubles.begin(), doubles.end());
        out_.open_array("RulesMatched");
        for (const std::string_view arn : arns) {
            out_.open_object();
            out_.member("Name", arn.substr(arn.rfind('/') + 1));
            out_.member("Arn", arn);
            out_.close_object();
        }
        out_.close_array();
    }

    void write_delivery(const DeliveryTrace& delivery) {
        out_.open_object();
        out_.member("RuleArn", delivery.rule_arn);
        out_.member("TargetId", delivery.target_id);
        const auto found = catalog_.targets.find(delivery.id.lane);
        const BoundTarget* target = found == catalog_.targets.end() ? nullptr : found->second.get();
        if (target != nullptr) {
            out_.member("TargetArn", target->target.arn);
        }
        const auto status = std::ranges::find(statuses_, delivery.id.lane, &LaneStatus::lane);
        const auto waiting =
            waiting_of(delivery, target, status == statuses_.end() ? nullptr : &*status, now_);
        const std::string_view state = waiting ? "parked" : state_of(delivery, now_);
        out_.member("State", state);
        const int logged = delivery.attempts.empty() ? 0 : delivery.attempts.back().number;
        out_.member("Attempts", std::max(logged, delivery.attempts_made));
        if (waiting) {
            write_waiting(*waiting);
        } else if (delivery.is_owed && delivery.due_at != kNeverDue) {
            out_.member("NextAttemptTime", format_time_millis(delivery.due_at));
        }
        if (state == "dead_letter") {
            write_dead_letter_id(delivery);
        }
        write_attempt_log(out_, delivery.attempts);
        out_.close_object();
    }

    void write_waiting(const Waiting& waiting) {
        out_.open_object("Waiting");
        out_.member("Reason", waiting.reason);
        if (waiting.since) {
            out_.member("Since", format_time_millis(*waiting.since));
        }
        if (waiting.until) {
            out_.member("Until", format_time_millis(*waiting.until));
        }
        if (!waiting.behind_event.empty()) {
            out_.member("BehindEvent", waiting.behind_event);
        }
        out_.close_object();
    }

    // Absent once the letter has been redriven, purged, or has expired.
    void write_dead_letter_id(const DeliveryTrace& delivery) {
        for (const DeadLetter& letter : record_.dead_letters) {
            if (letter.lane == delivery.id.lane &&
                letter.dead_at >= delivery.attempts.back().started_at) {
                out_.member("DeadLetterId", letter.id);
                return;
            }
        }
    }

    const EventRecord& record_;
    const CatalogSnapshot& catalog_;
    const std::vector<LaneStatus>& statuses_;
    const WallTime now_;
    JsonWriter out_;
};

std::string write_page(const EventPage& page, const PageTokens& tokens) {
    JsonWriter out;
    out.open_object();
    out.open_array("Events");
    for (const EventSummary& summary : page.events) {
        out.open_object();
        out.member("EventId", summary.event->id);
        out.member("BusArn", summary.event->bus_arn);
        out.member("AcceptedTime", format_time_millis(summary.event->accepted_at));
        out.member("DeliveriesOwed", static_cast<std::int64_t>(summary.owed));
        out.member("FailedAttempts", static_cast<std::int64_t>(summary.failed_attempts));
        out.key("Event");
        out.json(summary.event->envelope);
        out.close_object();
    }
    out.close_array();
    if (page.before) {
        out.member("NextToken", tokens.write(std::to_string(*page.before)));
    }
    out.close_object();
    return out.take();
}

std::vector<LaneId> lanes_owed(const EventRecord& record) {
    std::vector<LaneId> lanes;
    for (const EventTrace& entry : record.entries) {
        for (const DeliveryTrace& delivery : entry.deliveries) {
            if (delivery.is_owed) {
                lanes.push_back(delivery.id.lane);
            }
        }
    }
    return lanes;
}

Error no_such_event(std::string_view id) {
    return Error(
        Errc::not_found,
        "Nothing is known of an event " + std::string(id) +
            ". Events are kept for the history window, and longer while they owe a delivery or "
            "have a dead letter.");
}

// The target that an event is to be sent to again, by the rule's name or ARN.
Result<BoundTargetPtr> find_target(
    const CatalogSnapshot& catalog,
    const EventRecord& record,
    const std::string& rule,
    const std::string& target_id) {
    for (auto entry = record.entries.rbegin(); entry != record.entries.rend(); ++entry) {
        const LiveBus* bus = catalog.find_bus(entry->event->bus_arn);
        if (bus == nullptr) {
            continue;
        }
        const bool is_arn = rule.starts_with("arn:");
        const auto name = is_arn ? rule.substr(rule.rfind('/') + 1) : rule;
        const auto found = bus->rules.find(name);
        if (found == nullptr || (is_arn && found->rule->arn != rule)) {
            continue;
        }
        for (const BoundTargetPtr& target : found->targets) {
            if (target->target.id == target_id) {
                return target;
            }
        }
    }
    return Error(
        Errc::not_found,
        "No bus that the event is on has a rule \"" + rule + "\" with a target \"" + target_id +
            "\".");
}

std::string_view word_of(Redelivery redelivery) {
    switch (redelivery) {
        case Redelivery::sent_again:
            return "sent_again";
        case Redelivery::brought_forward:
            return "brought_forward";
        case Redelivery::in_flight:
            break;
    }
    return "in_flight";
}

asio::awaitable<http::Response> list_events(ApiContext& context, http::Request request) {
    context.counters.count("ListEvents");
    const Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    const auto listing = read_events_listing(request.query(), caller, context.parts.catalog);
    if (!listing) {
        co_return native_error(listing.error());
    }
    EventFilter filter = listing->filter;
    const auto page =
        co_await context.parts.journal.events(std::move(filter), listing->before, listing->limit);
    if (!page) {
        co_return native_error(page.error());
    }
    co_return native_answer(write_page(*page, listing->tokens));
}

}  // namespace

asio::awaitable<http::Response> events(ApiContext& context, http::Request request) {
    return request.method == "POST" ? post_events(context, std::move(request))
                                    : list_events(context, std::move(request));
}

asio::awaitable<http::Response> get_event(ApiContext& context, http::Request request) {
    context.counters.count("GetEvent");
    if (const auto query = parse_query(request.query(), {}); !query) {
        co_return native_error(query.error());
    }
    const std::string id(path_segment(request.path(), 1));
    const auto record = co_await context.parts.journal.find_event(id);
    if (!record) {
        co_return native_error(record.error());
    }
    if (record->entries.empty() && record->dead_letters.empty()) {
        co_return native_error(no_such_event(id));
    }
    const auto catalog = context.parts.catalog.snapshot();
    std::vector<LaneStatus> statuses;
    if (auto lanes = lanes_owed(*record); context.parts.lanes && !lanes.empty()) {
        statuses = co_await context.parts.lanes(std::move(lanes));
    }
    RecordWriter writer(*record, *catalog, statuses, context.parts.clock.now());
    co_return native_answer(writer.write(id));
}

asio::awaitable<http::Response> redeliver_event(ApiContext& context, http::Request request) {
    context.counters.count("RedeliverEvent");
    const auto query = parse_query(request.query(), {"rule", "target"});
    if (!query) {
        co_return native_error(query.error());
    }
    const auto rule = find_text(*query, "rule");
    const auto target_id = find_text(*query, "target");
    if (!rule || !target_id) {
        co_return native_error(invalid_value("Say where to send it: ?rule=NAME&target=ID."));
    }
    const std::string id(path_segment(request.path(), 1));
    const auto record = co_await context.parts.journal.find_event(id);
    if (!record) {
        co_return native_error(record.error());
    }
    if (record->entries.empty()) {
        const Error error =
            record->dead_letters.empty()
                ? no_such_event(id)
                : Error(Errc::not_found, "Only dead letters are left of the event; redrive them.");
        co_return native_error(error);
    }
    const auto catalog = context.parts.catalog.snapshot();
    const auto target = find_target(*catalog, *record, *rule, *target_id);
    if (!target) {
        co_return native_error(target.error());
    }
    const auto sent = co_await context.parts.journal.redeliver(
        id,
        (*target)->bus_arn,
        (*target)->lane,
        context.parts.clock.now());
    if (!sent) {
        co_return native_error(sent.error());
    }
    JsonWriter out;
    out.open_object();
    out.member("EventId", id);
    out.member("RuleArn", (*target)->rule_arn);
    out.member("TargetId", *target_id);
    out.member("Result", word_of(*sent));
    out.close_object();
    co_return native_answer(out.take());
}

}  // namespace eventbus::ingress
