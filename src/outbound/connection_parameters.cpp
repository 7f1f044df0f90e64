#include "connection_parameters.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/http/header_rules.hpp"

#include "json_scan.hpp"

#include <algorithm>
#include <utility>

namespace eventbus {

namespace {

Error invalid(std::string message) {
    return {Errc::malformed, std::move(message), {}, "INVALID_PARAMETER"};
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace

void append_query_parameter(
    std::string& url_target,
    std::string_view name,
    std::string_view value) {
    url_target += url_target.find('?') == std::string::npos ? '?' : '&';
    url_target.append(percent_encode(name)).append("=").append(percent_encode(value));
}

Result<void> check_connection_parameters(const ConnectionHttpParameters& parameters) {
    for (const auto& [name, value, is_secret] : parameters.headers) {
        if (!http::is_valid_header_name(name) || http::is_reserved_header_name(name)) {
            return invalid("the header name '" + name + "' is not allowed");
        }
        if (!http::is_valid_header_value(value)) {
            return invalid("the value of the header '" + name + "' must not be sent in a header");
        }
    }
    return {};
}

HttpParameters without_overridden(
    HttpParameters parameters,
    const ConnectionHttpParameters& connection) {
    std::erase_if(parameters.header_parameters, [&](const auto& parameter) {
        return std::ranges::any_of(connection.headers, [&](const ConnectionParameter& other) {
            return lower(parameter.first) == lower(other.key);
        });
    });
    std::erase_if(parameters.query_string_parameters, [&](const auto& parameter) {
        return std::ranges::any_of(connection.query, [&](const ConnectionParameter& other) {
            return parameter.first == other.key;
        });
    });
    return parameters;
}

Result<void> add_connection_parameters(
    const ConnectionHttpParameters& parameters,
    http::ClientRequest& request) {
    if (auto checked = check_connection_parameters(parameters); !checked) {
        return checked;
    }
    for (const auto& parameter : parameters.headers) {
        request.headers.set(parameter.key, parameter.value);
    }
    for (const auto& parameter : parameters.query) {
        append_query_parameter(request.url.target, parameter.key, parameter.value);
    }
    return {};
}

Result<std::string> merge_body_parameters(
    std::string payload,
    const ConnectionHttpParameters& parameters) {
    if (parameters.body.empty()) {
        return payload;
    }
    const std::string_view object =
        std::string_view(payload).substr(json_scan::skip_blanks(payload, 0));
    if (!object.starts_with('{') || !json_scan::is_json(payload)) {
        return Error(
            Errc::malformed,
            "The connection has BodyParameters, which only a JSON object can take.",
            {},
            "INVALID_JSON");
    }
    std::string merged = "{";
    const auto add = [&](std::string_view key, std::string_view value) {
        merged += merged.size() > 1 ? "," : "";
        merged.append(key).append(":").append(value);
    };
    json_scan::Members members(object);
    json_scan::Member member;
    while (members.next(member)) {
        const bool is_replaced =
            std::ranges::any_of(parameters.body, [&](const ConnectionParameter& parameter) {
                return json_scan::key_is(member.key, parameter.key);
            });
        if (!is_replaced) {
            add(member.key, member.value);
        }
    }
    for (const auto& parameter : parameters.body) {
        add(json_string(parameter.key), json_string(parameter.value));
    }
    return merged + "}";
}

}  // namespace eventbus
