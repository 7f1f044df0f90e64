#include "destinations_fixture.hpp"

#include <future>

namespace eventbus {
namespace {

using test::body_of;
using test::header_of;
using test::HttpSink;
using Verdict = AttemptResult::Verdict;

std::string token_answer(const std::string& token, const std::string& more = "") {
    return HttpSink::status(
        200,
        "Content-Type: application/json\r\n",
        R"({"access_token":")" + token + "\"" + more + "}");
}

class OAuth : public test::DestinationTest {
protected:
    OAuth() {
        use_oauth(server_.url("/token"));
        directory_.destination.invocation_endpoint = sink_.url("/in");
    }

    ConnectionPtr connection() const {
        return std::make_shared<const Connection>(directory_.connection);
    }

    Result<std::string> get(const std::string& refused = "") {
        return io_.wait(tokens_->get(connection(), refused));
    }

    std::string answer_with_next_token(int nth) const {
        return token_answer("token-" + std::to_string(nth), more_);
    }

    std::string more_ = R"(,"token_type":"Bearer","expires_in":600)";
    HttpSink::Answer answer_ = [this](const std::string&, int nth) {
        return answer_with_next_token(nth);
    };
    HttpSink server_{[this](const std::string& request, int nth) { return answer_(request, nth); }};
    HttpSink sink_;
};

TEST_F(OAuth, AsksForATokenWithTheCredentialsInAForm) {
    auto& parameters = directory_.connection.auth->oauth->http_parameters;
    parameters.headers = {{"X-Extra", "e", true}};
    parameters.query = {{"audience", "a b", false}};
    parameters.body = {{"scope", "read write", false}};
    EXPECT_EQ(get().value(), "token-0");
    const auto request = server_.wait_for(1).front();
    EXPECT_TRUE(request.starts_with("POST /token?audience=a%20b HTTP/1.1\r\n")) << request;
    EXPECT_EQ(header_of(request, "Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_EQ(header_of(request, "X-Extra"), "e");
    EXPECT_EQ(
        body_of(request),
        "grant_type=client_credentials&client_id=the%20id&client_secret=a%26secret&"
        "scope=read%20write");
}

TEST_F(OAuth, AsksWithTheMethodOfTheConnection) {
    directory_.connection.auth->oauth->http_method = "GET";
    EXPECT_EQ(get().value(), "token-0");
    const auto by_get = server_.wait_for(1).front();
    EXPECT_TRUE(
        by_get.starts_with("GET /token?grant_type=client_credentials&client_id=the%20id&"
                           "client_secret=a%26secret HTTP/1.1\r\n"))
        << by_get;
    EXPECT_EQ(body_of(by_get), "");
    directory_.connection.auth->oauth->http_method = "PUT";
    reset();
    EXPECT_EQ(get().value(), "token-1");
    EXPECT_TRUE(server_.wait_for(2).back().starts_with("PUT /token HTTP/1.1\r\n"));
}

TEST_F(OAuth, KeepsATokenUntilShortlyBeforeItExpires) {
    EXPECT_EQ(get().value(), "token-0");
    clock_.advance(Millis{539'000});
    EXPECT_EQ(get().value(), "token-0");
    clock_.advance(Millis{1'000});
    EXPECT_EQ(get().value(), "token-1");
    more_ = R"(,"expires_in":"20")";
    EXPECT_EQ(get("token-1").value(), "token-2");
    clock_.advance(Millis{17'999});
    EXPECT_EQ(get().value(), "token-2");
    clock_.advance(Millis{1});
    EXPECT_EQ(get().value(), "token-3");
    more_ = R"(,"expires_in":null)";
    EXPECT_EQ(get("token-3").value(), "token-4");
    clock_.advance(Millis{3'539'999});
    EXPECT_EQ(get().value(), "token-4");
    clock_.advance(Millis{1});
    EXPECT_EQ(get().value(), "token-5");
}

TEST_F(OAuth, NewCredentialsMakeANewToken) {
    EXPECT_EQ(get().value(), "token-0");
    directory_.connection.revision += 1;
    EXPECT_EQ(get().value(), "token-1");
}

TEST_F(OAuth, ManyWhoNeedATokenMakeOneRequest) {
    std::promise<void> asked;
    std::promise<void> go_on;
    answer_ = [&](const std::string&, int nth) {
        asked.set_value();
        go_on.get_future().wait();
        return answer_with_next_token(nth);
    };
    std::vector<std::future<Result<std::string>>> waiting;
    waiting.push_back(io_.start(tokens_->get(connection(), "")));
    asked.get_future().wait();
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(io_.start(tokens_->get(connection(), "")));
    }
    go_on.set_value();
    for (auto& token : waiting) {
        EXPECT_EQ(token.get().value(), "token-0");
    }
    EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(OAuth, SaysWhatIsWrongAndShowsNothingOfTheAnswer) {
    struct Case {
        std::string answer;
        Errc kind;
        std::string_view message;
    };

    const auto ok = [](const std::string& body) { return HttpSink::status(200, "", body); };
    const Case cases[] = {
        {HttpSink::status(401, "", "canary"),
         Errc::refused,
         "The authorization endpoint answered with status 401."},
        {HttpSink::status(302, "Location: http://canary/\r\n"),
         Errc::refused,
         "The authorization endpoint answered with status 302."},
        {HttpSink::status(500, "", "canary"),
         Errc::unavailable,
         "The authorization endpoint answered with status 500."},
        {HttpSink::status(429),
         Errc::unavailable,
         "The authorization endpoint answered with status 429."},
        {ok("canary"),
         Errc::refused,
         "The authorization endpoint answered with success but its body is not a JSON object."},
        {ok("[\"canary\"]"),
         Errc::refused,
         "The authorization endpoint answered with success but its body is not a JSON object."},
        {ok(R"({"token":"canary"})"),
         Errc::refused,
         "The authorization endpoint answered with success but without an access_token."},
        {ok(R"({"access_token":12})"),
         Errc::refused,
         "The authorization endpoint answered with success but without an access_token."},
        {ok(R"({"access_token":"canary","token_type":"mac"})"),
         Errc::refused,
         "The authorization endpoint answered with success but with a token_type that is not "
         "Bearer."},
        {ok(R"({"access_token":"x\r\nX-Canary: canary"})"),
         Errc::refused,
         "The authorization endpoint answered with success but its access_token must not be sent "
         "in "
         "a header."},
        {ok(std::string(200'000, ' ')),
         Errc::refused,
         "The authorization endpoint answered with success but its body was too long or too slow."},
    };
    for (const auto& c : cases) {
        answer_ = [&](const std::string&, int) { return c.answer; };
        const auto token = get();
        ASSERT_FALSE(token) << c.message;
        EXPECT_EQ(token.error().message(), c.message);
        EXPECT_EQ(token.error().kind(), c.kind) << c.message;
        EXPECT_EQ(token.error().code(), "NO_PERMISSIONS");
    }
}

TEST_F(OAuth, SendsTheTokenAndGetsANewOneOnceIfTheTargetTurnsItDown) {
    for (const int status : {401, 407}) {
        reset();
        const std::size_t asked_before = server_.requests().size();
        HttpSink target(
            [&](const std::string&, int nth) { return HttpSink::status(nth == 1 ? status : 200); });
        directory_.destination.invocation_endpoint = target.url("/in");
        EXPECT_EQ(send().verdict, Verdict::delivered);
        EXPECT_EQ(send().verdict, Verdict::delivered);
        const auto seen = target.requests();
        ASSERT_EQ(seen.size(), 3U);
        EXPECT_EQ(header_of(seen[0], "Authorization"), header_of(seen[1], "Authorization"));
        EXPECT_NE(header_of(seen[1], "Authorization"), header_of(seen[2], "Authorization"));
        EXPECT_EQ(body_of(seen[1]), body_of(seen[2]));
        EXPECT_EQ(server_.requests().size(), asked_before + 2);
        client_->stop();
        client_ = http::Client::create(io_.executor(), {}, metrics_);
    }
}

TEST_F(OAuth, ATargetThatTurnsEveryTokenDownIsTriedAgainLater) {
    HttpSink target([](const std::string&, int) { return HttpSink::status(401); });
    directory_.destination.invocation_endpoint = target.url("/in");
    const auto result = send();
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "NO_PERMISSIONS");
    EXPECT_EQ(target.requests().size(), 2U);
    client_->stop();
}

TEST_F(OAuth, ADeliveryWithoutATokenIsTriedAgainLaterAndReportsTheRefusal) {
    answer_ = [](const std::string&, int) { return HttpSink::status(500); };
    auto result = send();
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "NO_PERMISSIONS");
    EXPECT_TRUE(directory_.notes().empty())
        << "a server that is down says nothing about credentials";

    answer_ = [](const std::string&, int) { return HttpSink::status(400); };
    result = send();
    EXPECT_EQ(result.verdict, Verdict::retriable);
    ASSERT_EQ(directory_.notes().size(), 1U);
    EXPECT_EQ(directory_.notes()[0], "The authorization endpoint answered with status 400.");
    EXPECT_TRUE(sink_.requests().empty());
}

TEST_F(OAuth, ADeliveryThatGetsATokenHealsItsConnection) {
    directory_.connection.state = ConnectionState::deauthorized;
    EXPECT_EQ(send().verdict, Verdict::delivered);
    EXPECT_EQ(directory_.notes(), std::vector<std::string>{"authorized"});
    directory_.connection.state = ConnectionState::authorized;
    EXPECT_EQ(send().verdict, Verdict::delivered);
    EXPECT_EQ(directory_.notes().size(), 1U);
}

TEST_F(OAuth, TheFirstTokenIsAskedForAgainWhileTheServerIsDown) {
    answer_ = [this](const std::string&, int nth) {
        return nth < 2 ? HttpSink::status(503) : answer_with_next_token(nth);
    };
    io_.wait(tokens_->authorize(connection(), directory_));
    EXPECT_EQ(directory_.notes(), std::vector<std::string>{"authorized"});
    EXPECT_EQ(server_.requests().size(), 3U);
}

TEST_F(OAuth, AFirstTokenThatIsRefusedIsReported) {
    answer_ = [](const std::string&, int) { return HttpSink::status(401); };
    io_.wait(tokens_->authorize(connection(), directory_));
    EXPECT_EQ(
        directory_.notes(),
        std::vector<std::string>{"The authorization endpoint answered with status 401."});
    EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(OAuth, AnAuthorizationEndpointIsBoundByTheAddressPolicyToo) {
    egress_.allow_private = false;
    reset();
    const auto result = send();
    EXPECT_EQ(result.code, "BLOCKED_ADDRESS");
    EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace eventbus
