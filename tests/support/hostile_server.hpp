#pragma once

#include "support/raw_socket.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace eventbus::test {

// A server on a free port of the loopback interface that does to each connection exactly what its
// script says, each on a thread of its own.
class HostileServer {
public:
    // `nth` counts connections from 0. The connection is closed when the script returns.
    using Script = std::function<void(RawSocket& peer, int nth)>;

    explicit HostileServer(Script script)
        : script_(std::move(script)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listening_.fd(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listening_.fd(), SOMAXCONN) != 0 ||
            ::getsockname(listening_.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "listen");
        }
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept(); });
    }

    ~HostileServer() {
        stopping_ = true;
        ::shutdown(listening_.fd(), SHUT_RDWR);
        accepting_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_) {
                ::shutdown(fd, SHUT_RDWR);  // wakes scripts that wait for more
            }
        }
        for (auto& thread : connections_) {
            thread.join();
        }
    }

    std::uint16_t port() const { return port_; }

    std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    int connections() const { return accepted_; }

    // True once the server is being destroyed: for scripts that would otherwise go on for ever.
    bool stopping() const { return stopping_; }

    // Reads one request with a Content-Length, or without a body; empty when the peer has closed.
    static std::string read_request(RawSocket& peer) {
        std::string text = peer.receive_until("\r\n\r\n");
        const auto end = text.find("\r\n\r\n");
        if (end == std::string::npos) {
            return {};
        }
        std::size_t body = 0;
        const auto length = text.find("Content-Length: ");
        if (length != std::string::npos) {
            body = std::stoul(text.substr(length + 16));
        }
        text += peer.receive_while(
            [&](const std::string& more) { return text.size() + more.size() < end + 4 + body; });
        return text;
    }

private:
    void accept() {
        while (!stopping_) {
            const int fd = ::accept4(listening_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) {
                continue;
            }
            const int nth = accepted_++;
            connections_.emplace_back([this, fd, nth] { play(fd, nth); });
        }
    }

    void play(int fd, int nth) {
        RawSocket peer(fd);
        {
            const std::lock_guard lock(mutex_);
            open_.insert(fd);
        }
        if (!stopping_) {
            script_(peer, nth);
        }
        const std::lock_guard lock(mutex_);
        open_.erase(fd);
        peer.close();
    }

    const Script script_;
    RawSocket listening_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::set<int> open_;  // guarded by mutex_; a descriptor leaves before it is closed
    std::thread accepting_;
    std::vector<std::thread> connections_;  // the accepting thread's, until it has ended
};

}  // namespace eventbus::test
