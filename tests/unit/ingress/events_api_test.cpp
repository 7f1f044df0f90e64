#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

class EventsApi : public ApiTest {
protected:
    EventsApi() { catch_all("default"); }

    std::string put(const std::string& source = "s", const std::string& detail = "{}") {
        const Answer answer = post(
            "/events",
            R"({"source":")" + source + R"(","detail-type":"t","detail":)" + detail + "}");
        EXPECT_EQ(answer.status, 200u) << answer.text;
        return answer.json["Entries"][0]["EventId"];
    }

    // Ends an attempt of the one delivery that is due.
    void attempted(Outcome::Kind kind, Attempt attempt) {
        const std::vector<Delivery> deliveries = caught("default");
        ASSERT_EQ(deliveries.size(), 1u);
        Outcome outcome;
        outcome.kind = kind;
        outcome.id = deliveries[0].id;
        outcome.attempts = attempt.number;
        outcome.next_attempt_at = clock_.now() + 30s;
        outcome.error_code = attempt.error_code;
        if (kind == Outcome::Kind::dead_letter) {
            DeadLetter letter;
            letter.event = deliveries[0].event;
            letter.rule_arn = "arn:aws:events:us-east-1:000000000000:rule/all";
            letter.target_id = "t";
            letter.error_code = attempt.error_code;
            letter.dead_at = clock_.now();
            outcome.dead_letter = std::move(letter);
        }
        attempt.started_at = clock_.now();
        outcome.attempt = std::move(attempt);
        std::vector<Outcome> outcomes;
        outcomes.push_back(std::move(outcome));
        store_->journal().record(std::move(outcomes));
        ASSERT_TRUE(io_.wait(store_->journal().flush()));
    }

    static Attempt failure(int number, std::string response = {}) {
        Attempt attempt;
        attempt.number = number;
        attempt.duration = 7ms;
        attempt.http_status = 503;
        attempt.error_code = "ERROR_FROM_TARGET";
        attempt.error_message = "The target answered with status 503.";
        attempt.response = std::move(response);
        return attempt;
    }

    Json delivery(const std::string& id) {
        const Answer answer = get("/events/" + id);
        EXPECT_EQ(answer.status, 200u) << answer.text;
        return answer.json["Entries"][0]["Deliveries"][0];
    }
};

TEST_F(EventsApi, AnEventShowsItsRulesAndDeliveries) {
    const std::string id = put("s", R"({"n": 1.10})");
    const Answer answer = get("/events/" + id);
    EXPECT_EQ(answer.json["EventId"], id);
    EXPECT_EQ(answer.json["Event"]["source"], "s");
    EXPECT_NE(answer.text.find(R"("detail":{"n": 1.10})"), std::string::npos) << answer.text;
    const Json entry = answer.json["Entries"][0];
    EXPECT_EQ(entry["BusArn"], "arn:aws:events:us-east-1:000000000000:event-bus/default");
    EXPECT_EQ(entry["AcceptedTime"], "2026-11-20T16:18:00.000Z");
    EXPECT_EQ(
        entry["RulesMatched"].dump(),
        R"([{"Name":"all","Arn":"arn:aws:events:us-east-1:000000000000:rule/all"}])");
    const Json target = entry["Deliveries"][0];
    EXPECT_EQ(target["TargetId"], "t");
    EXPECT_EQ(target["TargetArn"], "file:out");
    EXPECT_EQ(target["State"], "pending");
    EXPECT_EQ(target["Attempts"], 0);
    EXPECT_EQ(target["AttemptLog"], Json::array());
}

