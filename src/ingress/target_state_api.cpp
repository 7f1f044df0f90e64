#include "eventbus/base/time_text.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "caller.hpp"
#include "page_token.hpp"
#include "query.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 1000;

Error invalid(std::string message) {
    return Error(Errc::invalid_argument, std::move(message), {}, "ValidationException");
}

std::string text_of(const Query& query, std::string_view name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

struct Listing {
    std::string rule;
    std::string target;
    std::string state;
    std::size_t limit = kLimitDefault;
    LaneId after = 0;
    PageTokens tokens;

    bool wants(const BoundTarget& bound) const {
        return (rule.empty() || bound.rule_arn == rule) &&
               (target.empty() || bound.target.id == target) &&
               (state.empty() || to_string(bound.state.kind) == state) && bound.lane > after;
    }
};

template <class N>
std::optional<N> parse_number(std::string_view text) {
    N value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

Result<Listing> read_listing(const ApiContext& context, const http::Request& request) {
    const auto query =
        parse_query(request.query(), {"rule", "target", "state", "limit", "next_token"});
    if (!query) {
        return query.error();
    }
    const Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    const auto rule = rule_arn_of(text_of(*query, "rule"), caller);
    const auto target = text_of(*query, "target");
    const auto state = text_of(*query, "state");
    Listing listing{
        rule,
        target,
        state,
        kLimitDefault,
        0,
        PageTokens({"ListTargetStates", rule, target, state})};
    if (!state.empty() && state != "ACTIVE" && state != "PAUSED" && state != "DISABLED") {
        return invalid("state must be ACTIVE, PAUSED or DISABLED.");
    }
    if (const auto limit_text = text_of(*query, "limit"); !limit_text.empty()) {
        const auto limit = parse_number<std::size_t>(limit_text);
        if (!limit || *limit == 0 || *limit > kLimitMax) {
            return invalid("limit must be a number from 1 to " + std::to_string(kLimitMax) + ".");
        }
        listing.limit = *limit;
    }
    if (const auto token = text_of(*query, "next_token"); !token.empty()) {
        const auto read = listing.tokens.read(token);
        const auto after = read ? parse_number<LaneId>(*read) : std::nullopt;
        if (!after) {
            return invalid_page_token();
        }
        listing.after = *after;
    }
    return listing;
}

// One more than the limit, if there are more.
std::vector<BoundTargetPtr> find_targets(const CatalogSnapshot& snapshot, const Listing& listing) {
    std::vector<BoundTargetPtr> found;
    for (const auto& [arn, bus] : snapshot.buses) {
        for (const LiveRulePtr& rule : bus->rules) {
            std::ranges::copy_if(
                rule->targets,
                std::back_inserter(found),
                [&](const BoundTargetPtr& target) { return listing.wants(*target); });
        }
    }
    const auto by_lane = [](const BoundTargetPtr& target) { return target->lane; };
    std::ranges::sort(found, {}, by_lane);
    found.resize(std::min(found.size(), listing.limit + 1));
    return found;
}

void put_time(ordered_json& json, const char* key, WallTime at) {
    json[key] = format_time_millis(at);
}

ordered_json
describe(const BoundTarget& bound, const LaneBacklog* backlog, const LaneStatus* status) {
    ordered_json json = ordered_json::object();
    json["RuleArn"] = bound.rule_arn;
    json["TargetId"] = bound.target.id;
    json["TargetArn"] = bound.target.arn;
    json["State"] = to_string(bound.state.kind);
    if (bound.state.kind != TargetState::Kind::active) {
        put_time(json, "Since", bound.state.since);
    }
    if (!bound.state.reason.empty()) {
        json["Reason"] = bound.state.reason;
    }
    json["Backlog"] = backlog == nullptr ? 0 : backlog->owed;
    if (backlog != nullptr) {
        put_time(json, "OldestAcceptedAt", backlog->oldest_accepted_at);
        put_time(json, "NextDueAt", backlog->next_due_at);
    }
    if (bound.target.delivery.rate_per_second) {
        json["RatePerSecond"] = *bound.target.delivery.rate_per_second;
    }
    if (status == nullptr) {
        return json;
    }
    json["InFlight"] = status->in_flight;
    json["Breaker"] = status->is_down ? "OPEN" : "CLOSED";
    if (status->next_probe_at) {
        put_time(json, "NextProbeAt", *status->next_probe_at);
    }
    if (status->last_error_at) {
        ordered_json error = ordered_json::object();
        put_time(error, "Time", *status->last_error_at);
        error["Code"] = status->last_error_code;
        error["Message"] = status->last_error_message;
        json["LastError"] = std::move(error);
    }
    return json;
}

// What the target says may hold any bytes.
std::string to_text(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

asio::awaitable<http::Response>
set_state(ApiContext& context, http::Request request, TargetState::Kind kind) {
    const auto query = parse_query(request.query(), {"rule", "target"});
    if (!query) {
        co_return native_error(query.error());
    }
    TargetStateChange change;
    const Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    change.rule_arn = rule_arn_of(text_of(*query, "rule"), caller);
    change.target_id = text_of(*query, "target");
    change.kind = kind;
    if (change.rule_arn.empty()) {
        co_return native_error(
            invalid("Say which rule: rule=NAME, rule=BUS/NAME or rule=ARN; and with target=ID "
                    "which of its targets."));
    }
    const auto changed = co_await context.parts.catalog.set_target_state(std::move(change));
    if (!changed) {
        co_return native_error(changed.error());
    }
    ordered_json answer = ordered_json::object();
    answer["State"] = to_string(kind);
    answer["Changed"] = *changed;
    co_return native_answer(answer.dump());
}

}  // namespace

asio::awaitable<http::Response> list_target_states(ApiContext& context, http::Request request) {
    context.counters.count("ListTargetStates");
    const Result<Listing> listing = read_listing(context, request);
    if (!listing) {
        co_return native_error(listing.error());
    }
    const auto snapshot = context.parts.catalog.snapshot();
    auto targets = find_targets(*snapshot, *listing);
    const bool has_more = targets.size() > listing->limit;
    targets.resize(std::min(targets.size(), listing->limit));

    const auto backlog = co_await context.parts.journal.backlog();
    if (!backlog) {
        co_return native_error(backlog.error());
    }
    std::map<LaneId, const LaneBacklog*> owed;
    for (const auto& lane : *backlog) {
        owed[lane.lane] = &lane;
    }
    std::vector<LaneId> lanes;
    for (const auto& target : targets) {
        lanes.push_back(target->lane);
    }
    std::vector<LaneStatus> statuses;
    if (context.parts.lanes) {
        statuses = co_await context.parts.lanes(std::move(lanes));
    }
    ordered_json answer = ordered_json::object();
    answer["Targets"] = ordered_json::array();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto found = owed.find(targets[i]->lane);
        answer["Targets"].push_back(describe(
            *targets[i],
            found == owed.end() ? nullptr : found->second,
            i < statuses.size() ? &statuses[i] : nullptr));
    }
    if (has_more) {
        answer["NextToken"] = listing->tokens.write(std::to_string(targets.back()->lane));
    }
    co_return native_answer(to_text(answer));
}

asio::awaitable<http::Response> pause_target(ApiContext& context, http::Request request) {
    context.counters.count("PauseTarget");
    return set_state(context, std::move(request), TargetState::Kind::paused);
}

asio::awaitable<http::Response> resume_target(ApiContext& context, http::Request request) {
    context.counters.count("ResumeTarget");
    return set_state(context, std::move(request), TargetState::Kind::active);
}

}  // namespace eventbus::ingress
