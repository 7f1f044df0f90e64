#pragma once

#include "eventbus/outbound/senders.hpp"

#include "events.hpp"
#include "http_sink.hpp"
#include "support/io_threads.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace eventbus::test {

using Verdict = AttemptResult::Verdict;

// Delivers single events to webhooks on this machine.
class WebhookSender : public ::testing::Test {
protected:
    WebhookSender() : client_(http::Client::create(io_.executor(), {}, metrics_)) {}

    ~WebhookSender() override {
        client_.reset();
        io_.stop();
    }

    AttemptResult send(Target target, std::shared_ptr<Event> event = make_event("{}")) {
        auto sender = make_webhook_sender(*client_, make_address_policy(egress_).value(), options_);
        std::vector<PreparedDelivery> batch(1);
        batch[0].payload = event->envelope;
        batch[0].delivery.event = std::move(event);
        batch[0].target = bind(std::move(target));
        batch[0].webhook_id = "msg_1_1";
        auto results = io_.wait(sender->send(std::move(batch)));
        EXPECT_EQ(results.size(), 1U);
        return results.front();
    }

    MetricsRegistry metrics_;
    IoThreads io_;
    std::unique_ptr<http::Client> client_;
    EgressOptions egress_;
    WebhookOptions options_{
        std::chrono::seconds(30),
        {},
        {}};  // never reached, also on a busy machine
};

}  // namespace eventbus::test
