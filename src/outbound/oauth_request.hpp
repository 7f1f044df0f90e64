#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/connection.hpp"
#include "eventbus/http/client.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace eventbus {

// The request that asks for a token (RFC 6749, section 4.4): the credentials stand in a form in the
// body, or in the query string of a GET. The connection's OAuthHttpParameters win over ours.
// Error code INVALID_PARAMETER.
[[nodiscard]] Result<http::ClientRequest> make_token_request(const OAuthClientCredentials& oauth);

struct AccessToken {
    std::string token;
    std::optional<std::chrono::seconds> lifetime;  // as the server says
};

// Reads the answer. Errc::unavailable if asking again may help, else Errc::refused; no message
// shows anything of the answer's body.
[[nodiscard]] Result<AccessToken> read_token_answer(const http::ClientResponse& answer);

}  // namespace eventbus
