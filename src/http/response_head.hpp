#pragma once

#include "eventbus/http/message.hpp"

#include <string>

namespace eventbus::http {

struct ResponseFraming {
    int version = 11;
    bool keep_alive = true;
};

// False if a field of the response must not be sent, with its name in `offender`: Beast or we would
// write its CR and LF as they are.
bool may_be_sent(const Response& response, std::string& offender);

// Writes the status line and the fields to `out`, replacing what it held. Content-Length, Date and
// Connection are set here; the handler's own are left out. `response` must have passed
// may_be_sent().
void write_head(std::string& out, const Response& response, const ResponseFraming& framing);

// 204 and 304 have no body, whatever the handler put there.
constexpr bool status_has_body(unsigned status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace eventbus::http
