#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace eventbus::http {

struct ServerShared;

// One accepted connection. Everything but construction happens on its socket's strand.
class Connection {
public:
    virtual ~Connection() = default;

    // Answers requests, one after the other, until either side closes. The caller keeps the
    // connection alive meanwhile.
    virtual boost::asio::awaitable<void> serve() = 0;

    // Closes at once if no request is in progress; otherwise that request's answer is the last.
    virtual void begin_drain() = 0;

    virtual void close_now() = 0;
    virtual boost::asio::any_io_executor strand() = 0;
};

// `socket` must have been made on a strand of its own. Without `tls`: plain HTTP.
std::shared_ptr<Connection> make_connection(
    boost::asio::ip::tcp::socket socket,
    std::shared_ptr<ServerShared> shared,
    std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace eventbus::http
