#include "api_fixture.hpp"

#include <set>

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
    EXPECT_EQ(codes("?rule=all").size(), 3u) << "a name stands for the ARN";
    EXPECT_EQ(codes("?rule=default/all").size(), 3u);
    EXPECT_EQ(codes("?rule=al"), Codes{});
    EXPECT_EQ(codes("?queue=q"), Codes{"TIMEOUT"});
    EXPECT_EQ(post("/dlq/redrive?dry_run=true", R"({"rule":"all"})").text, R"({"WouldRedrive":3})");

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

TEST_F(DeadLetterApi, OneLetterShowsItsAttemptsAndWhatToDo) {
    bury("TIMEOUT", kQueue, "");
    const std::string id = get("/dlq").json["DeadLetters"][0]["Id"].dump();
    const Answer answer = get("/dlq/" + id);
    EXPECT_EQ(answer.json["ERROR_CODE"], "TIMEOUT") << answer.text;
    EXPECT_EQ(answer.json["AttemptLog"], Json::array());
    EXPECT_NE(answer.json["SuggestedFix"].get<std::string>().find("in time"), std::string::npos);
    EXPECT_EQ(get("/dlq/99").status, 404u);
    EXPECT_EQ(get("/dlq/x").status, 400u);
}

TEST_F(DeadLetterApi, TheSummaryGroupsByCause) {
    bury("TIMEOUT", kQueue, "");
    bury("TIMEOUT", kQueue, "");
    bury("NOBODY_KNOWS", "", "");
    const Json groups = get("/dlq/summary").json["Groups"];
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0]["Count"], 2);
    EXPECT_EQ(groups[0]["QueueArn"], kQueue);
    EXPECT_EQ(groups[0]["RULE_ARN"], kRule);
    EXPECT_EQ(groups[0]["ExampleMessage"], "it \"failed\"");
    EXPECT_EQ(groups[0]["Oldest"], "2026-11-20T16:18:00.000Z");
    EXPECT_NE(groups[1]["SuggestedFix"], groups[0]["SuggestedFix"]);
    EXPECT_EQ(get("/dlq/summary?queue=").json["Groups"].size(), 1u);
    EXPECT_EQ(get("/dlq/summary?limit=1").status, 400u);
}

TEST_F(DeadLetterApi, SaysWhatToDoAboutEveryCodeThatTheDaemonGives) {
    bury("NOBODY_KNOWS", "", "");
    for (const char* code :
         {"BAD_RESPONSE",
          "BLOCKED_ADDRESS",
          "CONNECTION_FAILURE",
          "CORRUPT",
          "DNS_FAILURE",
          "ERROR_FROM_TARGET",
          "INTERNAL_ERROR",
          "INVALID_JSON",
          "INVALID_PARAMETER",
          "LOOP_DETECTED",
          "NO_PERMISSIONS",
          "NO_RESOURCE",
          "POISON",
          "SDK_CLIENT_ERROR",
          "THIRD_ACCOUNT_HOP_DETECTED",
          "THIRD_REGION_HOP_DETECTED",
          "THROTTLING",
          "TIMEOUT",
          "TLS_FAILURE"}) {
        bury(code, "", "");
    }
    std::set<std::string> all;
    const Json groups = get("/dlq/summary").json["Groups"];
    for (const Json& group : groups) {
        EXPECT_TRUE(all.insert(group["SuggestedFix"]).second) << group["ERROR_CODE"];
    }
    EXPECT_EQ(all.size(), 20u);
}

TEST_F(DeadLetterApi, TheExportIsOneLetterALine) {
    bury("TIMEOUT", kQueue, "");
    bury("THROTTLING", "", "");
    const Answer first = get("/dlq/export?limit=1");
    EXPECT_EQ(first.headers.get("Content-Type"), "application/x-ndjson");
    EXPECT_EQ(std::ranges::count(first.text, '\n'), 1);
    EXPECT_EQ(Json::parse(first.text)["ERROR_CODE"], "TIMEOUT");
    const std::string token(first.headers.get("Next-Token"));
    const Answer second = get("/dlq/export?limit=1&next_token=" + token);
    EXPECT_EQ(Json::parse(second.text)["ERROR_CODE"], "THROTTLING");
    EXPECT_FALSE(second.headers.contains("Next-Token"));
}

TEST_F(DeadLetterApi, ADryRunSaysHowManyAndChangesNothing) {
    bury("TIMEOUT", kQueue, "");
    bury("THROTTLING", "", "");
    EXPECT_EQ(post("/dlq/redrive?dry_run=true", "{}").text, R"({"WouldRedrive":2})");
    EXPECT_EQ(
        post("/dlq/purge?dry_run=true", R"({"error_code":"TIMEOUT"})").text,
        R"({"WouldPurge":1})");
    EXPECT_EQ(codes("").size(), 2u);
}

TEST_F(DeadLetterApi, LettersArePurgedByFilterOrWithAConfirmationAll) {
    bury("TIMEOUT", kQueue, "");
    bury("THROTTLING", "", "");
    EXPECT_EQ(post("/dlq/purge", R"({"error_code":"TIMEOUT"})").text, R"({"Purged":1})");
    const Answer refused = post("/dlq/purge", "{}");
    EXPECT_EQ(refused.status, 400u);
    EXPECT_NE(refused.error().find("confirm=all"), std::string::npos);
    EXPECT_EQ(codes(""), Codes{"THROTTLING"});
    EXPECT_EQ(post("/dlq/purge?confirm=all", "{}").text, R"({"Purged":1})");
}

TEST_F(DeadLetterApi, ARateMakesAPacedRedriveThatCanBeSeenAndCancelled) {
    bury("TIMEOUT", kQueue, "");
    const Answer started = post("/dlq/redrive?rate=1/s", R"({"error_code":"THROTTLING"})");
    EXPECT_EQ(started.status, 202u) << started.text;
    EXPECT_EQ(started.json["Letters"], 0);
    EXPECT_EQ(started.json["LettersPerSecond"], 1);
    const std::string id = started.json["RedriveId"].dump();
    const Answer running = get("/dlq/redrives");
    for (const Json& redrive : running.json["Redrives"]) {  // it may be done by now
        EXPECT_EQ(redrive["Filter"].dump(), R"({"error_code":"THROTTLING"})");
    }
    http::Request cancel;
    cancel.method = "DELETE";
    cancel.target = "/dlq/redrives/999";
    EXPECT_EQ(exchange(cancel).status, 404u);
    for (const char* rate : {"0", "x", "10001", "1/m", "-1"}) {
        EXPECT_EQ(post(std::string("/dlq/redrive?rate=") + rate, "{}").status, 400u) << rate;
    }
    EXPECT_EQ(codes(""), Codes{"TIMEOUT"});
}

}  // namespace
}  // namespace eventbus::test
