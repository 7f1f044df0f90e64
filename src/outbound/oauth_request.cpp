#include "oauth_request.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/base/json_text.hpp"
#include "eventbus/http/header_rules.hpp"
#include "eventbus/http/url.hpp"

#include "connection_parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace eventbus {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kLifetimeSecondsMax = 10LL * 365 * 24 * 3600;

void set_field(Fields& fields, const std::string& name, const std::string& value) {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    if (found == fields.end()) {
        fields.emplace_back(name, value);
    } else {
        found->second = value;
    }
}

std::string to_form(const Fields& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        form += form.empty() ? "" : "&";
        form.append(percent_encode(name)).append("=").append(percent_encode(value));
    }
    return form;
}

Error refused(std::string message) {
    return {Errc::refused, std::move(message), {}, "NO_PERMISSIONS"};
}

Error unreadable(const char* what) {
    return refused(
        std::string("The authorization endpoint answered with success but ") + what + ".");
}

std::optional<std::chrono::seconds> lifetime_of(const nlohmann::json& answer) {
    const auto found = answer.find("expires_in");
    if (found == answer.end()) {
        return std::nullopt;
    }
    double seconds = -1;
    if (found->is_number()) {
        seconds = found->get<double>();
    } else if (found->is_string()) {  // some servers quote it
        const auto& text = found->get_ref<const std::string&>();
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    if (!(seconds >= 0)) {
        return std::nullopt;
    }
    return std::chrono::seconds(
        static_cast<std::int64_t>(std::min<double>(seconds, kLifetimeSecondsMax)));
}

bool is_bearer(const nlohmann::json& answer) {
    const auto found = answer.find("token_type");
    if (found == answer.end() || found->is_null()) {
        return true;
    }
    if (!found->is_string()) {
        return false;
    }
    std::string type = found->get<std::string>();
    std::ranges::transform(type, type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return type == "bearer" || type == "bearertoken";  // the second is Apigee's spelling
}

}  // namespace

Result<http::ClientRequest> make_token_request(const OAuthClientCredentials& oauth) {
    auto url = http::parse_url(oauth.authorization_endpoint);
    if (!url) {
        return Error(Errc::malformed, url.error().message(), {}, "INVALID_PARAMETER");
    }
    http::ClientRequest request;
    request.url = std::move(*url);
    request.method = oauth.http_method;
    request.headers.add("User-Agent", "Amazon/EventBridge/ApiDestinations");
    request.headers.add("Accept", "application/json");
    Fields fields{
        {"grant_type", "client_credentials"},
        {"client_id", oauth.client_id},
        {"client_secret", oauth.client_secret}};
    for (const auto& parameter : oauth.http_parameters.body) {
        set_field(fields, parameter.key, parameter.value);
    }
    if (request.method == "GET") {
        for (const auto& [name, value] : fields) {
            append_query_parameter(request.url.target, name, value);
        }
    } else {
        request.headers.add("Content-Type", "application/x-www-form-urlencoded");
        request.body = to_form(fields);
    }
    if (auto added = add_connection_parameters(oauth.http_parameters, request); !added) {
        return added.error();
    }
    return request;
}

Result<AccessToken> read_token_answer(const http::ClientResponse& answer) {
    if (answer.status < 200 || answer.status > 299) {
        const bool may_recover =
            answer.status >= 500 || answer.status == 429 || answer.status == 408;
        const std::string message = "The authorization endpoint answered with status " +
                                    std::to_string(answer.status) + ".";
        return may_recover ? Error(Errc::unavailable, message, {}, "NO_PERMISSIONS")
                           : refused(message);
    }
    if (answer.body_truncated) {
        return unreadable("its body was too long or too slow");
    }
    const auto json = parse_json(answer.body, DuplicateKeys::last_wins);
    if (!json || !json->is_object()) {
        return unreadable("its body is not a JSON object");
    }
    const auto token = json->find("access_token");
    if (token == json->end() || !token->is_string() ||
        token->get_ref<const std::string&>().empty()) {
        return unreadable("without an access_token");
    }
    if (!is_bearer(*json)) {
        return unreadable("with a token_type that is not Bearer");
    }
    AccessToken access;
    access.token = token->get<std::string>();
    if (!http::is_valid_header_value("Bearer " + access.token)) {
        return unreadable("its access_token must not be sent in a header");
    }
    access.lifetime = lifetime_of(*json);
    return access;
}

}  // namespace eventbus
