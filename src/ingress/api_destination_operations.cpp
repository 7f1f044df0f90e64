#include "eventbus/bus/destination_catalog.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

ApiDestinationRequest request_of(AwsCall call) {
    ApiDestinationRequest request;
    request.name = text_member(call.request, "Name");
    request.description = optional_text_member(call.request, "Description");
    request.connection_arn = optional_text_member(call.request, "ConnectionArn");
    request.invocation_endpoint = optional_text_member(call.request, "InvocationEndpoint");
    request.http_method = optional_text_member(call.request, "HttpMethod");
    if (const ordered_json* rate = find_member(call.request, "InvocationRateLimitPerSecond")) {
        request.invocation_rate_per_second = rate->get<std::int64_t>();
    }
    request.caller = std::move(call.caller);
    return request;
}

const char* state_of(const ApiParts& parts, const ApiDestination& destination) {
    return parts.destinations.snapshot()->is_active(destination) ? "ACTIVE" : "INACTIVE";
}

void set_times(ordered_json& answer, const ApiDestination& destination) {
    set_time(answer, "CreationTime", destination.created_at);
    set_time(answer, "LastModifiedTime", destination.modified_at);
}

ordered_json changed(const ApiParts& parts, const ApiDestination& destination) {
    ordered_json answer = ordered_json::object();
    answer["ApiDestinationArn"] = destination.arn;
    answer["ApiDestinationState"] = state_of(parts, destination);
    set_times(answer, destination);
    return answer;
}

// What DescribeApiDestination and an item of ListApiDestinations have in common.
ordered_json describe(const ApiParts& parts, const ApiDestination& destination) {
    ordered_json answer = ordered_json::object();
    answer["ApiDestinationArn"] = destination.arn;
    answer["Name"] = destination.name;
    answer["ApiDestinationState"] = state_of(parts, destination);
    answer["ConnectionArn"] = destination.connection_arn;
    answer["InvocationEndpoint"] = destination.invocation_endpoint;
    answer["HttpMethod"] = destination.http_method;
    answer["InvocationRateLimitPerSecond"] = destination.invocation_rate_per_second;
    set_times(answer, destination);
    return answer;
}

}  // namespace

JsonAnswer create_api_destination(const ApiParts& parts, AwsCall call) {
    ApiDestinationRequest request = request_of(std::move(call));
    const auto made = co_await parts.destinations.create_api_destination(std::move(request));
    if (!made) {
        co_return made.error();
    }
    co_return changed(parts, **made);
}

JsonAnswer update_api_destination(const ApiParts& parts, AwsCall call) {
    ApiDestinationRequest request = request_of(std::move(call));
    const auto made = co_await parts.destinations.update_api_destination(std::move(request));
    if (!made) {
        co_return made.error();
    }
    co_return changed(parts, **made);
}

JsonAnswer delete_api_destination(const ApiParts& parts, AwsCall call) {
    std::string name = text_member(call.request, "Name");
    const auto gone =
        co_await parts.destinations.delete_api_destination(std::move(call.caller), std::move(name));
    if (!gone) {
        co_return gone.error();
    }
    co_return ordered_json::object();
}

JsonAnswer describe_api_destination(const ApiParts& parts, AwsCall call) {
    const auto found =
        parts.destinations.describe_api_destination(call.caller, text_member(call.request, "Name"));
    if (!found) {
        co_return found.error();
    }
    ordered_json answer = describe(parts, **found);
    set_text(answer, "Description", (*found)->description);
    co_return answer;
}

JsonAnswer list_api_destinations(const ApiParts& parts, AwsCall call) {
    const std::string connection_arn = text_member(call.request, "ConnectionArn");
    const AwsListing listing(call, {connection_arn});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const auto found = parts.destinations.list_api_destinations(call.caller, *page, connection_arn);
    const auto show = [&parts](const ApiDestinationPtr& item) { return describe(parts, *item); };
    const auto name_of = [](const ApiDestinationPtr& item) { return item->name; };
    co_return listing.answer("ApiDestinations", found, name_of, show);
}

}  // namespace eventbus::ingress
