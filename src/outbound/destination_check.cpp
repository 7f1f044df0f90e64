#include "eventbus/outbound/destination_check.hpp"

#include "eventbus/http/header_rules.hpp"
#include "eventbus/http/url.hpp"

#include "connection_parameters.hpp"

#include <string>
#include <utility>

namespace eventbus {

namespace {

Error not_valid(const std::string& parameter, const std::string& reason, std::string where) {
    return {
        Errc::invalid_argument,
        "Parameter " + parameter + " is not valid" + (reason.empty() ? "" : ". Reason: " + reason),
        std::move(where),
        "ValidationException"};
}

bool may_call(const std::string& url, PlainHttp plain) {
    const auto parsed = http::parse_url(url);
    return parsed && (parsed->tls || plain == PlainHttp::allowed);
}

Result<void> check_parameters(
    const ConnectionHttpParameters& parameters,
    const std::string& name,
    const std::string& where) {
    const auto checked = check_connection_parameters(parameters);
    if (!checked) {
        return not_valid(name, checked.error().message(), where + "/" + name);
    }
    return {};
}

Result<void> check_api_key(const ApiKeyAuth& api_key) {
    const std::string where = "/AuthParameters/ApiKeyAuthParameters/";
    if (!http::is_valid_header_name(api_key.name) || http::is_reserved_header_name(api_key.name)) {
        return not_valid(
            "ApiKeyName",
            "the header name '" + api_key.name + "' is not allowed",
            where + "ApiKeyName");
    }
    if (!http::is_valid_header_value(api_key.value)) {
        return not_valid("ApiKeyValue", "it must not be sent in a header", where + "ApiKeyValue");
    }
    return {};
}

}  // namespace

Result<void> check_connection(const Connection& connection, PlainHttp plain) {
    if (!connection.auth) {
        return {};
    }
    const ConnectionAuth& auth = *connection.auth;
    if (auth.api_key) {
        if (auto checked = check_api_key(*auth.api_key); !checked) {
            return checked;
        }
    }
    if (auth.oauth) {
        const std::string where = "/AuthParameters/OAuthParameters";
        if (!may_call(auth.oauth->authorization_endpoint, plain)) {
            return not_valid("AuthorizationEndpoint", "", where + "/AuthorizationEndpoint");
        }
        if (auto checked =
                check_parameters(auth.oauth->http_parameters, "OAuthHttpParameters", where);
            !checked) {
            return checked;
        }
    }
    return check_parameters(
        auth.invocation_parameters,
        "InvocationHttpParameters",
        "/AuthParameters");
}

Result<void> check_api_destination(const ApiDestination& destination, PlainHttp plain) {
    if (!may_call(destination.invocation_endpoint, plain)) {
        return not_valid(
            "InvocationEndpoint",
            "Endpoint '" + destination.invocation_endpoint + "' is not valid",
            "/InvocationEndpoint");
    }
    return {};
}

}  // namespace eventbus
