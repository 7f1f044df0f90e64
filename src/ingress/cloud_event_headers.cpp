#include "cloud_event_headers.hpp"

#include "eventbus/base/json_text.hpp"

#include <algorithm>
#include <array>

namespace eventbus::ingress {

namespace {

constexpr std::string_view kPrefix = "ce-";
constexpr std::array<std::string_view, 8> kDefined =
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"};

Error invalid(std::string message) {
    return Error(Errc::invalid_argument, std::move(message), "", "ValidationException");
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// What is not a whole triplet stands for itself.
std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = i + 2 < text.size() && text[i] == '%' ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            decoded.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            decoded.push_back(text[i]);
        }
    }
    return decoded;
}

}  // namespace

bool is_cloud_event_attribute(std::string_view name) {
    return !name.empty() && name != "data" && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

bool is_defined_cloud_event_attribute(std::string_view name) {
    return std::ranges::find(kDefined, name) != kDefined.end();
}

Result<std::map<std::string, std::string, std::less<>>> read_cloud_event_headers(
    const http::Headers& headers) {
    std::map<std::string, std::string, std::less<>> attributes;
    for (const auto& [field, value] : headers.fields()) {
        const std::string lower = lower_case(field);
        if (!lower.starts_with(kPrefix)) {
            continue;
        }
        const std::string name = lower.substr(kPrefix.size());
        if (!is_cloud_event_attribute(name) || name == "datacontenttype") {
            return invalid("The header " + lower + " names no attribute of a CloudEvent.");
        }
        std::string decoded = percent_decoded(value);
        if (!is_valid_utf8(decoded)) {
            return invalid("The header " + lower + " does not decode to UTF-8.");
        }
        if (!attributes.emplace(name, std::move(decoded)).second) {
            return invalid("The header " + lower + " is given twice.");
        }
    }
    if (!attributes.contains("specversion")) {
        return invalid(
            "The request is no CloudEvent: it has neither a header ce-specversion nor Content-Type "
            "application/cloudevents+json or application/cloudevents-batch+json.");
    }
    return attributes;
}

}  // namespace eventbus::ingress
