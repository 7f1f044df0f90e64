#include "destinations_fixture.hpp"

namespace eventbus {
namespace {

using test::body_of;
using test::header_of;
using test::HttpSink;
using Verdict = AttemptResult::Verdict;

class ApiDestinationSender : public test::DestinationTest {
protected:
    ApiDestinationSender() {
        use_basic();
        directory_.destination.invocation_endpoint = sink_.url("/in");
    }

    // The request that reaches the sink, or "" if the delivery was not made.
    std::string sent(const std::string& detail = "{}", const std::string& payload = "") {
        const std::size_t before = sink_.requests().size();
        const auto result = send(detail, payload);
        EXPECT_EQ(result.verdict, Verdict::delivered) << result.message;
        const auto requests = sink_.requests();
        EXPECT_EQ(requests.size(), before + 1);
        return requests.back();
    }

    HttpSink sink_;
};

TEST_F(ApiDestinationSender, CallsTheEndpointAsTheServiceDoes) {
    trace_header_ = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const auto request = sent(R"({"a":1})");
    EXPECT_TRUE(request.starts_with("POST /in HTTP/1.1\r\n")) << request;
    EXPECT_EQ(header_of(request, "User-Agent"), "Amazon/EventBridge/ApiDestinations");
    EXPECT_EQ(header_of(request, "Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(header_of(request, "Range"), "bytes=0-1048575");
    EXPECT_EQ(header_of(request, "Accept-Encoding"), "gzip,deflate");
    EXPECT_EQ(header_of(request, "Authorization"), "Basic dXNlcjpwYXNzOndvcmQ=");
    EXPECT_EQ(header_of(request, "X-Amzn-Trace-Id"), trace_header_);
    EXPECT_EQ(body_of(request), test::make_event(R"({"a":1})")->envelope);
}

TEST_F(ApiDestinationSender, UsesTheMethodOfTheDestinationAndSendsNoBodyWhereItMeansNothing) {
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET", "HEAD"}) {
        directory_.destination.http_method = method;
        const auto request = sent();
        EXPECT_TRUE(request.starts_with(std::string(method) + " /in HTTP/1.1\r\n")) << request;
        const bool has_body =
            std::string_view(method) != "GET" && std::string_view(method) != "HEAD";
        EXPECT_EQ(!body_of(request).empty(), has_body) << method;
    }
}

TEST_F(ApiDestinationSender, RefusesAMethodThatIsNone) {
    for (const auto* method : {"GET /x HTTP/1.1\r\n", "CONNECT", "TRACE", "post", ""}) {
        directory_.destination.http_method = method;
        const auto result = send();
        EXPECT_EQ(result.verdict, Verdict::permanent) << method;
        EXPECT_EQ(result.code, "INVALID_PARAMETER") << method;
    }
    EXPECT_TRUE(sink_.requests().empty());
}

TEST_F(ApiDestinationSender, SendsAnApiKeyInItsHeader) {
    auth().basic.reset();
    auth().api_key = ApiKeyAuth{"X-Api-Key", "the key"};
    const auto request = sent();
    EXPECT_EQ(header_of(request, "X-Api-Key"), "the key");
    EXPECT_EQ(header_of(request, "Authorization"), "");
}

TEST_F(ApiDestinationSender, TheConnectionsParametersWinOverTheTargets) {
    http_parameters_.emplace();
    http_parameters_->header_parameters = {{"X-One", "target"}, {"X-Two", "$.detail.two"}};
    http_parameters_->query_string_parameters = {{"one", "target"}, {"two", "$.detail.two"}};
    auto& parameters = auth().invocation_parameters;
    parameters.headers = {{"x-one", "$.is-not-a-path", false}, {"X-Three", "3", true}};
    parameters.query = {{"one", "a&b=c", false}};
    parameters.body = {{"source", "another", false}, {"new \"key\"", "v", false}};
    const auto request =
        sent(R"({"two":"2"})", R"({"source":"mine","number":1.10,"nested":{"source":"kept"}})");
    EXPECT_TRUE(request.starts_with("POST /in?two=2&one=a%26b%3Dc HTTP/1.1\r\n")) << request;
    EXPECT_EQ(header_of(request, "X-One"), "");
    EXPECT_EQ(header_of(request, "x-one"), "$.is-not-a-path");
    EXPECT_EQ(header_of(request, "X-Two"), "2");
    EXPECT_EQ(header_of(request, "X-Three"), "3");
    EXPECT_EQ(
        body_of(request),
        R"({"number":1.10,"nested":{"source":"kept"},"source":"another","new \"key\"":"v"})");
}

TEST_F(ApiDestinationSender, CannotPutBodyParametersIntoWhatIsNoObject) {
    auth().invocation_parameters.body = {{"a", "b", false}};
    for (const auto* payload : {R"("text")", "[1]", "12"}) {
        const auto result = send("{}", payload);
        EXPECT_EQ(result.verdict, Verdict::permanent);
        EXPECT_EQ(result.code, "INVALID_JSON");
    }
    EXPECT_EQ(body_of(sent("{}", "{}")), R"({"a":"b"})");
    EXPECT_EQ(body_of(sent("{}", " { } ")), R"({"a":"b"})");
}

TEST_F(ApiDestinationSender, FillsPathParametersInOrderOneSegmentEach) {
    directory_.destination.invocation_endpoint = sink_.url("/a/*/b/*");
    http_parameters_.emplace();
    http_parameters_->path_parameter_values = {"$.detail.first", "second/*"};
    EXPECT_TRUE(sent(R"({"first":"../x?y#z"})")
                    .starts_with("POST /a/..%2Fx%3Fy%23z/b/second%2F%2A HTTP/1.1\r\n"));
    for (const auto* detail : {R"({"first":".."})", R"({"first":"."})", "{}"}) {
        const auto result = send(detail);
        EXPECT_EQ(result.verdict, Verdict::permanent) << detail;
        EXPECT_EQ(result.code, "INVALID_PARAMETER") << detail;
    }
    EXPECT_EQ(sink_.requests().size(), 1U);
}

// What the sink sees of a request of its own making: exactly one, and no line of it is the
// attacker's.
void expect_one_request(const std::vector<std::string>& requests, std::size_t before, int byte) {
    ASSERT_LE(requests.size(), before + 1) << byte;
    if (requests.size() == before + 1) {
        const auto& request = requests.back();
        EXPECT_EQ(request.find("\nEvil"), std::string::npos) << byte << "\n" << request;
        EXPECT_EQ(request.find(" HTTP/1.1\r\n"), request.find("\r\n") - 9) << byte;
    }
}

TEST_F(ApiDestinationSender, NoByteOfAnEventOrAConnectionBecomesPartOfTheProtocol) {
    directory_.destination.invocation_endpoint = sink_.url("/a/*");
    auto& parameters = auth().invocation_parameters;
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string("a") + static_cast<char>(byte) + "Evil: 1";
        http_parameters_.emplace();
        http_parameters_->path_parameter_values = {text};
        http_parameters_->query_string_parameters = {{"q" + text, text}};
        parameters.query = {{"r" + text, text, true}};
        auto before = sink_.requests().size();
        const auto in_url = send();
        EXPECT_EQ(in_url.verdict, Verdict::delivered) << byte;
        expect_one_request(sink_.requests(), before, byte);

        http_parameters_.reset();
        parameters.query.clear();
        const bool is_sendable = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        for (const bool is_name : {false, true}) {
            parameters.headers = {{is_name ? "X-" + text : "X-A", is_name ? "v" : text, true}};
            directory_.destination.invocation_endpoint = sink_.url("/b");
            before = sink_.requests().size();
            const auto in_header = send();
            expect_one_request(sink_.requests(), before, byte);
            if (is_name || !is_sendable) {
                EXPECT_EQ(in_header.code, "INVALID_PARAMETER") << byte;
                EXPECT_EQ(in_header.verdict, Verdict::permanent) << byte;
                if (!is_name) {
                    EXPECT_EQ(in_header.message.find("Evil"), std::string::npos) << byte;
                }
            } else {
                EXPECT_EQ(in_header.verdict, Verdict::delivered) << byte;
            }
        }
        parameters.headers.clear();
        directory_.destination.invocation_endpoint = sink_.url("/a/*");
    }
}

TEST_F(ApiDestinationSender, AnEventThatWouldSplitAHeaderIsNotSent) {
    http_parameters_.emplace();
    http_parameters_->header_parameters = {{"X-Tenant", "$.detail.tenant"}};
    const auto result = send(R"({"tenant":"x\r\nX-Evil: 1"})");
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "INVALID_PARAMETER");
    EXPECT_TRUE(sink_.requests().empty());
}

TEST_F(ApiDestinationSender, WhatIsMissingIsPermanentAndWhatIsDeauthorizedIsNot) {
    directory_.connection.auth.reset();
    auto result = send();
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "NO_PERMISSIONS");
    directory_.destination.connection_arn += "0";
    result = send();
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "NO_RESOURCE");
    const auto bound = target();
    directory_.destination.arn += "0";
    EXPECT_EQ(sender_->rate_limit(*bound), std::nullopt);
    std::vector<PreparedDelivery> batch(1);
    batch[0].delivery.event = test::make_event("{}");
    batch[0].target = bound;
    result = io_.wait(sender_->send(std::move(batch))).front();
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "NO_RESOURCE");
    EXPECT_TRUE(sink_.requests().empty());
}

