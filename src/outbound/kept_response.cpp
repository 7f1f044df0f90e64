#include "kept_response.hpp"

#include "eventbus/core/delivery.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace eventbus {
namespace {

// Shorter ones would mask words that mean nothing.
constexpr std::size_t kSecretBytesMin = 6;
constexpr std::string_view kMask = "***";

constexpr std::array<std::string_view, 9> kTellingNames =
    {"auth", "cookie", "credential", "key", "pass", "secret", "session", "signature", "token"};

bool sounds_secret(std::string_view name) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return std::ranges::any_of(kTellingNames, [&](std::string_view telling) {
        return lower.find(telling) != std::string::npos;
    });
}

void add_if_secret(
    std::vector<std::string>& secrets,
    std::string_view name,
    std::string_view value) {
    if (!sounds_secret(name) || value.starts_with('$')) {
        return;  // "$.path" is the event's own
    }
    const auto add = [&](std::string_view text) {
        if (text.size() >= kSecretBytesMin) {
            secrets.emplace_back(text);
        }
    };
    add(value);
    // "Bearer SECRET"
    if (const auto space = value.find(' '); space != std::string_view::npos) {
        add(value.substr(space + 1));
    }
}

void add_of_query(std::vector<std::string>& secrets, std::string_view url) {
    const auto mark = url.find('?');
    std::string_view query = mark == std::string_view::npos ? "" : url.substr(mark + 1);
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        add_if_secret(
            secrets,
            pair.substr(0, equals),
            pair.substr(std::min(equals + 1, pair.size())));
    }
}

}  // namespace

std::vector<std::string> secrets_of(const Target& target) {
    std::vector<std::string> secrets;
    add_of_query(secrets, target.arn);
    if (target.http_parameters) {
        for (const auto& [name, value] : target.http_parameters->header_parameters) {
            add_if_secret(secrets, name, value);
        }
        for (const auto& [name, value] : target.http_parameters->query_string_parameters) {
            add_if_secret(secrets, name, value);
        }
    }
    return secrets;
}

std::string kept_response(std::string_view body, const std::vector<std::string>& secrets) {
    if (secrets.empty()) {
        return std::string(body.substr(0, kResponseBytesKept));
    }
    std::string text(body);  // masked before it is cut, or half a secret could be left
    for (const std::string& secret : secrets) {
        for (auto at = text.find(secret); at != std::string::npos;
             at = text.find(secret, at + kMask.size())) {
            text.replace(at, secret.size(), kMask);
        }
    }
    text.resize(std::min(text.size(), kResponseBytesKept));
    return text;
}

}  // namespace eventbus
