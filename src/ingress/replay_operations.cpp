#include "eventbus/bus/replays.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

void set_given_time(
    ordered_json& answer,
    std::string_view name,
    const std::optional<WallTime>& time) {
    if (time) {
        set_time(answer, name, *time);
    }
}

// What DescribeReplay and an item of ListReplays have in common.
ordered_json show(const Replay& replay) {
    ordered_json answer = ordered_json::object();
    answer["ReplayName"] = replay.name;
    answer["EventSourceArn"] = replay.event_source_arn;
    answer["State"] = to_string(replay.state);
    set_text(answer, "StateReason", replay.state_reason);
    set_time(answer, "EventStartTime", replay.event_start_time);
    set_time(answer, "EventEndTime", replay.event_end_time);
    set_given_time(answer, "EventLastReplayedTime", replay.last_replayed);
    set_time(answer, "ReplayStartTime", replay.started_at);
    set_given_time(answer, "ReplayEndTime", replay.ended_at);
    return answer;
}

}  // namespace

Result<void> one_filter(
    const AwsCall& call,
    const std::string& name_prefix,
    const std::string& event_source_arn,
    const std::string& state) {
    const int filters = (name_prefix.empty() ? 0 : 1) + (event_source_arn.empty() ? 0 : 1) +
                        (state.empty() ? 0 : 1);
    if (filters > 1) {
        return Error(
            Errc::invalid_argument,
            "At most one filter is allowed for " + std::string(call.operation) +
                ". Use either : State, EventSourceArn, or NamePrefix.",
            "",
            "ValidationException");
    }
    return {};
}

JsonAnswer start_replay(const ApiParts& parts, AwsCall call) {
    const auto& destination = *find_member(call.request, "Destination");
    Replay wanted;
    wanted.name = text_member(call.request, "ReplayName");
    wanted.description = text_member(call.request, "Description");
    wanted.event_source_arn = text_member(call.request, "EventSourceArn");
    wanted.destination_arn = text_member(destination, "Arn");
    wanted.filter_arns = texts_member(destination, "FilterArns");
    wanted.event_start_time = time_member(call.request, "EventStartTime");
    wanted.event_end_time = time_member(call.request, "EventEndTime");
    const Result<Replay> started =
        co_await parts.replays.start_replay(call.caller, std::move(wanted));
    if (!started) {
        co_return started.error();
    }
    ordered_json answer = ordered_json::object();
    answer["ReplayArn"] = started->arn;
    answer["State"] = to_string(started->state);
    set_time(answer, "ReplayStartTime", started->started_at);
    co_return answer;
}

JsonAnswer describe_replay(const ApiParts& parts, AwsCall call) {
    const auto found =
        parts.replays.describe_replay(call.caller, text_member(call.request, "ReplayName"));
    if (!found) {
        co_return found.error();
    }
    ordered_json answer = show(*found);
    answer["ReplayArn"] = found->arn;
    set_text(answer, "Description", found->description);
    ordered_json destination = ordered_json::object();
    destination["Arn"] = found->destination_arn;
    if (!found->filter_arns.empty()) {
        destination["FilterArns"] = found->filter_arns;
    }
    answer["Destination"] = std::move(destination);
    co_return answer;
}

JsonAnswer list_replays(const ApiParts& parts, AwsCall call) {
    ReplayFilter filter;
    filter.name_prefix = text_member(call.request, "NamePrefix");
    filter.event_source_arn = text_member(call.request, "EventSourceArn");
    filter.state = text_member(call.request, "State");
    if (const auto one =
            one_filter(call, filter.name_prefix, filter.event_source_arn, filter.state);
        !one) {
        co_return one.error();
    }
    const AwsListing listing(call, {filter.event_source_arn, filter.state});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const auto found = parts.replays.list_replays(call.caller, filter, page->after, page->limit);
    const auto name_of = [](const Replay& item) { return item.name; };
    co_return listing.answer("Replays", found, name_of, &show);
}

JsonAnswer cancel_replay(const ApiParts& parts, AwsCall call) {
    std::string name = text_member(call.request, "ReplayName");
    const Result<Replay> cancelled =
        co_await parts.replays.cancel_replay(call.caller, std::move(name));
    if (!cancelled) {
        co_return cancelled.error();
    }
    ordered_json answer = ordered_json::object();
    answer["ReplayArn"] = cancelled->arn;
    answer["State"] = to_string(cancelled->state);
    co_return answer;
}

}  // namespace eventbus::ingress
