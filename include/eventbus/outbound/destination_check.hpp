#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/api_destination.hpp"
#include "eventbus/core/connection.hpp"

namespace eventbus {

// The service takes https:// only; we call http:// too unless the operator wants to be strict.
enum class PlainHttp { allowed, refused };

// Whether calls through a connection could be made, as far as can be said without trying: its
// header parameters, the name of its API key, its authorization endpoint. Errors are the service's
// (code ValidationException); they never show a secret.
[[nodiscard]] Result<void> check_connection(const Connection& connection, PlainHttp plain);

// The same for an API destination's endpoint.
[[nodiscard]] Result<void> check_api_destination(
    const ApiDestination& destination,
    PlainHttp plain);

}  // namespace eventbus
