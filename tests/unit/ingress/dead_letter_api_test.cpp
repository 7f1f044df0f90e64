#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRule = "arn:aws:events:us-east-1:000000000000:rule/all";
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:000000000000:q";

class DeadLetterApi : public ApiTest {
protected:
    DeadLetterApi() { catch_all("default"); }

    // Puts an event and lets its delivery die.
    void
    bury(const std::string& error_code, const std::string& queue, const std::string& condition) {
        must(
            "PutEvents",
            R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{\"n\": 1.10}"}]})");
        std::vector<Delivery> deliveries = caught("default");
        ASSERT_EQ(deliveries.size(), 1u);
        DeadLetter letter;
        letter.queue_arn = queue;
        letter.event = deliveries[0].event;
        letter.lane = deliveries[0].id.lane;
        letter.rule_arn = kRule;
        letter.target_id = "t";
        letter.target_arn = "file:out";
        letter.error_code = error_code;
        letter.error_message = "it \"failed\"";
        letter.attempts = 3;
        letter.exhausted_retry_condition = condition;
        letter.dead_at = clock_.now();
        Outcome outcome;
        outcome.kind = Outcome::Kind::dead_letter;
        outcome.id = deliveries[0].id;
        outcome.attempts = 3;
        outcome.dead_letter = std::move(letter);
        std::vector<Outcome> outcomes;
        outcomes.push_back(std::move(outcome));
        store_->journal().record(std::move(outcomes));
        ASSERT_TRUE(io_.wait(store_->journal().flush()));
    }

    std::vector<std::string> codes(const std::string& query) {
        const Answer answer = get("/dlq" + query);
        EXPECT_EQ(answer.status, 200u) << answer.text;
        std::vector<std::string> found;
        for (const Json& letter : answer.json["DeadLetters"]) {
            found.push_back(letter["ERROR_CODE"]);
        }
        return found;
    }
};

using Codes = std::vector<std::string>;

TEST_F(DeadLetterApi, ALetterShowsTheAttributesOfTheServiceAndTheEvent) {
    EXPECT_EQ(get("/dlq").text, R"({"DeadLetters":[]})");
    bury("TIMEOUT", kQueue, "MaximumRetryAttempts");
    const Answer answer = get("/dlq");
    ASSERT_EQ(answer.json["DeadLetters"].size(), 1u) << answer.text;
    const Json& letter = answer.json["DeadLetters"][0];
    EXPECT_EQ(letter["RULE_ARN"], kRule);
    EXPECT_EQ(letter["TARGET_ARN"], "file:out");
    EXPECT_EQ(letter["ERROR_CODE"], "TIMEOUT");
    EXPECT_EQ(letter["ERROR_MESSAGE"], "it \"failed\"");
    EXPECT_EQ(letter["RETRY_ATTEMPTS"], "2");
    EXPECT_EQ(letter["EXHAUSTED_RETRY_CONDITION"], "MaximumRetryAttempts");
    EXPECT_EQ(letter["QueueArn"], kQueue);
    EXPECT_EQ(letter["TargetId"], "t");
    EXPECT_EQ(letter["Time"], "2026-11-20T16:18:00.000Z");
    EXPECT_EQ(letter["Event"]["source"], "s");
    EXPECT_NE(answer.text.find(R"("detail":{"n": 1.10})"), std::string::npos);
    EXPECT_FALSE(answer.json.contains("NextToken"));
}

TEST_F(DeadLetterApi, ALetterThatNoLimitEndedHasNoExhaustedCondition) {
    bury("BLOCKED_ADDRESS", "", "");
    const Json letter = get("/dlq").json["DeadLetters"][0];
    EXPECT_FALSE(letter.contains("EXHAUSTED_RETRY_CONDITION"));
    EXPECT_FALSE(letter.contains("QueueArn"));
}

TEST_F(DeadLetterApi, LettersAreFilteredAndPaged) {
    bury("TIMEOUT", kQueue, "");
    bury("THROTTLING", "", "");
    bury("TIMEOUT", "", "");
    EXPECT_EQ(codes("?error_code=TIMEOUT").size(), 2u);
    EXPECT_EQ(codes(std::string("?queue=") + kQueue), Codes{"TIMEOUT"});
    EXPECT_EQ(codes("?queue=").size(), 2u);
    EXPECT_EQ(codes(std::string("?rule=") + kRule + "&target=t").size(), 3u);
    EXPECT_EQ(codes("?target=x"), Codes{});

    const Json first = get("/dlq?limit=2").json;
    EXPECT_EQ(first["DeadLetters"].size(), 2u);
    const std::string token = first["NextToken"];
    EXPECT_EQ(codes("?limit=2&next_token=" + token), Codes{"TIMEOUT"});
    EXPECT_EQ(get("/dlq?error_code=TIMEOUT&next_token=" + token).status, 400u);
}

TEST_F(DeadLetterApi, WrongQueriesAreRefused) {
    for (const char* query :
         {"?limit=0",
          "?limit=1001",
          "?limit=x",
          "?limit=1x",
          "?limit=-1",
          "?next_token=abc",
          "?ruel=x"}) {
        const Answer answer = get(std::string("/dlq") + query);
        EXPECT_EQ(answer.status, 400u) << query;
        EXPECT_EQ(answer.json["error"]["code"], "ValidationException") << query;
    }
}

TEST_F(DeadLetterApi, LettersAreRedrivenAllOrByFilterOrById) {
    bury("TIMEOUT", kQueue, "");
    bury("THROTTLING", "", "");
    bury("TIMEOUT", "", "");
    const std::int64_t last = get("/dlq").json["DeadLetters"][2]["Id"];
    EXPECT_EQ(
        post("/dlq/redrive", R"({"Ids":[)" + std::to_string(last) + "]}").text,
        R"({"Redriven":1})");
    EXPECT_EQ(caught("default").size(), 1u);
    EXPECT_EQ(post("/dlq/redrive", R"({"error_code":"TIMEOUT"})").text, R"({"Redriven":1})");
    EXPECT_EQ(codes(""), Codes{"THROTTLING"});
    EXPECT_EQ(post("/dlq/redrive", "{}").text, R"({"Redriven":1})");
    EXPECT_EQ(codes(""), Codes{});
    EXPECT_EQ(post("/dlq/redrive", "{}").text, R"({"Redriven":0})");
}

TEST_F(DeadLetterApi, ARedriveThatCouldMeanMoreThanItSaysIsRefused) {
    bury("TIMEOUT", "", "");
    const std::pair<const char*, const char*> rows[] = {
        {"", nullptr},
        {"[]", nullptr},
        {R"({"ruel":"x"})", "/ruel"},
        {R"({"rule":1})", "/rule"},
        {R"({"rule":null})", "/rule"},
        {R"({"Ids":[]})", "/Ids"},
        {R"({"Ids":["1"]})", "/Ids/0"},
        {R"({"rule":"a","rule":"b"})", nullptr},
    };
    for (const auto& [body, pointer] : rows) {
        const Answer answer = post("/dlq/redrive", body);
        EXPECT_EQ(answer.status, 400u) << body;
        EXPECT_EQ(answer.json["error"].value("pointer", ""), pointer == nullptr ? "" : pointer);
    }
    EXPECT_EQ(codes("").size(), 1u);
}

}  // namespace
}  // namespace eventbus::test
