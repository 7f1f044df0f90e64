#pragma once

#include "eventbus/http/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace eventbus::http {

class ClientCore;

// Client::send, from checking the request to giving the connection back. Runs on a strand of its
// own.
boost::asio::awaitable<Result<ClientResponse>> run_exchange(
    std::shared_ptr<ClientCore> core,
    ClientRequest request);

}  // namespace eventbus::http
