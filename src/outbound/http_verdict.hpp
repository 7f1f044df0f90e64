#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/http/message.hpp"

#include <optional>
#include <string_view>

namespace eventbus {

AttemptResult permanent_failure(std::string_view code, std::string message);
AttemptResult retriable_failure(std::string_view code, std::string message);

// What a failed exchange means: the client's error codes are the service's or ours already.
// `tries` are those of the delivery, with this one.
AttemptResult result_of_error(const Error& error, int tries);

// What a target asks for with Retry-After: seconds (also negative) or a date; a date that has
// passed is zero. nullopt if it does not ask, or not in a way that can be understood.
std::optional<Millis> retry_after_of(const http::Headers& headers, WallTime now);

}  // namespace eventbus
