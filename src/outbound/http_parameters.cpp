#include "http_parameters.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/http/header_rules.hpp"
#include "eventbus/outbound/input_transform.hpp"

#include "connection_parameters.hpp"
#include "json_path.hpp"
#include "json_scan.hpp"

#include <algorithm>
#include <optional>

namespace eventbus {
namespace {

Error invalid(std::string message) {
    return Error(Errc::malformed, std::move(message), {}, "INVALID_PARAMETER");
}

bool is_dynamic(std::string_view value) {
    return value.starts_with('$');
}

// The text of a parameter: itself, or what its path finds. nullopt if it finds nothing.
Result<std::optional<std::string>> resolve(const std::string& value, std::string_view envelope) {
    using Found = std::optional<std::string>;
    if (!is_dynamic(value)) {
        return Found(value);
    }
    const auto found = json_path_value(envelope, value);
    if (!found) {
        return invalid(found.error().message());
    }
    if (found->empty()) {
        return Found();
    }
    if (json_scan::is_string(*found)) {
        return Found(json_scan::unescape(*found));
    }
    std::string text;
    json_scan::append_compact(text, *found);
    return Found(std::move(text));
}

std::string_view path_part(std::string_view url_target) {
    return url_target.substr(0, url_target.find('?'));
}

// Every reader of a URL resolves these segments, so they would lead somewhere else.
bool has_dot_segment(std::string_view path) {
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto segment = path.substr(at, end - at);
        if (segment == "." || segment == "..") {
            return true;
        }
        at = end + 1;
    }
    return false;
}

Result<void> fill_path(
    const std::vector<std::string>& values,
    std::string_view envelope,
    std::string& url_target) {
    const auto path_end = path_part(url_target).size();
    std::string path;
    std::size_t at = 0;
    for (const auto& value : values) {
        const auto star = url_target.find('*', at);
        if (star >= path_end) {
            return invalid("PathParameterValues has more values than the URL's path has '*'");
        }
        const auto text = resolve(value, envelope);
        if (!text) {
            return text.error();
        }
        if (!*text) {
            return invalid("PathParameterValues: " + value + " finds nothing in the event");
        }
        path.append(url_target, at, star - at).append(percent_encode(**text));
        at = star + 1;
    }
    path.append(url_target, at, path_end - at);
    if (has_dot_segment(path)) {
        return invalid("PathParameterValues makes a path with a segment '.' or '..'");
    }
    url_target.replace(0, path_end, path);
    return {};
}

Result<void>
add_headers(const HttpParameters& parameters, std::string_view envelope, http::Headers& headers) {
    for (const auto& [name, value] : parameters.header_parameters) {
        if (!http::is_valid_header_name(name) || http::is_reserved_header_name(name)) {
            return invalid("HeaderParameters: the name '" + name + "' is not allowed");
        }
        auto text = resolve(value, envelope);
        if (!text) {
            return text.error();
        }
        if (!*text) {
            continue;
        }
        if (!http::is_valid_header_value(**text)) {
            return invalid(
                "HeaderParameters: the value of '" + name + "' must not be sent in a header");
        }
        headers.set(name, std::move(**text));
    }
    return {};
}

Result<void>
add_query(const HttpParameters& parameters, std::string_view envelope, std::string& url_target) {
    for (const auto& [name, value] : parameters.query_string_parameters) {
        const auto text = resolve(value, envelope);
        if (!text) {
            return text.error();
        }
        if (!*text) {
            continue;
        }
        append_query_parameter(url_target, name, **text);
    }
    return {};
}

}  // namespace

Result<void> check_http_parameters(const HttpParameters& parameters, std::string_view url_target) {
    const auto path = path_part(url_target);
    if (static_cast<std::size_t>(std::ranges::count(path, '*')) <
        parameters.path_parameter_values.size()) {
        return invalid("PathParameterValues has more values than the URL's path has '*'");
    }
    return check_http_parameters(parameters);
}

Result<void> check_http_parameters(const HttpParameters& parameters) {
    const auto check_path = [](const std::string& value) {
        return !is_dynamic(value) || JsonPath::compile(value);
    };
    for (const auto& value : parameters.path_parameter_values) {
        if (!check_path(value) || value == "." || value == "..") {
            return invalid("PathParameterValues: '" + value + "' is not allowed");
        }
    }
    for (const auto& [name, value] : parameters.header_parameters) {
        if (!http::is_valid_header_name(name) || http::is_reserved_header_name(name)) {
            return invalid("HeaderParameters: the name '" + name + "' is not allowed");
        }
        if (!check_path(value) || !http::is_valid_header_value(value)) {
            return invalid("HeaderParameters: the value of '" + name + "' is not allowed");
        }
    }
    for (const auto& [name, value] : parameters.query_string_parameters) {
        if (!check_path(value)) {
            return invalid("QueryStringParameters: the value of '" + name + "' is not allowed");
        }
    }
    return {};
}

Result<void> apply_http_parameters(
    const HttpParameters& parameters,
    std::string_view envelope,
    std::string& url_target,
    http::Headers& headers) {
    if (auto filled = fill_path(parameters.path_parameter_values, envelope, url_target); !filled) {
        return filled;
    }
    if (auto added = add_headers(parameters, envelope, headers); !added) {
        return added;
    }
    return add_query(parameters, envelope, url_target);
}

}  // namespace eventbus
