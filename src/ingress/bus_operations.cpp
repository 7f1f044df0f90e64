#include "eventbus/core/event_bus.hpp"

#include "aws_api.hpp"
#include "json_members.hpp"
#include "page_token.hpp"

#include <algorithm>
#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

// An event source is a partner's offer; this daemon has no partners, so a bus for one can only
// fail.
Error no_event_source(const std::string& bus_name, const std::string& source_name) {
    if (bus_name != source_name) {
        return Error(
            Errc::invalid_argument,
            "Event bus name must match event source name",
            "/EventSourceName",
            "ValidationException");
    }
    return Error(
        Errc::not_found,
        "Event source " + source_name + " does not exist.",
        "/EventSourceName",
        "ResourceNotFoundException");
}

void set_settings(ordered_json& answer, const EventBus& bus) {
    set_text(answer, "Description", bus.description);
    set_text(answer, "KmsKeyIdentifier", bus.kms_key_identifier);
    set_json(answer, "DeadLetterConfig", bus.dead_letter_config_json);
    set_json(answer, "LogConfig", bus.log_config_json);
}

}  // namespace

JsonAnswer create_event_bus(const ApiParts& parts, AwsCall call) {
    EventBus wanted;
    wanted.name = text_member(call.request, "Name");
    const std::string source_name = text_member(call.request, "EventSourceName");
    if (!source_name.empty()) {
        co_return no_event_source(wanted.name, source_name);
    }
    wanted.description = text_member(call.request, "Description");
    wanted.kms_key_identifier = text_member(call.request, "KmsKeyIdentifier");
    wanted.dead_letter_config_json = json_member(call.request, "DeadLetterConfig");
    wanted.log_config_json = json_member(call.request, "LogConfig");
    wanted.tags = tags_member(call.request);
    Result<EventBus> made =
        co_await parts.catalog.create_event_bus(std::move(call.caller), std::move(wanted));
    if (!made) {
        co_return made.error();
    }
    ordered_json answer = ordered_json::object();
    answer["EventBusArn"] = made->arn;
    set_settings(answer, *made);
    co_return answer;
}

JsonAnswer describe_event_bus(const ApiParts& parts, AwsCall call) {
    const BusRef ref{call.caller, text_member(call.request, "Name")};
    const Result<EventBus> bus = parts.catalog.describe_event_bus(ref);
    if (!bus) {
        co_return bus.error();
    }
    ordered_json answer = ordered_json::object();
    answer["Name"] = bus->name;
    answer["Arn"] = bus->arn;
    set_settings(answer, *bus);
    set_text(answer, "Policy", bus->policy_json);
    set_time(answer, "CreationTime", bus->created_at);
    set_time(answer, "LastModifiedTime", bus->modified_at);
    co_return answer;
}

JsonAnswer list_event_buses(const ApiParts& parts, AwsCall call) {
    const std::string prefix = text_member(call.request, "NamePrefix");
    const PageTokens tokens({"ListEventBuses", call.caller.account, call.caller.region, prefix});
    const auto after = tokens.read(text_member(call.request, "NextToken"));
    if (!after) {
        co_return after.error();
    }
    const std::size_t limit = limit_member(call.request);
    const Page page{prefix, *after, limit + 1};
    std::vector<EventBus> buses = parts.catalog.list_event_buses(call.caller, page);
    const bool has_more = buses.size() > limit;
    buses.resize(std::min(buses.size(), limit));

    ordered_json list = ordered_json::array();
    for (const EventBus& bus : buses) {
        ordered_json item = ordered_json::object();
        item["Name"] = bus.name;
        item["Arn"] = bus.arn;
        set_text(item, "Description", bus.description);
        set_text(item, "Policy", bus.policy_json);
        set_time(item, "CreationTime", bus.created_at);
        set_time(item, "LastModifiedTime", bus.modified_at);
        list.push_back(std::move(item));
    }
    ordered_json answer = ordered_json::object();
    answer["EventBuses"] = std::move(list);
    if (has_more) {
        answer["NextToken"] = tokens.write(buses.back().name);
    }
    co_return answer;
}

JsonAnswer delete_event_bus(const ApiParts& parts, AwsCall call) {
    std::string name = text_member(call.request, "Name");
    const Result<void> done =
        co_await parts.catalog.delete_event_bus(std::move(call.caller), std::move(name));
    if (!done) {
        co_return done.error();
    }
    co_return ordered_json::object();
}

}  // namespace eventbus::ingress
