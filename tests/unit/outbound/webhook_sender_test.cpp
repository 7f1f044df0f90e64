#include "eventbus/outbound/senders.hpp"
#include "eventbus/outbound/target_secrets.hpp"

#include "webhook_fixture.hpp"

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

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

TEST_F(WebhookSender, SignsExactlyTheBytesThatItSends) {
    HttpSink sink;
    const auto key = http::parse_webhook_secret(http::make_webhook_secret()).value();
    options_.secrets =
        std::make_shared<const TargetSecrets>(TargetSecrets::Named{{"mine", {key}}}, nullptr);
    Target target = test::target_at(sink.url());
    target.signing.emplace();
    target.signing->secret_name = "mine";
    for (const auto mode :
         {std::optional<CloudEventsMode>(),
          std::optional(CloudEventsMode::structured),
          std::optional(CloudEventsMode::binary)}) {
        target.cloud_events = mode;
        EXPECT_EQ(send(target, test::make_event(R"({"a":"ö"})")).verdict, Verdict::delivered);
    }
    const auto requests = sink.wait_for(3);
    for (const auto& request : requests) {
        http::WebhookHeaders headers;
        headers.id = header_of(request, "webhook-id");
        headers.timestamp = std::stoll(header_of(request, "webhook-timestamp"));
        headers.signature = header_of(request, "webhook-signature");
        const auto verified =
            http::verify_webhook({key}, headers, body_of(request), SystemClock().now());
        EXPECT_TRUE(verified) << verified.error().message();
    }
    EXPECT_EQ(header_of(requests[2], "ce-type"), "order.created");
}

TEST_F(WebhookSender, SendsNothingUnsignedThatIsToBeSigned) {
    HttpSink sink;
    Target target = test::target_at(sink.url());
    target.signing.emplace();
    target.signing->secret_name = "gone";
    for (const bool has_secrets : {false, true}) {
        options_.secrets =
            has_secrets ? std::make_shared<const TargetSecrets>(TargetSecrets::Named{}, nullptr)
                        : nullptr;
        const auto result = send(target);
        EXPECT_EQ(result.verdict, Verdict::retriable) << "the operator may give it back";
        EXPECT_EQ(result.code, "NO_RESOURCE");
    }
    target.signing.reset();
    target.tls_profile = "gone";
    EXPECT_EQ(send(target).code, "NO_RESOURCE");
    EXPECT_TRUE(sink.requests().empty());
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

TEST_F(WebhookSender, KeepsTheFirstBytesOfTheAnswer) {
    HttpSink sink([&](const std::string&, int nth) {
        return HttpSink::status(500, "", nth == 0 ? "why \xff not" : std::string(5'000, 'x'));
    });
    EXPECT_EQ(send(test::target_at(sink.url())).response, "why \xff not");
    EXPECT_EQ(send(test::target_at(sink.url())).response, std::string(kResponseBytesKept, 'x'));
    client_.reset();
}

TEST_F(WebhookSender, NeverFollowsARedirect) {
    HttpSink elsewhere;
    for (const int status : {300, 301, 302, 303, 307, 308}) {
        HttpSink sink([&](const std::string&, int) {
            return HttpSink::status(status, "Location: " + elsewhere.url() + "\r\n");
        });
        const auto result = send(test::target_at(sink.url()));
        EXPECT_EQ(result.verdict, Verdict::permanent) << status;
        EXPECT_EQ(result.http_status, static_cast<unsigned>(status));
        EXPECT_NE(result.message.find(elsewhere.url()), std::string::npos);
        EXPECT_EQ(sink.requests().size(), 1U);
        client_->stop();
        client_ = http::Client::create(io_.executor(), {}, metrics_);
    }
    EXPECT_TRUE(elsewhere.requests().empty());
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
}  // namespace eventbus::test
