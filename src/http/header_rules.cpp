#include "eventbus/http/header_rules.hpp"

#include "eventbus/http/message.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <array>

namespace eventbus::http {

namespace {

constexpr std::size_t kValueBytesMax = 8 * 1024;

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

bool is_valid_header_name(std::string_view name) {
    return name.size() <= kValueBytesMax && is_token(name);
}

bool is_valid_header_value(std::string_view value) {
    if (value.size() > kValueBytesMax || trim_blanks(value).size() != value.size()) {
        return false;
    }
    return std::all_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

bool is_reserved_header_name(std::string_view name) {
    static constexpr std::array<std::string_view, 10> kNames = {
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Range",
    };
    static constexpr std::array<std::string_view, 3> kPrefixes = {"Proxy-", "X-Amz-", "webhook-"};
    return std::any_of(
               kNames.begin(),
               kNames.end(),
               [name](std::string_view reserved) { return equal_ignoring_case(name, reserved); }) ||
           std::any_of(kPrefixes.begin(), kPrefixes.end(), [name](std::string_view prefix) {
               return starts_with_ignoring_case(name, prefix);
           });
}

bool is_valid_origin_form(std::string_view target) {
    if (target.empty() || target.front() != '/') {
        return false;
    }
    const bool plain = std::all_of(target.begin(), target.end(), [](char c) {
        return c >= 0x21 && c <= 0x7e && c != '#';
    });
    return plain && has_whole_percent_triplets(target);
}

}  // namespace eventbus::http
