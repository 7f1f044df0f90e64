#pragma once

#include "eventbus/http/client.hpp"

#include "client_stream.hpp"
#include "deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace eventbus::http {

struct ReadOutcome {
    std::optional<ClientResponse> response;
    std::string problem;    // if there is no response
    bool not_http = false;  // the problem is what was said, not that nothing was
    bool nothing_received =
        false;              // not one byte: on a reused connection, the peer had closed it before
    bool reusable = false;  // the connection is at the end of this response and of nothing else
};

// Reads one response. Its status decides: from then on the body's faults (endless, too long, late,
// broken) only cut it. `to_head`: the request was a HEAD.
boost::asio::awaitable<ReadOutcome> read_response(
    ClientStream& stream,
    const Deadline& deadline,
    bool to_head,
    std::size_t body_bytes_max);

}  // namespace eventbus::http
