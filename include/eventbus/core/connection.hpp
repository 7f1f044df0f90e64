#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

enum class AuthorizationType { basic, api_key, oauth_client_credentials };

std::string_view to_string(AuthorizationType type);
std::optional<AuthorizationType> authorization_type_from(std::string_view text);

// The states that a connection of ours is ever seen in; the service has more.
enum class ConnectionState { authorizing, authorized, deauthorizing, deauthorized, deleting };

std::string_view to_string(ConnectionState state);
std::optional<ConnectionState> connection_state_from(std::string_view text);

// A header, query or body parameter that a connection adds to a call.
struct ConnectionParameter {
    std::string key;
    std::string value;
    bool is_secret = false;  // then the value is never shown

    bool operator==(const ConnectionParameter&) const = default;
};

struct ConnectionHttpParameters {
    std::vector<ConnectionParameter> headers;
    std::vector<ConnectionParameter> query;
    std::vector<ConnectionParameter> body;

    bool empty() const { return headers.empty() && query.empty() && body.empty(); }

    bool operator==(const ConnectionHttpParameters&) const = default;
};

struct BasicAuth {
    std::string username;
    std::string password;

    bool operator==(const BasicAuth&) const = default;
};

// A header of this name with this value.
struct ApiKeyAuth {
    std::string name;
    std::string value;

    bool operator==(const ApiKeyAuth&) const = default;
};

struct OAuthClientCredentials {
    std::string client_id;
    std::string client_secret;
    std::string authorization_endpoint;
    std::string http_method;  // GET, POST or PUT
    ConnectionHttpParameters http_parameters;

    bool operator==(const OAuthClientCredentials&) const = default;
};

// How calls through a connection are authorized. The member of the connection's type is there,
// the others are not.
struct ConnectionAuth {
    std::optional<BasicAuth> basic;
    std::optional<ApiKeyAuth> api_key;
    std::optional<OAuthClientCredentials> oauth;
    ConnectionHttpParameters invocation_parameters;
    std::string connectivity_json;  // ConnectivityParameters as given: stored and returned

    bool operator==(const ConnectionAuth&) const = default;
};

// Credentials for calling out, in the service's sense. Members that were not given are empty and
// stay absent in answers.
struct Connection {
    std::string name;
    std::string arn;
    std::string secret_arn;
    std::string description;
    std::string kms_key_identifier;  // stored and returned, without effect
    std::string connectivity_json;   // InvocationConnectivityParameters: stored and returned
    AuthorizationType type = AuthorizationType::basic;
    std::optional<ConnectionAuth> auth;  // absent once it has been deauthorized
    std::uint64_t revision = 1;          // of `auth`; grows with each change of it
    ConnectionState state = ConnectionState::authorized;
    std::string state_reason;
    std::string managed_by;  // "config:FILE" if it comes from a file
    WallTime created_at;
    WallTime modified_at;
    std::optional<WallTime> authorized_at;

    bool operator==(const Connection&) const = default;

    bool is_authorized() const { return state == ConnectionState::authorized; }
};

using ConnectionPtr = std::shared_ptr<const Connection>;

// The form in which the catalog keeps a connection: `sealed_auth` stands in the document as it is
// (the sealed text of auth_to_json), and comes back beside the connection, which has no `auth`
// then.
std::string to_document(const Connection& connection, const std::string& sealed_auth);

struct StoredConnection {
    Connection connection;
    std::string sealed_auth;  // empty: it has been deauthorized
};

[[nodiscard]] Result<StoredConnection> connection_from_document(std::string_view document);

// AuthParameters as in the API, with every secret.
nlohmann::ordered_json auth_to_json(const ConnectionAuth& auth);

// The same as DescribeConnection shows it: without passwords, keys and values that are secret.
nlohmann::ordered_json auth_to_public_json(const ConnectionAuth& auth);

// Reads AuthParameters of the API's shape, as far as they are for `type`; nulls are absent members.
// Errors: code ValidationException in the service's words if the block of the type is missing or
// lacks a member.
[[nodiscard]] Result<ConnectionAuth> auth_from_json(
    AuthorizationType type,
    const nlohmann::ordered_json& json);

}  // namespace eventbus