TEST_F(ApiDestinationSender, HasTheRateOfItsDestination) {
    directory_.destination.invocation_rate_per_second = 7;
    const auto limit = sender_->rate_limit(*target());
    ASSERT_TRUE(limit);
    EXPECT_EQ(limit->key, directory_.destination.arn);
    EXPECT_EQ(limit->per_second, 7.0);
}

TEST_F(ApiDestinationSender, JudgesByTheAnswer) {
    struct Case {
        int status;
        Verdict verdict;
    };

    const Case cases[] = {
        {200, Verdict::delivered},
        {204, Verdict::delivered},
        {299, Verdict::delivered},
        {301, Verdict::permanent},
        {307, Verdict::permanent},
        {400, Verdict::permanent},
        {401, Verdict::retriable},
        {403, Verdict::permanent},
        {404, Verdict::permanent},
        {407, Verdict::retriable},
        {409, Verdict::retriable},
        {410, Verdict::permanent},
        {429, Verdict::retriable},
        {500, Verdict::retriable},
        {503, Verdict::retriable},
        {599, Verdict::retriable},
    };
    int status = 0;
    HttpSink sink(
        [&](const std::string&, int) { return HttpSink::status(status, "Retry-After: 7\r\n"); });
    directory_.destination.invocation_endpoint = sink.url("/in");
    for (const auto& c : cases) {
        status = c.status;
        const auto result = send();
        EXPECT_EQ(result.verdict, c.verdict) << c.status;
        EXPECT_EQ(result.http_status, static_cast<unsigned>(c.status));
        EXPECT_EQ(
            result.retry_after,
            c.verdict == Verdict::retriable ? std::optional<Millis>(7000) : std::nullopt)
            << c.status;
    }
    client_->stop();
}

