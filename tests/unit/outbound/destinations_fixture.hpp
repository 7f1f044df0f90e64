#pragma once

#include "eventbus/outbound/api_destination_sender.hpp"

#include "events.hpp"
#include "http_sink.hpp"
#include "support/fake_clock.hpp"
#include "support/io_threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// One destination "d" with its connection, both to be changed by a test, and what was reported
// about the connection.
class OneDestination final : public DestinationDirectory {
public:
    OneDestination() {
        connection.arn = "arn:aws:events:us-east-1:000000000000:connection/c/1";
        connection.auth.emplace();
        destination.arn = "arn:aws:events:us-east-1:000000000000:api-destination/d/1";
        destination.connection_arn = connection.arn;
        destination.http_method = "POST";
    }

    ApiDestinationPtr find_destination(std::string_view arn) const override {
        return arn == destination.arn ? std::make_shared<const ApiDestination>(destination)
                                      : nullptr;
    }

    ConnectionPtr find_connection(std::string_view arn) const override {
        return arn == connection.arn ? std::make_shared<const Connection>(connection) : nullptr;
    }

    void note_authorization(const Connection&, Result<void> outcome) const override {
        const std::lock_guard lock(mutex_);
        notes_.push_back(outcome ? "authorized" : outcome.error().message());
    }

    std::vector<std::string> notes() const {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

    Connection connection;
    ApiDestination destination;

private:
    mutable std::mutex mutex_;
    mutable std::vector<std::string> notes_;
};

class DestinationTest : public testing::Test {
protected:
    DestinationTest() : client_(http::Client::create(io_.executor(), {}, metrics_)) { reset(); }

    ~DestinationTest() override {
        client_->stop();
        io_.stop();
    }

    // Forgets all tokens.
    void reset() {
        OAuthOptions options;
        options.timeout = std::chrono::seconds(30);
        options.first_pause = std::chrono::milliseconds(1);
        options.failure_pause = std::chrono::milliseconds(0);
        const auto policy = make_address_policy(egress_).value();
        tokens_ = std::make_shared<OAuthTokens>(*client_, policy, clock_, options);
        ApiDestinationOptions calls;
        calls.timeout = std::chrono::seconds(30);
        sender_ = make_api_destination_sender(*client_, policy, directory_, *tokens_, calls);
    }

    BoundTargetPtr target() const {
        Target target = target_at(directory_.destination.arn);
        target.http_parameters = http_parameters_;
        return bind(std::move(target));
    }

    AttemptResult send(const std::string& detail = "{}", const std::string& payload = "") {
        std::vector<PreparedDelivery> batch(1);
        auto event = make_event(detail);
        event->trace_header = trace_header_;
        batch[0].payload = payload.empty() ? event->envelope : payload;
        batch[0].delivery.event = std::move(event);
        batch[0].target = target();
        batch[0].webhook_id = "msg_1_1";
        auto results = io_.wait(sender_->send(std::move(batch)));
        EXPECT_EQ(results.size(), 1U);
        return results.front();
    }

    ConnectionAuth& auth() { return *directory_.connection.auth; }

    void use_basic() { auth().basic = BasicAuth{"user", "pass:word"}; }

    void use_oauth(const std::string& endpoint) {
        directory_.connection.type = AuthorizationType::oauth_client_credentials;
        auth().oauth = OAuthClientCredentials{"the id", "a&secret", endpoint, "POST", {}};
    }

    MetricsRegistry metrics_;
    IoThreads io_;
    FakeClock clock_;
    EgressOptions egress_;
    OneDestination directory_;
    std::optional<HttpParameters> http_parameters_;
    std::string trace_header_;
    std::unique_ptr<http::Client> client_;
    std::shared_ptr<OAuthTokens> tokens_;
    std::unique_ptr<TargetSender> sender_;
};

}  // namespace eventbus::test