TEST_F(EventsApi, ADeliveryGoesThroughItsStates) {
    const std::string id = put();
    const std::vector<Delivery> held = caught("default");
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(delivery(id)["State"], "in_flight");
    store_->journal().release({held[0].id});
    attempted(Outcome::Kind::retry, failure(1, "<b>no</b>\x1b[31m\xff"));
    Json seen = delivery(id);
    EXPECT_EQ(seen["State"], "backing_off");
    EXPECT_EQ(seen["NextAttemptTime"], "2026-11-20T16:18:30.000Z");
    EXPECT_EQ(
        seen["AttemptLog"].dump(-1, ' ', true),
        R"([{"Attempt":1,"Time":"2026-11-20T16:18:00.000Z","DurationMs":7,"HttpStatus":503,)"
        R"("ErrorCode":"ERROR_FROM_TARGET","ErrorMessage":"The target answered with status 503.",)"
        R"("Response":"<b>no</b>\u001b[31m\ufffd"}])");
    clock_.advance(30s);
    EXPECT_EQ(delivery(id)["State"], "pending");
    attempted(Outcome::Kind::dead_letter, failure(2));
    seen = delivery(id);
    EXPECT_EQ(seen["State"], "dead_letter");
    EXPECT_EQ(seen["Attempts"], 2);
    EXPECT_EQ(seen["DeadLetterId"], get("/events/" + id).json["DeadLetterIds"][0]);

    ASSERT_EQ(post("/dlq/redrive", "{}").json["Redriven"], 1);
    clock_.advance(1s);
    Attempt good;
    good.number = 1;
    attempted(Outcome::Kind::delivered, good);
    const Json record = get("/events/" + id).json;
    ASSERT_EQ(record["Entries"].size(), 2u);
    EXPECT_EQ(record["Entries"][1]["Deliveries"][0]["State"], "delivered");
    EXPECT_EQ(record["DeadLetterIds"], Json::array());
}

TEST_F(EventsApi, AParkedDeliverySaysWhatItWaitsFor) {
    const std::string id = put();
    const std::string rule = "?rule=arn:aws:events:us-east-1:000000000000:rule/all";
    ASSERT_EQ(post("/targets/pause" + rule, "", "").status, 200u);
    const Json paused = delivery(id);
    EXPECT_EQ(paused["State"], "parked");
    EXPECT_EQ(
        paused["Waiting"].dump(),
        R"({"Reason":"PAUSED","Since":"2026-11-20T16:18:00.000Z"})");
    EXPECT_FALSE(paused.contains("NextAttemptTime")) << "nobody knows";
    ASSERT_EQ(post("/targets/resume" + rule, "", "").status, 200u);
    EXPECT_EQ(delivery(id)["State"], "pending");

    lane_status_.is_down = true;
    lane_status_.next_probe_at = clock_.now() + 30s;
    EXPECT_EQ(
        delivery(id)["Waiting"].dump(),
        R"({"Reason":"TARGET_DOWN","Until":"2026-11-20T16:18:30.000Z"})");
}

TEST_F(EventsApi, ADeliveryThatWaitsForAnotherNamesItsEvent) {
    must(
        "PutTargets",
        R"({"Rule":"all","Targets":[{"Id":"t","Arn":"file:out","Ordering":{"Key":"$.detail.k"}}]})");
    const std::string first = put("s", R"({"k":"a"})");
    const std::string other = put("s", R"({"k":"b"})");
    put("s", R"({"k":"a"})");
    const std::string third = put("s", R"({"k":"a"})");
    EXPECT_EQ(delivery(first)["State"], "pending");
    EXPECT_EQ(delivery(other)["State"], "pending");
    const Json waiting = delivery(third);
    EXPECT_EQ(waiting["State"], "parked");
    EXPECT_EQ(waiting["Waiting"]["Reason"], "ORDER");
    EXPECT_EQ(waiting["Waiting"]["BehindEvent"], first);
    EXPECT_FALSE(waiting.contains("NextAttemptTime"));
}

TEST_F(EventsApi, EventsAreListedFilteredAndPaged) {
    const std::string a = put("a");
    clock_.advance(1h);
    const std::string b = put("b");
    const auto ids = [&](const std::string& query) {
        const Answer answer = get("/events" + query);
        EXPECT_EQ(answer.status, 200u) << answer.text;
        std::vector<std::string> found;
        for (const Json& event : answer.json["Events"]) {
            found.push_back(event["EventId"]);
        }
        return found;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids(""), (Ids{b, a}));
    EXPECT_EQ(ids("?source=a"), Ids{a});
    EXPECT_EQ(ids("?detail_type=t&bus=default"), (Ids{b, a}));
    EXPECT_EQ(ids("?bus=other"), Ids{});
    EXPECT_EQ(ids("?from=2026-11-20T17:00:00Z"), Ids{b});
    EXPECT_EQ(ids("?to=2026-11-20T17:00:00Z"), Ids{a});
    EXPECT_EQ(ids("?failed=true"), Ids{});
    const Json first = get("/events?limit=1").json;
    EXPECT_EQ(first["Events"][0]["EventId"], b);
    EXPECT_EQ(ids("?limit=1&next_token=" + first["NextToken"].get<std::string>()), Ids{a});
}

TEST_F(EventsApi, AnEventIsSentAgainToOneTarget) {
    const std::string id = put();
    Attempt good;
    good.number = 1;
    attempted(Outcome::Kind::delivered, good);
    clock_.advance(1s);
    const Answer again = post("/events/" + id + "/redeliver?rule=all&target=t", "");
    EXPECT_EQ(again.json["Result"], "sent_again") << again.text;
    attempted(Outcome::Kind::retry, failure(1));
    const Answer now = post(
        "/events/" + id + "/redeliver?rule=arn:aws:events:us-east-1:000000000000:rule/all&target=t",
        "");
    EXPECT_EQ(now.json["Result"], "brought_forward") << now.text;
}

TEST_F(EventsApi, WrongRequestsAreRefusedWithTheReason) {
    const std::string id = put();

    struct Case {
        const char* method;
        std::string target;
        unsigned status;
        const char* says;
    };

    const Case cases[] = {
        {"GET", "/events/none", 404, "Nothing is known of an event none"},
        {"GET", "/events/" + id + "?x=1", 400, "Unknown query parameter"},
        {"GET", "/events/" + id + "/", 404, "nothing at this path"},
        {"GET", "/events/", 404, "nothing at this path"},
        {"DELETE", "/events/" + id, 405, "not allowed"},
        {"GET", "/events?from=yesterday", 400, "must be a time like"},
        {"GET", "/events?failed=1", 400, "must be true or false"},
        {"GET", "/events?limit=0", 400, "from 1 to 1000"},
        {"GET", "/events?next_token=abc", 400, "NextToken is not valid"},
        {"POST", "/events/" + id + "/redeliver", 400, "Say where to send it"},
        {"POST", "/events/" + id + "/redeliver?rule=no&target=t", 404, "has a rule \"no\""},
        {"POST", "/events/" + id + "/redeliver?rule=all&target=u", 404, "a target \"u\""},
        {"POST", "/events/none/redeliver?rule=all&target=t", 404, "Nothing is known"},
    };
    for (const Case& c : cases) {
        http::Request request;
        request.method = c.method;
        request.target = c.target;
        const Answer answer = exchange(std::move(request));
        EXPECT_EQ(answer.status, c.status) << c.target;
        EXPECT_NE(answer.error().find(c.says), std::string::npos) << answer.text;
    }
}

}  // namespace
}  // namespace eventbus::test
