#include "eventbus/outbound/senders.hpp"

#include "events.hpp"
#include "http_sink.hpp"
#include "support/io_threads.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::header_of;
using test::HostileServer;
using test::HttpSink;
using test::RawSocket;
using Verdict = AttemptResult::Verdict;

class WebhookSender : public ::testing::Test {
protected:
    WebhookSender() : client_(http::Client::create(io_.executor(), {}, metrics_)) {}

    ~WebhookSender() override {
        client_.reset();
        io_.stop();
    }

    AttemptResult send(Target target, std::shared_ptr<Event> event = test::make_event("{}")) {
        auto sender = make_webhook_sender(*client_, make_address_policy(egress_).value(), options_);
        std::vector<PreparedDelivery> batch(1);
        batch[0].payload = event->envelope;
        batch[0].delivery.event = std::move(event);
        batch[0].target = test::bind(std::move(target));
        batch[0].webhook_id = "msg_1_1";
        auto results = io_.wait(sender->send(std::move(batch)));
        EXPECT_EQ(results.size(), 1U);
        return results.front();
    }

    MetricsRegistry metrics_;
    test::IoThreads io_;
    std::unique_ptr<http::Client> client_;
    EgressOptions egress_;
    WebhookOptions options_{30s, {}};  // never reached, also on a busy machine
};

TEST_F(WebhookSender, PostsThePayloadWithItsHeaders) {
    HttpSink sink;
    auto event = test::make_event(R"({"a":1})");
    event->trace_header = "Root=1-5759e988-bd862e3fe1be46a994272793";
    EXPECT_EQ(send(test::target_at(sink.url("/in?x=1")), event).verdict, Verdict::delivered);
    const auto request = sink.wait_for(1).front();
    EXPECT_TRUE(request.starts_with("POST /in?x=1 HTTP/1.1\r\n")) << request;
    EXPECT_EQ(header_of(request, "Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(header_of(request, "User-Agent"), "eventbusd/0.1");
    EXPECT_EQ(header_of(request, "webhook-id"), "msg_1_1");
    EXPECT_EQ(header_of(request, "webhook-timestamp").size(), 10U);
    EXPECT_EQ(header_of(request, "X-Amzn-Trace-Id"), event->trace_header);
    EXPECT_EQ(body_of(request), event->envelope);
}

TEST_F(WebhookSender, AppliesTheTargetsHttpParameters) {
    HttpSink sink;
    Target target = test::target_at(sink.url("/tenants/*/in"));
    target.http_parameters.emplace();
    target.http_parameters->path_parameter_values = {"$.detail.tenant"};
    target.http_parameters->header_parameters = {{"X-Tenant", "$.detail.tenant"}};
    target.http_parameters->query_string_parameters = {{"q", "$.detail.q"}};
    EXPECT_EQ(
        send(target, test::make_event(R"({"tenant":"t/1","q":"a&b"})")).verdict,
        Verdict::delivered);
    const auto request = sink.wait_for(1).front();
    EXPECT_TRUE(request.starts_with("POST /tenants/t%2F1/in?q=a%26b HTTP/1.1\r\n")) << request;
    EXPECT_EQ(header_of(request, "X-Tenant"), "t/1");
}

TEST_F(WebhookSender, SendsNothingIfAnEventWouldSplitAHeader) {
    HttpSink sink;
    Target target = test::target_at(sink.url());
    target.http_parameters.emplace();
    target.http_parameters->header_parameters = {{"X-Tenant", "$.detail.tenant"}};
    const auto result = send(target, test::make_event(R"({"tenant":"x\r\nX-Evil: 1"})"));
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "INVALID_PARAMETER");
    EXPECT_TRUE(sink.requests().empty());

    auto event = test::make_event("{}");
    event->trace_header = "Root=1\r\nX-Evil: 1";
    EXPECT_EQ(send(test::target_at(sink.url()), event).verdict, Verdict::delivered);
    EXPECT_EQ(sink.wait_for(1).front().find("Evil"), std::string::npos);
}

TEST_F(WebhookSender, JudgesByTheAnswer) {
    struct Case {
        std::string answer;
        Verdict verdict;
        const char* code;
    };

    const Case cases[] = {
        {HttpSink::status(204), Verdict::delivered, ""},
        {HttpSink::status(503, "Retry-After: 7\r\n"), Verdict::retriable, "ERROR_FROM_TARGET"},
        {HttpSink::status(404), Verdict::permanent, "NO_RESOURCE"},
        {HttpSink::status(410), Verdict::permanent, "NO_RESOURCE"},
        {"nonsense\r\n\r\n", Verdict::retriable, "BAD_RESPONSE"},
    };
    for (const auto& c : cases) {
        HttpSink sink([&](const std::string&, int) { return c.answer; });
        const auto result = send(test::target_at(sink.url()));
        EXPECT_EQ(result.verdict, c.verdict) << c.answer;
        EXPECT_EQ(result.code, c.code) << c.answer;
        EXPECT_EQ(
            result.retry_after,
            c.answer.find("Retry-After") == std::string::npos ? std::optional<Millis>() : 7s);
        client_->stop();  // lets the sink go at once
        client_ = http::Client::create(io_.executor(), {}, metrics_);
    }
}

TEST_F(WebhookSender, NeverFollowsARedirect) {
    HttpSink elsewhere;
    HttpSink sink([&](const std::string&, int) {
        return HttpSink::status(307, "Location: " + elsewhere.url() + "\r\n");
    });
    const auto result = send(test::target_at(sink.url()));
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_NE(result.message.find(elsewhere.url()), std::string::npos);
    EXPECT_TRUE(elsewhere.requests().empty());
    client_.reset();
}

TEST_F(WebhookSender, TakesTheStatusOfAnAnswerWhoseBodyNeverEnds) {
    const HostileServer* running = nullptr;
    HostileServer server([&](RawSocket& peer, int) {
        HostileServer::read_request(peer);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n");
        while (!running->stopping() && peer.send(std::string(16 * 1024, 'x'))) {
        }
    });
    running = &server;
    EXPECT_EQ(send(test::target_at(server.url())).verdict, Verdict::delivered);
}

TEST_F(WebhookSender, GivesATargetThatNeverAnswersItsTimeOnly) {
    options_.timeout = 200ms;
    HttpSink sink([](const std::string&, int) { return std::string(); });
    const auto result = send(test::target_at(sink.url()));
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "TIMEOUT");
}

TEST_F(WebhookSender, ConnectsToNoAddressThatThePolicyForbids) {
    HttpSink sink;
    egress_.allow_private = false;
    const auto result = send(test::target_at(sink.url()));
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "BLOCKED_ADDRESS");
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(WebhookSender, RetriesARefusedConnectionAndGivesUpOnABrokenUrl) {
    std::string url;
    {
        const HttpSink gone;
        url = gone.url();
    }
    const auto refused = send(test::target_at(url));
    EXPECT_EQ(refused.verdict, Verdict::retriable);
    EXPECT_EQ(refused.code, "CONNECTION_FAILURE");
    const auto broken = send(test::target_at("http://user@host/"));
    EXPECT_EQ(broken.verdict, Verdict::permanent);
    EXPECT_EQ(broken.code, "INVALID_PARAMETER");
}

}  // namespace
}  // namespace eventbus
