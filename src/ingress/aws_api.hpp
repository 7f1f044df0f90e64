#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/arn.hpp"
#include "eventbus/ingress/api.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// One call of the AWS dialect. `body` is as received; `request` is its JSON, already checked
// against the operation's shape, for the operations that work on that.
struct AwsCall {
    std::string_view operation;
    Namespace caller;
    http::Headers headers;
    std::string body;
    nlohmann::ordered_json request;
};

// Answers with the JSON text of the response, or with an error whose code is the exception.
using OperationHandler =
    boost::asio::awaitable<Result<std::string>> (*)(const ApiParts& parts, AwsCall call);

struct Operation {
    std::string_view name;
    OperationHandler handler;
};

std::span<const Operation> operations();

using JsonAnswer = boost::asio::awaitable<Result<nlohmann::ordered_json>>;

JsonAnswer create_event_bus(const ApiParts& parts, AwsCall call);
JsonAnswer update_event_bus(const ApiParts& parts, AwsCall call);
JsonAnswer describe_event_bus(const ApiParts& parts, AwsCall call);
JsonAnswer list_event_buses(const ApiParts& parts, AwsCall call);
JsonAnswer delete_event_bus(const ApiParts& parts, AwsCall call);

JsonAnswer put_permission(const ApiParts& parts, AwsCall call);
JsonAnswer remove_permission(const ApiParts& parts, AwsCall call);

JsonAnswer put_rule(const ApiParts& parts, AwsCall call);
JsonAnswer describe_rule(const ApiParts& parts, AwsCall call);
JsonAnswer list_rules(const ApiParts& parts, AwsCall call);
JsonAnswer list_rule_names_by_target(const ApiParts& parts, AwsCall call);
JsonAnswer enable_rule(const ApiParts& parts, AwsCall call);
JsonAnswer disable_rule(const ApiParts& parts, AwsCall call);
JsonAnswer delete_rule(const ApiParts& parts, AwsCall call);

JsonAnswer put_targets(const ApiParts& parts, AwsCall call);
JsonAnswer list_targets_by_rule(const ApiParts& parts, AwsCall call);
JsonAnswer remove_targets(const ApiParts& parts, AwsCall call);

JsonAnswer test_event_pattern(const ApiParts& parts, AwsCall call);

JsonAnswer tag_resource(const ApiParts& parts, AwsCall call);
JsonAnswer untag_resource(const ApiParts& parts, AwsCall call);
JsonAnswer list_tags_for_resource(const ApiParts& parts, AwsCall call);

JsonAnswer create_archive(const ApiParts& parts, AwsCall call);
JsonAnswer describe_archive(const ApiParts& parts, AwsCall call);
JsonAnswer list_archives(const ApiParts& parts, AwsCall call);
JsonAnswer update_archive(const ApiParts& parts, AwsCall call);
JsonAnswer delete_archive(const ApiParts& parts, AwsCall call);

JsonAnswer start_replay(const ApiParts& parts, AwsCall call);
JsonAnswer describe_replay(const ApiParts& parts, AwsCall call);
JsonAnswer list_replays(const ApiParts& parts, AwsCall call);
JsonAnswer cancel_replay(const ApiParts& parts, AwsCall call);

// ListArchives and ListReplays take one filter at a time.
[[nodiscard]] Result<void> one_filter(
    const AwsCall& call,
    const std::string& name_prefix,
    const std::string& event_source_arn,
    const std::string& state);

JsonAnswer create_connection(const ApiParts& parts, AwsCall call);
JsonAnswer update_connection(const ApiParts& parts, AwsCall call);
JsonAnswer describe_connection(const ApiParts& parts, AwsCall call);
JsonAnswer list_connections(const ApiParts& parts, AwsCall call);
JsonAnswer deauthorize_connection(const ApiParts& parts, AwsCall call);
JsonAnswer delete_connection(const ApiParts& parts, AwsCall call);

JsonAnswer create_api_destination(const ApiParts& parts, AwsCall call);
JsonAnswer update_api_destination(const ApiParts& parts, AwsCall call);
JsonAnswer describe_api_destination(const ApiParts& parts, AwsCall call);
JsonAnswer list_api_destinations(const ApiParts& parts, AwsCall call);
JsonAnswer delete_api_destination(const ApiParts& parts, AwsCall call);
JsonAnswer refuse_partner_operation(const ApiParts& parts, AwsCall call);
JsonAnswer refuse_endpoint_operation(const ApiParts& parts, AwsCall call);
JsonAnswer describe_event_source(const ApiParts& parts, AwsCall call);
JsonAnswer list_event_sources(const ApiParts& parts, AwsCall call);
JsonAnswer list_partner_event_sources(const ApiParts& parts, AwsCall call);
JsonAnswer list_endpoints(const ApiParts& parts, AwsCall call);

// The hot path reads `body` itself.
boost::asio::awaitable<Result<std::string>> put_events(const ApiParts& parts, AwsCall call);

}  // namespace eventbus::ingress
