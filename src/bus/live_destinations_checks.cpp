// What changes of connections and API destinations demand, and what they make of a request; no I/O.
#include "eventbus/base/ids.hpp"

#include "destination_state.hpp"
#include "live_destinations.hpp"
#include "service_error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace eventbus::bus {

namespace {

using Json = nlohmann::ordered_json;

Error exists(std::string message) {
    return {Errc::already_exists, std::move(message), {}, "ResourceAlreadyExistsException"};
}

Error missing(std::string message) {
    return {Errc::not_found, std::move(message), {}, "ResourceNotFoundException"};
}

Error no_such_connection(std::string_view verb, std::string_view name) {
    return missing(
        "Failed to " + std::string(verb) + " the connection(s). Connection '" + std::string(name) +
        "' does not exist.");
}

Error no_such_destination(std::string_view verb, std::string_view name) {
    return missing(
        "Failed to " + std::string(verb) + " the api-destination(s). An api-destination '" +
        std::string(name) + "' does not exist.");
}

Json parse_parameters(const std::string& text) {
    return text.empty() ? Json::object() : Json::parse(text);
}

// Puts the members of `change` over those of `base`; structures are merged, lists and scalars
// replaced.
void merge(Json& base, const Json& change) {
    for (const auto& [key, value] : change.items()) {
        if (value.is_null()) {
            continue;
        }
        if (value.is_object() && base.contains(key) && base[key].is_object()) {
            merge(base[key], value);
        } else {
            base[key] = value;
        }
    }
}

template <class T>
std::size_t count_in(const DestinationSnapshot::ByName<T>& all, const Namespace& ns) {
    const auto prefix = namespace_prefix(ns);
    std::size_t count = 0;
    for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix);
         ++at) {
        ++count;
    }
    return count;
}

void take(std::string& member, const std::optional<std::string>& wanted) {
    if (wanted) {
        member = *wanted;
    }
}

}  // namespace

// ---- connections ----

Result<Connection> LiveDestinations::new_connection(const ConnectionRequest& request) const {
    const auto now = snapshot();
    if (now->connections.contains(name_key(request.caller, request.name))) {
        return exists("Connection " + request.name + " already exists.");
    }
    Connection connection;
    connection.name = request.name;
    connection.description = request.description.value_or("");
    connection.kms_key_identifier = request.kms_key_identifier.value_or("");
    connection.connectivity_json = request.connectivity_json;
    connection.type = request.type.value_or(AuthorizationType::basic);
    auto auth = auth_from_json(connection.type, parse_parameters(request.auth_parameters));
    if (!auth) {
        return auth.error();
    }
    connection.auth = std::move(*auth);
    const auto suffix = make_uuid();
    connection.arn = destination_arn(request.caller, kConnectionType, request.name, suffix);
    connection.secret_arn = secret_arn(request.caller, request.name, suffix);
    connection.created_at = clock_.now();
    connection.modified_at = connection.created_at;
    begin_authorization(connection, connection.created_at);
    if (options_.check_connection) {
        if (auto sound = options_.check_connection(connection); !sound) {
            return sound.error();
        }
    }
    if (count_in(now->connections, request.caller) >= options_.limits.connections) {
        return service_error::limit_exceeded();
    }
    return connection;
}

Result<Connection> LiveDestinations::connection_to_change(
    std::string_view verb,
    const Namespace& ns,
    std::string_view name) const {
    const auto now = snapshot();
    const auto found = now->connections.find(name_key(ns, name));
    if (found == now->connections.end()) {
        return no_such_connection(verb, name);
    }
    const Connection& connection = *found->second;
    if (!connection.managed_by.empty()) {
        return service_error::managed_resource(
            "Connection " + connection.name,
            connection.managed_by);
    }
    return connection;
}

Result<Connection> LiveDestinations::changed_connection(const ConnectionRequest& request) const {
    auto connection = connection_to_change("update", request.caller, request.name);
    if (!connection) {
        return connection.error();
    }
    take(connection->description, request.description);
    take(connection->kms_key_identifier, request.kms_key_identifier);
    if (!request.connectivity_json.empty()) {
        connection->connectivity_json = request.connectivity_json;
    }
    connection->modified_at = clock_.now();
    const bool has_new_type = request.type && *request.type != connection->type;
    if (request.auth_parameters.empty() && !has_new_type) {
        return connection;
    }
    connection->type = request.type.value_or(connection->type);
    Json json = connection->auth ? auth_to_json(*connection->auth) : Json::object();
    merge(json, parse_parameters(request.auth_parameters));
    auto auth = auth_from_json(connection->type, json);
    if (!auth) {
        return auth.error();
    }
    connection->auth = std::move(*auth);
    connection->revision += 1;
    begin_authorization(*connection, connection->modified_at);
    if (options_.check_connection) {
        if (auto sound = options_.check_connection(*connection); !sound) {
            return sound.error();
        }
    }
    return connection;
}

