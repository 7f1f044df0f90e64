#include "arrival.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Whoever takes longer is no probe, and waits elsewhere under the limits of a connection.
constexpr std::chrono::milliseconds kArrivalPatience{200};
// A method and one of the few paths that matter.
constexpr std::size_t kPeekBytes = 64;

}  // namespace

std::string_view path_at_start(std::string_view bytes) {
    const auto start = bytes.find(' ');
    if (start == std::string_view::npos || !bytes.substr(start + 1).starts_with('/')) {
        return {};
    }
    const std::string_view rest = bytes.substr(start + 1);
    const auto end = rest.find_first_of(" ?\r\n");
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

bool move_over(TcpSocket& from, TcpSocket& to) {
    error_code ec;
    const auto protocol = from.local_endpoint(ec).protocol();
    const auto descriptor = ec ? -1 : from.release(ec);
    if (ec) {
        return false;
    }
    to.assign(protocol, descriptor, ec);
    if (ec) {
        ::close(descriptor);
    }
    return !ec;
}

asio::awaitable<bool> Arrival::asks_for(const std::vector<std::string>& paths) {
    if (is_hurried_) {
        co_return false;
    }
    timer_.expires_after(kArrivalPatience);
    timer_.async_wait([this](error_code ec) {
        if (!ec) {
            hurry();
        }
    });
    auto [waited] = co_await socket_.async_wait(TcpSocket::wait_read, as_result);
    timer_.cancel();
    // The handler of the timer may be queued already: it runs before this goes on.
    co_await asio::post(timer_.get_executor(), asio::use_awaitable);
    if (waited) {
        co_return false;
    }
    std::array<char, kPeekBytes> first;
    error_code ec;
    socket_.non_blocking(true, ec);
    const auto n = socket_.receive(asio::buffer(first), TcpSocket::message_peek, ec);
    const auto path = path_at_start(std::string_view(first.data(), n));
    co_return !path.empty() && std::ranges::find(paths, path) != paths.end();
}

void Arrival::hurry() {
    is_hurried_ = true;
    error_code ec;
    socket_.cancel(ec);
}

}  // namespace eventbus::http
