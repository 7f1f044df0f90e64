#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

class DeduplicationApi : public ApiTest {
protected:
    DeduplicationApi() { catch_all("default"); }

    Answer post_with_key(const std::string& key, std::string body) {
        http::Request request;
        request.method = "POST";
        request.target = "/events";
        request.headers.add("Content-Type", "application/json");
        request.headers.add("Idempotency-Key", key);
        request.body = std::move(body);
        return exchange(std::move(request));
    }

    std::size_t caught_now() { return caught("default").size(); }
};

constexpr const char* kOne = R"({"source":"s","detail-type":"t","detail":{"n":1}})";
constexpr const char* kOther = R"({"source":"s","detail-type":"t","detail":{"n":2}})";

TEST_F(DeduplicationApi, ARepeatedRequestIsAnsweredAlikeAndDeliversNothing) {
    const Answer first = post_with_key("abc", kOne);
    EXPECT_EQ(first.status, 200u) << first.text;
    EXPECT_EQ(caught_now(), 1u);
    clock_.advance(4min);
    const Answer second = post_with_key("abc", kOne);
    EXPECT_EQ(second.text, first.text);
    EXPECT_EQ(caught_now(), 0u);
    EXPECT_NE(post_with_key("other", kOne).text, first.text);
    clock_.advance(2min);
    EXPECT_NE(post_with_key("abc", kOne).text, first.text);
}

TEST_F(DeduplicationApi, AnotherBodyUnderTheKeyIsRefusedAndNothingIsStored) {
    const std::string one = kOne;
    const std::string other = kOther;
    post_with_key("abc", "[" + one + "," + one + "]");
    EXPECT_EQ(caught_now(), 2u);
    for (const std::string& body :
         {other, one, "[" + one + "," + other + "]", "[" + one + "," + one + "," + other + "]"}) {
        const Answer refused = post_with_key("abc", body);
        EXPECT_EQ(refused.status, 409u) << refused.text;
        EXPECT_EQ(refused.json["error"]["code"], "IdempotentParameterMismatch");
    }
    EXPECT_EQ(caught_now(), 0u);
}

TEST_F(DeduplicationApi, AnEntryMayCarryItsOwnId) {
    const auto put = [&](const std::string& detail, const std::string& id) {
        return call(
                   "PutEvents",
                   R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{\"n\":)" + detail +
                       R"(}","DeduplicationId":")" + id +
                       R"("},{"Source":"s","DetailType":"t","Detail":"{}"}]})")
            .json;
    };
    const auto first = put("1", "order-1");
    const auto second = put("1", "order-1");
    EXPECT_EQ(first["Entries"][0], second["Entries"][0]);
    EXPECT_NE(first["Entries"][1], second["Entries"][1]);
    EXPECT_EQ(caught_now(), 3u);
    const auto third = put("2", "order-1");
    EXPECT_EQ(third["FailedEntryCount"], 1);
    EXPECT_EQ(third["Entries"][0]["ErrorCode"], "IdempotentParameterMismatch");
    EXPECT_TRUE(third["Entries"][1].contains("EventId"));
    EXPECT_EQ(caught_now(), 1u);
}

TEST_F(DeduplicationApi, ThePlainSpellingHasOneToo) {
    const std::string body =
        R"({"source":"s","detail-type":"t","detail":{},"deduplication-id":"x"})";
    EXPECT_EQ(post("/events", body).text, post("/events", body).text);
}

TEST_F(DeduplicationApi, AccountsAndBusesHaveKeysOfTheirOwn) {
    const std::string entry =
        R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}","DeduplicationId":"x"}]})";
    const auto here = must("PutEvents", entry);
    const auto there = call_as("111111111111/20261120/us-east-1", "PutEvents", entry).json;
    EXPECT_NE(here["Entries"][0]["EventId"], there["Entries"][0]["EventId"]);
}

TEST_F(DeduplicationApi, TheServicesDialectTakesTheHeaderToo) {
    const auto put = [&](const std::string& detail) {
        http::Request request = aws_request(
            "PutEvents",
            R"({"Entries":[{"Source":"s","DetailType":"t","Detail":")" + detail + R"("}]})");
        request.headers.add("Idempotency-Key", "abc");
        return exchange(std::move(request));
    };
    EXPECT_EQ(put("{}").text, put("{}").text);
    const Answer refused = put(R"({\"a\":1})");
    EXPECT_EQ(refused.status, 400u);
    EXPECT_EQ(refused.json["__type"], "IdempotentParameterMismatch");
}

TEST_F(DeduplicationApi, CloudEventsTakeTheHeaderToo) {
    const auto put = [&](const std::string& key, const std::string& data) {
        http::Request request;
        request.method = "POST";
        request.target = "/cloudevents";
        request.headers.add("Content-Type", "application/cloudevents+json");
        request.headers.add("Idempotency-Key", key);
        request.body =
            R"({"specversion":"1.0","id":"1","source":"s","type":"t","data":)" + data + "}";
        return exchange(std::move(request));
    };
    const Answer first = put("abc", "{}");
    EXPECT_EQ(first.status, 200u) << first.text;
    EXPECT_EQ(put("abc", "{}").text, first.text);
    EXPECT_EQ(caught_now(), 1u);
    EXPECT_EQ(put("abc", R"({"a":1})").status, 409u);
    EXPECT_EQ(put("a b", "{}").status, 400u);
    EXPECT_EQ(caught_now(), 0u);
}

TEST_F(DeduplicationApi, KeysThatAreNoneAreRefused) {
    EXPECT_EQ(post_with_key("", kOne).status, 400u);
    EXPECT_EQ(post_with_key("a b", kOne).status, 400u);
    EXPECT_EQ(post_with_key(std::string(256, 'x'), kOne).status, 400u);
    EXPECT_EQ(
        call(
            "PutEvents",
            R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}","DeduplicationId":""}]})")
            .status,
        400u);
    EXPECT_EQ(caught_now(), 0u);
}

}  // namespace
}  // namespace eventbus::test
