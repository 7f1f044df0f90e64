#include "eventbus/bus/destination_catalog.hpp"

#include "aws_api.hpp"
#include "aws_listing.hpp"
#include "json_members.hpp"

#include <utility>

namespace eventbus::ingress {

using nlohmann::ordered_json;

namespace {

ConnectionRequest request_of(AwsCall call) {
    ConnectionRequest request;
    request.name = text_member(call.request, "Name");
    request.description = optional_text_member(call.request, "Description");
    request.type = authorization_type_from(text_member(call.request, "AuthorizationType"));
    request.auth_parameters = json_member(call.request, "AuthParameters");
    request.connectivity_json = json_member(call.request, "InvocationConnectivityParameters");
    request.kms_key_identifier = optional_text_member(call.request, "KmsKeyIdentifier");
    request.caller = std::move(call.caller);
    return request;
}

void set_times(ordered_json& answer, const Connection& connection) {
    set_time(answer, "CreationTime", connection.created_at);
    set_time(answer, "LastModifiedTime", connection.modified_at);
    if (connection.authorized_at) {
        set_time(answer, "LastAuthorizedTime", *connection.authorized_at);
    }
}

// What every change answers with.
ordered_json changed(const Connection& connection, ConnectionState state) {
    ordered_json answer = ordered_json::object();
    answer["ConnectionArn"] = connection.arn;
    answer["ConnectionState"] = to_string(state);
    set_times(answer, connection);
    return answer;
}

ordered_json item_of(const ConnectionPtr& connection) {
    ordered_json item = ordered_json::object();
    item["ConnectionArn"] = connection->arn;
    item["Name"] = connection->name;
    item["ConnectionState"] = to_string(connection->state);
    set_text(item, "StateReason", connection->state_reason);
    item["AuthorizationType"] = to_string(connection->type);
    set_times(item, *connection);
    return item;
}

}  // namespace

JsonAnswer create_connection(const ApiParts& parts, AwsCall call) {
    ConnectionRequest request = request_of(std::move(call));
    const auto made = co_await parts.destinations.create_connection(std::move(request));
    if (!made) {
        co_return made.error();
    }
    ordered_json answer = changed(**made, (*made)->state);
    answer.erase("LastAuthorizedTime");
    co_return answer;
}

JsonAnswer update_connection(const ApiParts& parts, AwsCall call) {
    ConnectionRequest request = request_of(std::move(call));
    const auto made = co_await parts.destinations.update_connection(std::move(request));
    if (!made) {
        co_return made.error();
    }
    co_return changed(**made, (*made)->state);
}

JsonAnswer deauthorize_connection(const ApiParts& parts, AwsCall call) {
    std::string name = text_member(call.request, "Name");
    const auto done =
        co_await parts.destinations.deauthorize_connection(std::move(call.caller), std::move(name));
    if (!done) {
        co_return done.error();
    }
    // As the service says it, where this takes a while.
    co_return changed(**done, ConnectionState::deauthorizing);
}

JsonAnswer delete_connection(const ApiParts& parts, AwsCall call) {
    std::string name = text_member(call.request, "Name");
    const auto gone =
        co_await parts.destinations.delete_connection(std::move(call.caller), std::move(name));
    if (!gone) {
        co_return gone.error();
    }
    co_return changed(**gone, ConnectionState::deleting);
}

JsonAnswer describe_connection(const ApiParts& parts, AwsCall call) {
    const auto found =
        parts.destinations.describe_connection(call.caller, text_member(call.request, "Name"));
    if (!found) {
        co_return found.error();
    }
    const Connection& connection = **found;
    ordered_json answer = ordered_json::object();
    answer["ConnectionArn"] = connection.arn;
    answer["Name"] = connection.name;
    set_text(answer, "Description", connection.description);
    set_json(answer, "InvocationConnectivityParameters", connection.connectivity_json);
    answer["ConnectionState"] = to_string(connection.state);
    set_text(answer, "StateReason", connection.state_reason);
    answer["AuthorizationType"] = to_string(connection.type);
    answer["SecretArn"] = connection.secret_arn;
    set_text(answer, "KmsKeyIdentifier", connection.kms_key_identifier);
    if (connection.auth) {
        answer["AuthParameters"] = auth_to_public_json(*connection.auth);
    }
    set_times(answer, connection);
    co_return answer;
}

JsonAnswer list_connections(const ApiParts& parts, AwsCall call) {
    const std::string state = text_member(call.request, "ConnectionState");
    const AwsListing listing(call, {state});
    const Result<Page> page = listing.page();
    if (!page) {
        co_return page.error();
    }
    const auto wanted = connection_state_from(state);
    std::vector<ConnectionPtr> found;
    // None of ours is ever in one of the service's other states.
    if (state.empty() || wanted) {
        found = parts.destinations.list_connections(call.caller, *page, wanted);
    }
    const auto name_of = [](const ConnectionPtr& item) { return item->name; };
    co_return listing.answer("Connections", found, name_of, &item_of);
}

}  // namespace eventbus::ingress
