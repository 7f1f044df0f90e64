#pragma once

#include "support/hostile_server.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// A target that keeps what it gets, and answers as it is told.
class HttpSink {
public:
    // The whole answer to the nth request, counted from 0 over all connections; empty: none, until
    // the peer gives up.
    using Answer = std::function<std::string(const std::string& request, int nth)>;

    explicit HttpSink(Answer answer)
        : answer_(std::move(answer)), server_([this](RawSocket& peer, int) { serve(peer); }) {}

    HttpSink() : HttpSink([](const std::string&, int) { return status(200); }) {}

    static std::string
    status(int code, const std::string& more_headers = {}, const std::string& body = {}) {
        return "HTTP/1.1 " + std::to_string(code) + " X\r\n" + more_headers +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    std::string url(const std::string& path = "/") const { return server_.url(path); }

    // Waits until that many requests have come, and returns all that have.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        more_.wait_for(lock, std::chrono::seconds(30), [&] { return requests_.size() >= count; });
        return requests_;
    }

    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    // The most requests that were unanswered at one time.
    int most_at_once() {
        const std::lock_guard lock(mutex_);
        return most_at_once_;
    }

private:
    void serve(RawSocket& peer) {
        while (true) {
            auto request = HostileServer::read_request(peer);
            if (request.empty()) {
                return;
            }
            int nth = 0;
            {
                const std::lock_guard lock(mutex_);
                nth = static_cast<int>(requests_.size());
                requests_.push_back(request);
                most_at_once_ = std::max(most_at_once_, ++at_once_);
            }
            more_.notify_all();
            const auto answer = answer_(request, nth);
            if (answer.empty()) {
                while (!server_.stopping() && !peer.closed()) {
                    peer.receive(std::chrono::milliseconds(50));
                }
            }
            {
                const std::lock_guard lock(mutex_);
                --at_once_;
            }
            if (answer.empty() || !peer.send(answer)) {
                return;
            }
        }
    }

    const Answer answer_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<std::string> requests_;
    int at_once_ = 0;
    int most_at_once_ = 0;
    HostileServer server_;  // last: its threads use the rest
};

// The body of a request.
inline std::string body_of(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : request.substr(end + 4);
}

// The value of a header, or "".
inline std::string header_of(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos || at > request.find("\r\n\r\n")) {
        return {};
    }
    const auto from = at + name.size() + 4;
    return request.substr(from, request.find("\r\n", from) - from);
}

}  // namespace eventbus::test
