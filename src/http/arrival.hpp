#pragma once

#include "stream_traits.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::http {

// The path that a request asks for that begins with `bytes`: "/healthz" of "GET /healthz?a
// HTTP/1.1". Empty if that is no request, or if its path is not whole yet.
std::string_view path_at_start(std::string_view bytes);

// From one context to another, the one of `to`. False: the peer has gone, or the socket is closed.
bool move_over(TcpSocket& from, TcpSocket& to);

// A connection that has just been accepted, until it is known what it asks for first. Lives on the
// strand of whoever accepts.
class Arrival {
public:
    Arrival(TcpSocket socket, const boost::asio::any_io_executor& strand)
        : socket_(std::move(socket)), timer_(strand) {}

    // Waits for the first bytes, at most for a moment, and looks at them without taking them: true
    // if they ask for one of `paths`.
    boost::asio::awaitable<bool> asks_for(const std::vector<std::string>& paths);

    // The wait ends.
    void hurry();

    TcpSocket take_socket() { return std::move(socket_); }

private:
    TcpSocket socket_;
    boost::asio::steady_timer timer_;
    bool is_hurried_ = false;
};

}  // namespace eventbus::http
