#pragma once

#include "eventbus/http/client.hpp"

#include "client_core.hpp"
#include "support/hostile_server.hpp"
#include "support/io_threads.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace eventbus::http {

class HttpClient : public ::testing::Test {
protected:
    void make(Client::Options options = {}) {
        client_ = Client::create(io_.executor(), options, metrics_);
    }

    void make_with(Resolver::Lookup lookup, Client::Options options = {}) {
        client_ = make_client(io_.executor(), options, metrics_, std::move(lookup));
    }

    static ClientRequest request_to(const std::string& url) {
        ClientRequest request;
        request.url = *parse_url(url);
        request.body = "{}";
        request.timeout = std::chrono::seconds(20);
        return request;
    }

    Result<ClientResponse> send(ClientRequest request) {
        if (!client_) {
            make();
        }
        return io_.wait(client_->send(std::move(request)));
    }

    Result<ClientResponse> send(const std::string& url) { return send(request_to(url)); }

    // The status, or the error's code.
    static std::string verdict(const Result<ClientResponse>& result) {
        return result ? std::to_string(result->status) : result.error().code();
    }

    void TearDown() override {
        client_.reset();
        io_.stop();
    }

    MetricsRegistry metrics_;
    test::IoThreads io_;
    std::unique_ptr<Client> client_;
};

// Answers every request of a connection with the same bytes.
inline test::HostileServer::Script always(std::string answer) {
    return [answer = std::move(answer)](test::RawSocket& peer, int) {
        while (!test::HostileServer::read_request(peer).empty() && peer.send(answer)) {
        }
    };
}

// Answers one request and closes.
inline test::HostileServer::Script once(std::string answer) {
    return [answer = std::move(answer)](test::RawSocket& peer, int) {
        test::HostileServer::read_request(peer);
        peer.send(answer);
    };
}

inline const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace eventbus::http
