#include "aws_api.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/bus/constraints.hpp"

#include "answers.hpp"
#include "api_context.hpp"
#include "caller.hpp"
#include "media_type.hpp"
#include "sts_api.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

constexpr std::string_view kTargetPrefix = "AWSEvents.";

Result<nlohmann::ordered_json> read_request(const AwsCall& call) {
    auto request = parse_json_ordered(call.body);
    if (!request) {
        const Error error = request.error();
        return Error(Errc::malformed, error.message(), error.where(), "SerializationException");
    }
    if (!request->is_object()) {
        return Error(
            Errc::malformed,
            "The request body must be a JSON object.",
            "",
            "SerializationException");
    }
    const ShapeReport report = check_shape(call.operation, *request);
    if (!report.ok()) {
        return to_error(report);
    }
    return request;
}

// An operation of the control plane: the handler sees only requests of the right shape.
template <auto handler>
asio::awaitable<Result<std::string>> checked(const ApiParts& parts, AwsCall call) {
    Result<nlohmann::ordered_json> request = read_request(call);
    if (!request) {
        co_return request.error();
    }
    call.request = std::move(*request);
    Result<nlohmann::ordered_json> answer = co_await handler(parts, std::move(call));
    if (!answer) {
        co_return answer.error();
    }
    co_return answer->dump();
}

constexpr Operation kOperations[] = {
    {"PutEvents", &put_events},
    {"CreateEventBus", &checked<&create_event_bus>},
    {"UpdateEventBus", &checked<&update_event_bus>},
    {"DescribeEventBus", &checked<&describe_event_bus>},
    {"ListEventBuses", &checked<&list_event_buses>},
    {"DeleteEventBus", &checked<&delete_event_bus>},
    {"PutPermission", &checked<&put_permission>},
    {"RemovePermission", &checked<&remove_permission>},
    {"PutRule", &checked<&put_rule>},
    {"DescribeRule", &checked<&describe_rule>},
    {"ListRules", &checked<&list_rules>},
    {"ListRuleNamesByTarget", &checked<&list_rule_names_by_target>},
    {"EnableRule", &checked<&enable_rule>},
    {"DisableRule", &checked<&disable_rule>},
    {"DeleteRule", &checked<&delete_rule>},
    {"PutTargets", &checked<&put_targets>},
    {"ListTargetsByRule", &checked<&list_targets_by_rule>},
    {"RemoveTargets", &checked<&remove_targets>},
    {"TestEventPattern", &checked<&test_event_pattern>},
    {"TagResource", &checked<&tag_resource>},
    {"UntagResource", &checked<&untag_resource>},
    {"ListTagsForResource", &checked<&list_tags_for_resource>},
    {"CreateArchive", &checked<&create_archive>},
    {"DescribeArchive", &checked<&describe_archive>},
    {"ListArchives", &checked<&list_archives>},
    {"UpdateArchive", &checked<&update_archive>},
    {"DeleteArchive", &checked<&delete_archive>},
    {"StartReplay", &checked<&start_replay>},
    {"DescribeReplay", &checked<&describe_replay>},
    {"ListReplays", &checked<&list_replays>},
    {"CancelReplay", &checked<&cancel_replay>},
    {"CreateConnection", &checked<&create_connection>},
    {"UpdateConnection", &checked<&update_connection>},
    {"DescribeConnection", &checked<&describe_connection>},
    {"ListConnections", &checked<&list_connections>},
    {"DeauthorizeConnection", &checked<&deauthorize_connection>},
    {"DeleteConnection", &checked<&delete_connection>},
    {"CreateApiDestination", &checked<&create_api_destination>},
    {"UpdateApiDestination", &checked<&update_api_destination>},
    {"DescribeApiDestination", &checked<&describe_api_destination>},
    {"ListApiDestinations", &checked<&list_api_destinations>},
    {"DeleteApiDestination", &checked<&delete_api_destination>},
    {"ListEventSources", &checked<&list_event_sources>},
    {"DescribeEventSource", &checked<&describe_event_source>},
    {"ActivateEventSource", &checked<&refuse_partner_operation>},
    {"DeactivateEventSource", &checked<&refuse_partner_operation>},
    {"ListPartnerEventSources", &checked<&list_partner_event_sources>},
    {"CreatePartnerEventSource", &checked<&refuse_partner_operation>},
    {"DescribePartnerEventSource", &checked<&refuse_partner_operation>},
    {"DeletePartnerEventSource", &checked<&refuse_partner_operation>},
    {"ListPartnerEventSourceAccounts", &checked<&refuse_partner_operation>},
    {"PutPartnerEvents", &checked<&refuse_partner_operation>},
    {"ListEndpoints", &checked<&list_endpoints>},
    {"CreateEndpoint", &checked<&refuse_endpoint_operation>},
    {"UpdateEndpoint", &checked<&refuse_endpoint_operation>},
    {"DescribeEndpoint", &checked<&refuse_endpoint_operation>},
    {"DeleteEndpoint", &checked<&refuse_endpoint_operation>},
};

const Operation* find_operation(std::string_view target) {
    if (!target.starts_with(kTargetPrefix)) {
        return nullptr;
    }
    target.remove_prefix(kTargetPrefix.size());
    const auto at = std::ranges::find(kOperations, target, &Operation::name);
    return at == std::end(kOperations) ? nullptr : at;
}

// The service's SDKs send 1.1; other tools send 1.0 or plain JSON, or nothing at all.
bool accepts(std::string_view content_type, const std::optional<MediaType>& media) {
    if (content_type.empty()) {
        return true;
    }
    return media && media->is_utf8 &&
           (media->type == "application/json" || media->type == "application/x-amz-json-1.1" ||
            media->type == "application/x-amz-json-1.0");
}

}  // namespace

std::span<const Operation> operations() {
    return kOperations;
}

asio::awaitable<http::Response> aws_api(ApiContext& context, http::Request request) {
    Namespace caller = caller_of(request.headers, context.parts.catalog.home());
    const std::string_view content_type = request.headers.get("content-type");
    const auto media = parse_media_type(content_type);
    if (auto answer = sts_api(request, media, caller)) {
        context.counters.count("GetCallerIdentity");
        co_return std::move(*answer);
    }
    if (!accepts(content_type, media)) {
        co_return aws_refusal(415, "Content-Type must be application/x-amz-json-1.1 in UTF-8.");
    }
    const Operation* operation = find_operation(request.headers.get("x-amz-target"));
    context.counters.count(operation == nullptr ? "unknown" : operation->name);
    if (operation == nullptr) {
        // The empty message is the service's own; some clients look at nothing but the code.
        const Error unknown(Errc::not_found, "", "", "UnknownOperationException");
        co_return aws_error(unknown);
    }
    AwsCall call;
    call.operation = operation->name;
    call.caller = std::move(caller);
    call.headers = std::move(request.headers);
    call.body = std::move(request.body);
    Result<std::string> answer = co_await operation->handler(context.parts, std::move(call));
    if (!answer) {
        co_return aws_error(answer.error());
    }
    co_return aws_answer(std::move(*answer));
}

}  // namespace eventbus::ingress
