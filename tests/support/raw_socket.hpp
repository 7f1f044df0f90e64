#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace eventbus::test {

// A blocking TCP socket that sends exactly the bytes it is given: for peers that do not behave.
class RawSocket {
public:
    using Millis = std::chrono::milliseconds;
    static constexpr Millis kPatience{20'000};

    explicit RawSocket(int fd) : fd_(fd) {}

    static RawSocket connect(std::uint16_t port) {
        RawSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket.fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::system_error(errno, std::generic_category(), "connect");
        }
        const int on = 1;
        ::setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return socket;
    }

    RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    RawSocket& operator=(RawSocket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    ~RawSocket() { close(); }

    // False once the peer has closed or reset.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    // Whatever arrives next, at most `patience` from now; empty at the end and when nothing came.
    // closed() tells which.
    std::string receive(Millis patience = kPatience) {
        pollfd waiting{fd_, POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
            return {};
        }
        std::string bytes(64 * 1024, '\0');
        const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
        if (n <= 0) {
            closed_ = true;
            return {};
        }
        bytes.resize(static_cast<std::size_t>(n));
        return bytes;
    }

    std::string receive_until(std::string_view mark, Millis patience = kPatience) {
        return receive_while(
            [mark](const std::string& text) { return text.find(mark) == std::string::npos; },
            patience);
    }

    std::string receive_until_closed(Millis patience = kPatience) {
        return receive_while([](const std::string&) { return true; }, patience);
    }

    template <class Predicate>
    std::string receive_while(Predicate more_wanted, Millis patience = kPatience) {
        const auto end = std::chrono::steady_clock::now() + patience;
        std::string text;
        while (!closed_ && more_wanted(text)) {
            const auto left =
                std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
            if (left.count() <= 0) {
                break;
            }
            text += receive(left);
        }
        return text;
    }

    // True once the peer has closed or reset, seen by one of the receiving functions.
    bool closed() const { return closed_; }

    void half_close() { ::shutdown(fd_, SHUT_WR); }

    // Closes with a reset instead of an orderly end.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }

    void close() {
        if (fd_ >= 0) {
            ::close(fd_);
            fd_ = -1;
        }
    }

    int fd() const { return fd_; }

private:
    int fd_;
    bool closed_ = false;
};

}  // namespace eventbus::test
