#include "eventbus/core/connection.hpp"

#include "documents.hpp"

#include <array>
#include <utility>

namespace eventbus {

namespace {

using documents::get_text;
using documents::Json;
using documents::put_text;

constexpr std::array<std::pair<AuthorizationType, std::string_view>, 3> kTypes{{
    {AuthorizationType::basic, "BASIC"},
    {AuthorizationType::api_key, "API_KEY"},
    {AuthorizationType::oauth_client_credentials, "OAUTH_CLIENT_CREDENTIALS"},
}};

constexpr std::array<std::pair<ConnectionState, std::string_view>, 5> kStates{{
    {ConnectionState::authorizing, "AUTHORIZING"},
    {ConnectionState::authorized, "AUTHORIZED"},
    {ConnectionState::deauthorizing, "DEAUTHORIZING"},
    {ConnectionState::deauthorized, "DEAUTHORIZED"},
    {ConnectionState::deleting, "DELETING"},
}};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value wanted) {
    for (const auto& [value, name] : names) {
        if (value == wanted) {
            return name;
        }
    }
    return names.front().second;
}

template <class Value, class Names>
std::optional<Value> value_of(const Names& names, std::string_view wanted) {
    for (const auto& [value, name] : names) {
        if (name == wanted) {
            return value;
        }
    }
    return std::nullopt;
}

// What is absent and what is null is the same to the API.
const Json* find(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? nullptr : &*found;
}

std::string text(const Json& json, const char* key) {
    const Json* found = find(json, key);
    return found == nullptr ? std::string() : found->get<std::string>();
}

enum class Secrets { shown, left_out };

void put_parameters(
    Json& json,
    const char* key,
    const std::vector<ConnectionParameter>& parameters,
    Secrets secrets) {
    if (parameters.empty()) {
        return;
    }
    Json list = Json::array();
    for (const auto& parameter : parameters) {
        Json item = Json::object();
        item["Key"] = parameter.key;
        if (secrets == Secrets::shown || !parameter.is_secret) {
            item["Value"] = parameter.value;
        }
        item["IsValueSecret"] = parameter.is_secret;
        list.push_back(std::move(item));
    }
    json[key] = std::move(list);
}

void put_http_parameters(
    Json& json,
    const char* key,
    const ConnectionHttpParameters& parameters,
    Secrets secrets) {
    if (parameters.empty()) {
        return;
    }
    Json block = Json::object();
    put_parameters(block, "HeaderParameters", parameters.headers, secrets);
    put_parameters(block, "QueryStringParameters", parameters.query, secrets);
    put_parameters(block, "BodyParameters", parameters.body, secrets);
    json[key] = std::move(block);
}

std::vector<ConnectionParameter> read_parameters(const Json& json, const char* key) {
    std::vector<ConnectionParameter> parameters;
    if (const Json* list = find(json, key)) {
        for (const auto& item : *list) {
            ConnectionParameter parameter;
            parameter.key = text(item, "Key");
            parameter.value = text(item, "Value");
            const Json* secret = find(item, "IsValueSecret");
            parameter.is_secret = secret != nullptr && secret->get<bool>();
            parameters.push_back(std::move(parameter));
        }
    }
    return parameters;
}

ConnectionHttpParameters read_http_parameters(const Json& json, const char* key) {
    ConnectionHttpParameters parameters;
    if (const Json* block = find(json, key)) {
        parameters.headers = read_parameters(*block, "HeaderParameters");
        parameters.query = read_parameters(*block, "QueryStringParameters");
        parameters.body = read_parameters(*block, "BodyParameters");
    }
    return parameters;
}

Json to_json(const OAuthClientCredentials& oauth, Secrets secrets) {
    Json block = Json::object();
    Json client = Json::object();
    client["ClientID"] = oauth.client_id;
    if (secrets == Secrets::shown) {
        client["ClientSecret"] = oauth.client_secret;
    }
    block["ClientParameters"] = std::move(client);
    block["AuthorizationEndpoint"] = oauth.authorization_endpoint;
    block["HttpMethod"] = oauth.http_method;
    put_http_parameters(block, "OAuthHttpParameters", oauth.http_parameters, secrets);
    return block;
}

Json to_json(const ConnectionAuth& auth, Secrets secrets) {
    Json json = Json::object();
    if (auth.basic) {
        Json block = Json::object();
        block["Username"] = auth.basic->username;
        if (secrets == Secrets::shown) {
            block["Password"] = auth.basic->password;
        }
        json["BasicAuthParameters"] = std::move(block);
    }
    if (auth.oauth) {
        json["OAuthParameters"] = to_json(*auth.oauth, secrets);
    }
    if (auth.api_key) {
        Json block = Json::object();
        block["ApiKeyName"] = auth.api_key->name;
        if (secrets == Secrets::shown) {
            block["ApiKeyValue"] = auth.api_key->value;
        }
        json["ApiKeyAuthParameters"] = std::move(block);
    }
    put_http_parameters(json, "InvocationHttpParameters", auth.invocation_parameters, secrets);
    if (!auth.connectivity_json.empty()) {
        json["ConnectivityParameters"] = Json::parse(auth.connectivity_json);
    }
    return json;
}

Error missing_fields(const char* block) {
    return {
        Errc::invalid_argument,
        std::string("Parameter ") + block + " is not valid. Reason: Missing required field(s)",
        std::string("/AuthParameters/") + block,
        "ValidationException"};
}

bool all_there(std::initializer_list<const std::string*> members) {
    for (const auto* member : members) {
        if (member->empty()) {
            return false;
        }
    }
    return true;
}

Result<OAuthClientCredentials> read_oauth(const Json& block) {
    OAuthClientCredentials oauth;
    if (const Json* client = find(block, "ClientParameters")) {
        oauth.client_id = text(*client, "ClientID");
        oauth.client_secret = text(*client, "ClientSecret");
    }
    oauth.authorization_endpoint = text(block, "AuthorizationEndpoint");
    oauth.http_method = text(block, "HttpMethod");
    if (!all_there(
            {&oauth.client_id,
             &oauth.client_secret,
             &oauth.authorization_endpoint,
             &oauth.http_method})) {
        return missing_fields("OAuthParameters");
    }
    oauth.http_parameters = read_http_parameters(block, "OAuthHttpParameters");
    return oauth;
}

// Fills in the member of the type.
Result<void> read_credentials(AuthorizationType type, const Json& json, ConnectionAuth& auth) {
    static const Json kNone = Json::object();
    const auto block_of = [&](const char* key) -> const Json& {
        const Json* found = find(json, key);
        return found == nullptr ? kNone : *found;
    };
    switch (type) {
        case AuthorizationType::basic: {
            const Json& block = block_of("BasicAuthParameters");
            auth.basic = BasicAuth{text(block, "Username"), text(block, "Password")};
            if (!all_there({&auth.basic->username, &auth.basic->password})) {
                return missing_fields("BasicAuthParameters");
            }
            return {};
        }
        case AuthorizationType::api_key: {
            const Json& block = block_of("ApiKeyAuthParameters");
            auth.api_key = ApiKeyAuth{text(block, "ApiKeyName"), text(block, "ApiKeyValue")};
            if (!all_there({&auth.api_key->name, &auth.api_key->value})) {
                return missing_fields("ApiKeyAuthParameters");
            }
            return {};
        }
        case AuthorizationType::oauth_client_credentials: {
            auto oauth = read_oauth(block_of("OAuthParameters"));
            if (!oauth) {
                return oauth.error();
            }
            auth.oauth = std::move(*oauth);
            return {};
        }
    }
    return {};
}

WallTime read_time(const Json& json, const char* key) {
    return WallTime(Millis(json.at(key).get<std::int64_t>()));
}

Connection read_connection(const Json& json) {
    Connection connection;
    connection.name = json.at("Name").get<std::string>();
    connection.arn = json.at("Arn").get<std::string>();
    connection.secret_arn = json.at("SecretArn").get<std::string>();
    connection.description = get_text(json, "Description");
    connection.kms_key_identifier = get_text(json, "KmsKeyIdentifier");
    connection.connectivity_json = get_text(json, "InvocationConnectivityParameters");
    connection.type = authorization_type_from(json.at("AuthorizationType").get<std::string>())
                          .value_or(AuthorizationType::basic);
    connection.revision = json.at("Revision").get<std::uint64_t>();
    connection.state = connection_state_from(json.at("State").get<std::string>())
                           .value_or(ConnectionState::deauthorized);
    connection.state_reason = get_text(json, "StateReason");
    connection.created_at = read_time(json, "CreatedAtMs");
    connection.modified_at = read_time(json, "ModifiedAtMs");
    if (json.contains("AuthorizedAtMs")) {
        connection.authorized_at = read_time(json, "AuthorizedAtMs");
    }
    return connection;
}

}  // namespace

