#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/http/client.hpp"

#include <string>

namespace eventbus::http {

// The bytes of a request up to its body, or INVALID_PARAMETER: Beast and every other writer would
// send a CR, a LF or a second Content-Length as it stands, so nothing unchecked gets this far.
[[nodiscard]] Result<std::string> render_request_head(const ClientRequest& request);

}  // namespace eventbus::http
