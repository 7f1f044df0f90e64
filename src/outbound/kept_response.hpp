#pragma once

#include "eventbus/core/target.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What a target is given under a name that sounds like a secret: headers, query parameters, those
// of its URL among them. Targets echo them, and the attempt log shows what they echo.
std::vector<std::string> secrets_of(const Target& target);

// What the attempt log keeps of an answer's body: its first kResponseBytesKept bytes, with every
// secret in it replaced by "***".
std::string kept_response(std::string_view body, const std::vector<std::string>& secrets);

}  // namespace eventbus