std::string_view to_string(AuthorizationType type) {
    return name_of(kTypes, type);
}

std::optional<AuthorizationType> authorization_type_from(std::string_view text) {
    return value_of<AuthorizationType>(kTypes, text);
}

std::string_view to_string(ConnectionState state) {
    return name_of(kStates, state);
}

std::optional<ConnectionState> connection_state_from(std::string_view text) {
    return value_of<ConnectionState>(kStates, text);
}

std::string to_document(const Connection& connection, const std::string& sealed_auth) {
    Json json;
    put_text(json, "Name", connection.name);
    put_text(json, "Arn", connection.arn);
    put_text(json, "SecretArn", connection.secret_arn);
    put_text(json, "Description", connection.description);
    put_text(json, "KmsKeyIdentifier", connection.kms_key_identifier);
    put_text(json, "InvocationConnectivityParameters", connection.connectivity_json);
    json["AuthorizationType"] = to_string(connection.type);
    put_text(json, "SealedAuth", sealed_auth);
    json["Revision"] = connection.revision;
    json["State"] = to_string(connection.state);
    put_text(json, "StateReason", connection.state_reason);
    json["CreatedAtMs"] = connection.created_at.time_since_epoch().count();
    json["ModifiedAtMs"] = connection.modified_at.time_since_epoch().count();
    if (connection.authorized_at) {
        json["AuthorizedAtMs"] = connection.authorized_at->time_since_epoch().count();
    }
    return json.dump();
}

Result<StoredConnection> connection_from_document(std::string_view document) {
    return documents::reading<StoredConnection>("connection", [&] {
        const auto json = Json::parse(document);
        StoredConnection stored;
        stored.connection = read_connection(json);
        stored.sealed_auth = get_text(json, "SealedAuth");
        return stored;
    });
}

Json auth_to_json(const ConnectionAuth& auth) {
    return to_json(auth, Secrets::shown);
}

Json auth_to_public_json(const ConnectionAuth& auth) {
    return to_json(auth, Secrets::left_out);
}

Result<ConnectionAuth> auth_from_json(AuthorizationType type, const Json& json) {
    return documents::reading<ConnectionAuth>("authorization", [&]() -> Result<ConnectionAuth> {
        ConnectionAuth auth;
        if (auto read = read_credentials(type, json, auth); !read) {
            return read.error();
        }
        auth.invocation_parameters = read_http_parameters(json, "InvocationHttpParameters");
        if (const Json* connectivity = find(json, "ConnectivityParameters")) {
            auth.connectivity_json = connectivity->dump();
        }
        return auth;
    });
}

}  // namespace eventbus
