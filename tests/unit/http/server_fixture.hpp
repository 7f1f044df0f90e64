#pragma once

#include "eventbus/http/server.hpp"

#include "support/io_threads.hpp"
#include "support/raw_socket.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace eventbus::http {

// Answers with what it was asked, and remembers it.
class EchoHandler final : public Handler {
public:
    bool find(std::string_view, std::string_view path, std::string& allowed) const override {
        if (path == "/" || path == "/hold") {
            allowed = "POST";
        } else if (path == "/healthz" || path == "/big") {
            allowed = "GET, HEAD";
        } else if (path == "/thing") {
            allowed = "GET, PUT, DELETE, POST";
        } else if (path == "/throws" || path == "/splits" || path == "/empty") {
            allowed = "GET";
        } else {
            return false;
        }
        return true;
    }

    boost::asio::awaitable<Response> handle(Request request) override {
        const std::string path(request.path());
        {
            const std::lock_guard lock(mutex_);
            seen_.push_back(request);
        }
        if (path == "/throws") {
            throw std::runtime_error("the disk is full");
        }
        if (path == "/hold") {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
            while (held_) {
                timer.expires_after(std::chrono::milliseconds(2));
                co_await timer.async_wait(boost::asio::use_awaitable);
            }
        }
        Response response = Response::text(200, "text/plain", "echo:" + request.body);
        if (path == "/splits") {
            response.headers.add("X-Name", "value\r\nSet-Cookie: stolen=1");
        } else if (path == "/big") {
            response.body = std::string(4 * 1024 * 1024, 'b');
        } else if (path == "/empty") {
            response.status = 204;
        }
        co_return response;
    }

    Response refuse(const Request& request, unsigned status, std::string message) override {
        return Response::text(
            status,
            "application/json",
            "{\"refused\":\"" + message + "\",\"dialect\":\"" +
                std::string(request.headers.get("X-Amz-Target")) + "\"}");
    }

    std::vector<Request> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

    void hold() { held_ = true; }

    void let_go() { held_ = false; }

private:
    mutable std::mutex mutex_;
    std::vector<Request> seen_;
    std::atomic<bool> held_{false};
};

// A server on a free port of the loopback interface, with an EchoHandler behind it.
class ServerFixture : public ::testing::Test {
protected:
    static ServerOptions patient_options() {
        ServerOptions options;
        options.port = 0;
        options.body_bytes_max = 1024 * 1024;
        return options;
    }

    // For peers that keep the server waiting.
    static ServerOptions impatient_options() {
        ServerOptions options = patient_options();
        options.header_timeout = std::chrono::milliseconds(300);
        options.body_timeout = std::chrono::milliseconds(300);
        options.write_timeout = std::chrono::milliseconds(300);
        return options;
    }

    void serve(ServerOptions options = patient_options()) {
        auto listening = Server::listen(io_.executor(), std::move(options), handler_, metrics_);
        ASSERT_TRUE(listening) << listening.error().message();
        server_ = std::move(*listening);
        running_ = io_.start(server_->run());
    }

    void TearDown() override {
        handler_.let_go();
        if (server_) {
            io_.wait(server_->drain(std::chrono::milliseconds(2'000)));
        }
        io_.stop();
    }

    test::RawSocket connect() { return test::RawSocket::connect(server_->port()); }

    // Sends `bytes` on a new connection and returns everything that comes back until the server
    // closes it.
    std::string exchange(std::string_view bytes) {
        auto socket = connect();
        socket.send(bytes);
        const auto answer = socket.receive_until_closed();
        EXPECT_TRUE(socket.closed()) << "the connection stays open; answer so far: " << answer;
        return answer;
    }

    bool is_alive() {
        const auto answer =
            exchange("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return answer.starts_with("HTTP/1.1 200 ");
    }

    // The status codes of the answers in `text`, in order: "200 200", "400", or "".
    static std::string statuses(std::string_view text) {
        std::string found;
        for (auto at = text.find("HTTP/1.1 "); at != std::string_view::npos;
             at = text.find("HTTP/1.1 ", at + 1)) {
            found += (found.empty() ? "" : " ") + std::string(text.substr(at + 9, 3));
        }
        return found;
    }

    bool eventually(const std::function<bool()>& holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }

    double open_connections() {
        const auto text = metrics_.render();
        const auto at = text.find("\neventbusd_http_connections{");
        return at == std::string::npos ? -1 : std::stod(text.substr(text.find("} ", at) + 2));
    }

    EchoHandler handler_;
    MetricsRegistry metrics_;
    test::IoThreads io_;
    std::unique_ptr<Server> server_;
    std::future<void> running_;
};

}  // namespace eventbus::http
