#include "kept_response.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/core/delivery.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace eventbus {
namespace {

// Of what only sounds like a secret, shorter ones would mask words that mean nothing.
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

void add_declared(
    std::vector<std::string>& secrets,
    const std::vector<ConnectionParameter>& parameters) {
    for (const ConnectionParameter& parameter : parameters) {
        if (parameter.is_secret) {
            secrets.push_back(parameter.value);
        } else {
            add_if_secret(secrets, parameter.key, parameter.value);
        }
    }
}

// The ways in which a target may write what it was given, longest first: else the rest of a secret
// would stay that begins with another one.
std::vector<std::string> spellings_of(std::vector<std::string> secrets) {
    std::erase(secrets, std::string());
    const std::size_t given = secrets.size();
    for (std::size_t i = 0; i < given; ++i) {
        const std::string quoted = json_string(secrets[i]);
        secrets.push_back(percent_encode(secrets[i]));
        secrets.push_back(quoted.substr(1, quoted.size() - 2));
    }
    std::ranges::sort(secrets, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    const auto doubles = std::ranges::unique(secrets);
    secrets.erase(doubles.begin(), doubles.end());
    return secrets;
}

bool is_encoded(const http::Headers& headers) {
    const auto encoding = headers.get("Content-Encoding");
    return !encoding.empty() && !http::equal_ignoring_case(encoding, "identity");
}

}  // namespace

std::vector<std::string> secrets_of_url(std::string_view url) {
    std::vector<std::string> secrets;
    add_of_query(secrets, url);
    return secrets;
}

std::vector<std::string> secrets_of(const ConnectionAuth& auth) {
    std::vector<std::string> secrets;
    if (auth.basic) {
        secrets.push_back(auth.basic->password);
        secrets.push_back(to_base64(auth.basic->username + ":" + auth.basic->password));
    }
    if (auth.api_key) {
        secrets.push_back(auth.api_key->value);
    }
    add_declared(secrets, auth.invocation_parameters.headers);
    add_declared(secrets, auth.invocation_parameters.query);
    add_declared(secrets, auth.invocation_parameters.body);
    return secrets;
}

std::vector<std::string> secrets_of(const Target& target) {
    std::vector<std::string> secrets = secrets_of_url(target.arn);
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

std::string kept_response(
    std::string_view body,
    const http::Headers& headers,
    std::vector<std::string> secrets) {
    if (is_encoded(headers)) {
        return {};
    }
    if (secrets.empty()) {
        return std::string(body.substr(0, kResponseBytesKept));
    }
    std::string text(body);  // masked before it is cut, or half a secret could be left
    for (const std::string& secret : spellings_of(std::move(secrets))) {
        for (auto at = text.find(secret); at != std::string::npos;
             at = text.find(secret, at + kMask.size())) {
            text.replace(at, secret.size(), kMask);
        }
    }
    text.resize(std::min(text.size(), kResponseBytesKept));
    return text;
}

}  // namespace eventbus
