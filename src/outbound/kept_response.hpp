#pragma once

#include "eventbus/core/connection.hpp"
#include "eventbus/core/target.hpp"
#include "eventbus/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What a target is given under a name that sounds like a secret: headers, query parameters, those
// of its URL among them. Targets echo them, and the attempt log shows what they echo.
std::vector<std::string> secrets_of(const Target& target);

// The same of what an API destination's endpoint has in its query.
std::vector<std::string> secrets_of_url(std::string_view url);

// What a connection gives to each call in order to authorize it, however short: password, key,
// parameters that are secret. A token is not known here.
std::vector<std::string> secrets_of(const ConnectionAuth& auth);

// What the attempt log keeps of an answer's body: its first kResponseBytesKept bytes, with every
// secret in it replaced by "***", also where it stands in a URL or in JSON. Nothing of a body that
// is encoded, as nobody could read it, nor mask what is in it.
std::string kept_response(
    std::string_view body,
    const http::Headers& headers,
    std::vector<std::string> secrets);

}  // namespace eventbus
