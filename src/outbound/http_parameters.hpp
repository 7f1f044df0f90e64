#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/target.hpp"
#include "eventbus/http/message.hpp"

#include <string>
#include <string_view>

namespace eventbus {

// Checks what can be said without an event and without knowing the URL: names, static values,
// dynamic paths. Errors (Errc::malformed) name the parameter.
[[nodiscard]] Result<void> check_http_parameters(const HttpParameters& parameters);

// The same, and that a `*` in the URL's path stands ready for every path value.
[[nodiscard]] Result<void> check_http_parameters(
    const HttpParameters& parameters,
    std::string_view url_target);

// Puts a target's parameters into a call. Values that start with "$" are paths into the original
// event; one that finds nothing leaves its header or query parameter out. Path values fill the `*`
// of the URL's path in order, one segment each. Errors have code INVALID_PARAMETER: what an event
// brings along is refused, never cleaned.
[[nodiscard]] Result<void> apply_http_parameters(
    const HttpParameters& parameters,
    std::string_view envelope,
    std::string& url_target,
    http::Headers& headers);

}  // namespace eventbus
