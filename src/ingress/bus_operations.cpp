#include "eventbus/core/event_bus.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <functional>
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

ordered_json show_in_list(const EventBus& bus) {
    ordered_json item = ordered_json::object();
    item["Name"] = bus.name;
    item["Arn"] = bus.arn;
    set_text(item, "Description", bus.description);
    set_text(item, "Policy", bus.policy_json);
    set_time(item, "CreationTime", bus.created_at);
    set_time(item, "LastModifiedTime", bus.modified_at);
    return item;
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
    Result<Tags> tags = tags_member(call.request);
    if (!tags) {
        co_return tags.error();
    }
    wanted.tags = std::move(*tags);
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

JsonAnswer update_event_bus(const ApiParts& parts, AwsCall call) {
    BusRef ref{call.caller, text_member(call.request, "Name")};
    // What is not given stays; an empty text takes away.
    EventBusEdit edit = [request = std::move(call.request)](EventBus& bus) -> Result<void> {
        const auto replace = [&](const char* name, std::string& value, auto&& read) {
            if (find_member(request, name) != nullptr) {
                value = read(request, name);
            }
        };
        replace("Description", bus.description, text_member);
        replace("KmsKeyIdentifier", bus.kms_key_identifier, text_member);
        replace("DeadLetterConfig", bus.dead_letter_config_json, json_member);
        replace("LogConfig", bus.log_config_json, json_member);
        return {};
    };
    const Result<EventBus> bus =
        co_await parts.catalog.update_event_bus(std::move(ref), std::move(edit));
    if (!bus) {
        co_return bus.error();
    }
    ordered_json answer = ordered_json::object();
    answer["Arn"] = bus->arn;
    answer["Name"] = bus->name;
    set_settings(answer, *bus);
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
    const AwsListing listing(call);
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const std::vector<EventBus> buses = parts.catalog.list_event_buses(call.caller, *page);
    co_return listing.answer("EventBuses", buses, std::mem_fn(&EventBus::name), show_in_list);
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
