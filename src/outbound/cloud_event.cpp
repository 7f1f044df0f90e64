#include "cloud_event.hpp"

#include "eventbus/base/json_text.hpp"
#include "eventbus/outbound/input_transform.hpp"

#include "json_scan.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace eventbus {
namespace {

struct Attribute {
    std::string_view name;
    std::string_view path;  // in the envelope
};

constexpr std::array<Attribute, 5> kAttributes = {{
    {"id", "$.id"},
    {"source", "$.source"},
    {"type", "$.detail-type"},
    {"time", "$.time"},
    {"subject", "$.resources[0]"},
}};

constexpr std::string_view kInUris = "-._~:/?#[]@!$&'()*+,;=%";

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

template <class Keep>
std::string percent_encode_unless(std::string_view text, Keep keep) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (keep(c)) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 15]);
        }
    }
    return out;
}

// The source must be a URI reference, which any text of a few characters is, but not "my shop".
std::string to_uri_reference(std::string_view text) {
    return percent_encode_unless(text, [](char c) {
        return is_alphanumeric(c) || kInUris.find(c) != std::string_view::npos;
    });
}

// Empty if the event does not have it: an attribute must not be empty.
std::string value_of(const Attribute& attribute, const Event& event) {
    const auto found = json_path_value(event.envelope, attribute.path);
    if (!found || found->empty()) {
        return {};
    }
    auto text = json_scan::unescape(*found);
    return attribute.name == "source" ? to_uri_reference(text) : text;
}

std::string data_of(const Target& target, const Event& event, std::string& payload) {
    if (target.input || target.input_path || target.input_transformer) {
        return std::move(payload);
    }
    const auto detail = json_path_value(event.envelope, "$.detail");
    return detail && !detail->empty() ? std::string(*detail) : "{}";
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, value);
    out.push_back(',');
}

}  // namespace

std::string cloud_event_header_value(std::string_view attribute) {
    return percent_encode_unless(attribute, [](char c) {
        return c > 0x20 && c < 0x7f && c != '"' && c != '%';
    });
}

void make_cloud_event(
    const Target& target,
    const Event& event,
    std::string& payload,
    http::Headers& headers) {
    std::string data = data_of(target, event, payload);
    if (target.cloud_events == CloudEventsMode::binary) {
        headers.set("Content-Type", "application/json");
        headers.set("ce-specversion", "1.0");
        for (const Attribute& attribute : kAttributes) {
            if (const auto value = value_of(attribute, event); !value.empty()) {
                headers.set("ce-" + std::string(attribute.name), cloud_event_header_value(value));
            }
        }
        payload = std::move(data);
        return;
    }
    headers.set("Content-Type", "application/cloudevents+json; charset=utf-8");
    payload = "{";
    append_member(payload, "specversion", "1.0");
    for (const Attribute& attribute : kAttributes) {
        if (const auto value = value_of(attribute, event); !value.empty()) {
            append_member(payload, attribute.name, value);
        }
    }
    append_member(payload, "datacontenttype", "application/json");
    payload.append(R"("data":)").append(data).push_back('}');
}

}  // namespace eventbus