TEST_F(ApiDestinationSender, KeepsWhatTheTargetSaysWithoutWhatItWasGiven) {
    HttpSink echo(
        [](const std::string& request, int) { return HttpSink::status(500, {}, request); });
    directory_.destination.invocation_endpoint = echo.url("/in?token=in-the-endpoint");
    auth().invocation_parameters.headers = {{"X-Plain", "shown", false}, {"X-Hidden", "h&", true}};
    auth().invocation_parameters.query = {{"q", "in query", true}};
    auth().invocation_parameters.body = {{"b", "in \"body\"", true}};
    http_parameters_.emplace();
    http_parameters_->header_parameters = {{"X-Session", "of-the-target"}};
    const auto kept = send().response;
    EXPECT_NE(kept.find("X-Plain: shown"), std::string::npos) << kept;
    for (const auto* shown :
         {"POST /in?token=***&q=*** HTTP/1.1\r\n",
          "X-Hidden: ***\r\n",
          "X-Session: ***\r\n",
          "Authorization: Basic ***\r\n",
          R"("b":"***")"}) {
        EXPECT_NE(kept.find(shown), std::string::npos) << shown << " in " << kept;
    }
    client_->stop();
}

TEST_F(ApiDestinationSender, KeepsNoTokenInUse) {
    HttpSink server([](const std::string&, int) {
        return HttpSink::status(200, {}, R"({"access_token":"t0","token_type":"Bearer"})");
    });
    HttpSink echo([](const std::string& request, int) {
        return HttpSink::status(403, {}, header_of(request, "Authorization"));
    });
    directory_.destination.invocation_endpoint = echo.url("/in");
    auth().basic.reset();
    use_oauth(server.url("/token"));
    EXPECT_EQ(send().response, "Bearer ***");
    client_->stop();
}

TEST_F(ApiDestinationSender, ConnectsToNoAddressThatThePolicyForbids) {
    egress_.allow_private = false;
    reset();
    const auto result = send();
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_EQ(result.code, "BLOCKED_ADDRESS");
    EXPECT_TRUE(sink_.requests().empty());
}

}  // namespace
}  // namespace eventbus
