#include "caller.hpp"

#include <algorithm>
#include <array>

namespace eventbus::ingress {

namespace {

constexpr std::string_view kScheme = "AWS4-HMAC-SHA256";
constexpr std::string_view kCredential = "Credential=";
constexpr std::size_t kRegionBytesMax = 64;

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word_or_hyphen(char c) {
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

// AK / date / region / service / aws4_request
using Scope = std::array<std::string_view, 5>;

bool split_scope(std::string_view text, Scope& parts) {
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const std::size_t slash = text.find('/');
        if (slash == std::string_view::npos) {
            return false;
        }
        parts[i] = text.substr(0, slash);
        text.remove_prefix(slash + 1);
    }
    parts.back() = text;
    return (parts[3] == "events" || parts[3] == "sts") && parts[4] == "aws4_request";
}

}  // namespace

bool is_region_name(std::string_view text) {
    if (text.size() > kRegionBytesMax) {
        return false;
    }
    for (int part = 0; part < 2; ++part) {
        const std::size_t hyphen = text.find('-');
        if (hyphen == 0 || hyphen == std::string_view::npos ||
            !std::ranges::all_of(text.substr(0, hyphen), is_lower)) {
            return false;
        }
        text.remove_prefix(hyphen + 1);
    }
    return !text.empty() && std::ranges::all_of(text, is_word_or_hyphen);
}

bool is_account_id(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

Namespace caller_of(const http::Headers& headers, const Namespace& home) {
    Namespace caller = home;
    std::string_view authorization = headers.get("authorization");
    if (!authorization.starts_with(kScheme)) {
        return caller;
    }
    const std::size_t start = authorization.find(kCredential);
    if (start == std::string_view::npos) {
        return caller;
    }
    authorization.remove_prefix(start + kCredential.size());
    Scope scope;
    if (!split_scope(authorization.substr(0, authorization.find_first_of(", \t")), scope)) {
        return caller;
    }
    if (is_account_id(scope[0])) {
        caller.account = scope[0];
    }
    if (is_region_name(scope[2])) {
        caller.region = scope[2];
    }
    return caller;
}

std::string rule_arn_of(std::string_view named, const Namespace& caller) {
    if (named.empty() || named.starts_with("arn:")) {
        return std::string(named);
    }
    const auto slash = named.rfind('/');
    if (slash == std::string_view::npos) {
        return rule_arn(caller, kDefaultBusName, named);
    }
    return rule_arn(caller, named.substr(0, slash), named.substr(slash + 1));
}

}  // namespace eventbus::ingress