Result<ConnectionPtr> LiveDestinations::describe_connection(
    const Namespace& caller,
    std::string_view name) const {
    const auto now = snapshot();
    const auto found = now->connections.find(name_key(caller, name));
    if (found == now->connections.end()) {
        return no_such_connection("describe", name);
    }
    return found->second;
}

// ---- API destinations ----

Result<void> LiveDestinations::apply(
    const ApiDestinationRequest& request,
    ApiDestination& destination) const {
    take(destination.description, request.description);
    take(destination.invocation_endpoint, request.invocation_endpoint);
    take(destination.http_method, request.http_method);
    destination.invocation_rate_per_second =
        request.invocation_rate_per_second.value_or(destination.invocation_rate_per_second);
    if (request.connection_arn) {
        const auto address = destination_address(*request.connection_arn, kConnectionType);
        if (!address || address->ns != request.caller) {
            return service_error::validation("Invalid ARN: '" + *request.connection_arn + "'");
        }
        if (snapshot()->find_connection(*request.connection_arn) == nullptr) {
            return missing("Connection '" + address->name + "' does not exist.");
        }
        destination.connection_arn = *request.connection_arn;
    }
    if (options_.check_destination) {
        return options_.check_destination(destination);
    }
    return {};
}

Result<ApiDestination> LiveDestinations::new_destination(
    const ApiDestinationRequest& request) const {
    const auto now = snapshot();
    if (now->destinations.contains(name_key(request.caller, request.name))) {
        return exists("An api-destination '" + request.name + "' already exists.");
    }
    ApiDestination destination;
    destination.name = request.name;
    if (auto applied = apply(request, destination); !applied) {
        return applied.error();
    }
    if (count_in(now->destinations, request.caller) >= options_.limits.api_destinations) {
        return service_error::limit_exceeded();
    }
    destination.arn =
        destination_arn(request.caller, kApiDestinationType, request.name, make_uuid());
    destination.created_at = clock_.now();
    destination.modified_at = destination.created_at;
    return destination;
}

Result<ApiDestination> LiveDestinations::destination_to_change(
    std::string_view verb,
    const Namespace& ns,
    std::string_view name) const {
    const auto now = snapshot();
    const auto found = now->destinations.find(name_key(ns, name));
    if (found == now->destinations.end()) {
        return no_such_destination(verb, name);
    }
    const ApiDestination& destination = *found->second;
    if (!destination.managed_by.empty()) {
        return service_error::managed_resource(
            "Api-destination " + destination.name,
            destination.managed_by);
    }
    return destination;
}

Result<ApiDestination> LiveDestinations::changed_destination(
    const ApiDestinationRequest& request) const {
    auto destination = destination_to_change("update", request.caller, request.name);
    if (!destination) {
        return destination.error();
    }
    if (auto applied = apply(request, *destination); !applied) {
        return applied.error();
    }
    destination->modified_at = clock_.now();
    return destination;
}

Result<ApiDestinationPtr> LiveDestinations::describe_api_destination(
    const Namespace& caller,
    std::string_view name) const {
    const auto now = snapshot();
    const auto found = now->destinations.find(name_key(caller, name));
    if (found == now->destinations.end()) {
        return no_such_destination("describe", name);
    }
    return found->second;
}

// ---- listings ----

namespace {

template <class T, class Wanted>
std::vector<std::shared_ptr<const T>> list(
    const DestinationSnapshot::ByName<T>& all,
    const Namespace& ns,
    const Page& page,
    Wanted wanted) {
    std::vector<std::shared_ptr<const T>> found;
    const auto prefix = name_key(ns, page.name_prefix);
    auto at = page.after > page.name_prefix ? all.upper_bound(name_key(ns, page.after))
                                            : all.lower_bound(prefix);
    for (; at != all.end() && at->first.starts_with(prefix) && found.size() < page.limit; ++at) {
        if (wanted(*at->second)) {
            found.push_back(at->second);
        }
    }
    return found;
}

}  // namespace

std::vector<ConnectionPtr> LiveDestinations::list_connections(
    const Namespace& caller,
    const Page& page,
    std::optional<ConnectionState> state) const {
    const auto now = snapshot();
    return list(now->connections, caller, page, [&](const Connection& connection) {
        return !state || connection.state == *state;
    });
}

std::vector<ApiDestinationPtr> LiveDestinations::list_api_destinations(
    const Namespace& caller,
    const Page& page,
    std::string_view connection_arn) const {
    const auto now = snapshot();
    return list(now->destinations, caller, page, [&](const ApiDestination& destination) {
        return connection_arn.empty() || destination.connection_arn == connection_arn;
    });
}

// ---- from files ----

}  // namespace eventbus::bus
