#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

constexpr const char* kRule = "arn:aws:events:us-east-1:000000000000:rule/all";

class TargetStateApi : public ApiTest {
protected:
    TargetStateApi() { catch_all("default"); }

    Answer change(const std::string& what, const std::string& query) {
        return post("/targets/" + what + query, "", "");
    }

    nlohmann::ordered_json only_target(const std::string& query = {}) {
        const auto answer = get("/targets" + query);
        EXPECT_EQ(answer.status, 200u) << answer.text;
        EXPECT_EQ(answer.json["Targets"].size(), 1u) << answer.text;
        return answer.json["Targets"][0];
    }
};

TEST_F(TargetStateApi, ListsTargetsWithWhatTheyAreOwed) {
    const auto idle = only_target();
    EXPECT_EQ(idle["RuleArn"], kRule);
    EXPECT_EQ(idle["TargetId"], "t");
    EXPECT_EQ(idle["TargetArn"], "file:out");
    EXPECT_EQ(idle["State"], "ACTIVE");
    EXPECT_EQ(idle["Backlog"], 0);
    EXPECT_FALSE(idle.contains("OldestAcceptedAt"));
    for (int i = 0; i < 2; ++i) {
        must("PutEvents", R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})");
        clock_.advance(Millis{1'000});
    }
    const auto owing = only_target();
    EXPECT_EQ(owing["Backlog"], 2);
    EXPECT_EQ(owing["OldestAcceptedAt"], "2026-11-20T16:18:00.000Z");
    EXPECT_EQ(owing["NextDueAt"], "2026-11-20T16:18:00.000Z");
}

TEST_F(TargetStateApi, PausesAndResumesATargetAndARule) {
    const std::string rule = std::string("?rule=") + kRule;
    EXPECT_EQ(change("pause", rule + "&target=t").text, R"({"State":"PAUSED","Changed":true})");
    EXPECT_EQ(change("pause", rule + "&target=t").text, R"({"State":"PAUSED","Changed":false})");
    EXPECT_EQ(only_target("?state=PAUSED")["Since"], "2026-11-20T16:18:00.000Z");
    EXPECT_EQ(change("pause", rule).text, R"({"State":"PAUSED","Changed":true})");
    EXPECT_EQ(change("resume", rule + "&target=t").text, R"({"State":"ACTIVE","Changed":true})");
    EXPECT_EQ(only_target()["State"], "PAUSED") << "its rule still is";
    EXPECT_EQ(change("resume", rule).text, R"({"State":"ACTIVE","Changed":true})");
    EXPECT_EQ(only_target()["State"], "ACTIVE");
}

TEST_F(TargetStateApi, TakesTheNameOfARuleForItsArn) {
    for (const char* rule : {"all", "default/all", kRule}) {
        const std::string query = std::string("?rule=") + rule;
        EXPECT_EQ(change("pause", query).text, R"({"State":"PAUSED","Changed":true})") << rule;
        EXPECT_EQ(only_target(query)["State"], "PAUSED") << rule;
        EXPECT_EQ(change("resume", query).text, R"({"State":"ACTIVE","Changed":true})") << rule;
    }
    EXPECT_TRUE(get("/targets?rule=other").json["Targets"].empty());
}

TEST_F(TargetStateApi, StillAcceptsAndOwesWhatAPausedTargetIsToGet) {
    change("pause", std::string("?rule=") + kRule);
    must("PutEvents", R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})");
    EXPECT_EQ(only_target()["Backlog"], 1);
}

TEST_F(TargetStateApi, RefusesWhatItDoesNotKnow) {
    const std::string rule = std::string("?rule=") + kRule;
    EXPECT_EQ(change("pause", "").status, 400u);
    EXPECT_EQ(change("pause", rule + "&targets=t").status, 400u);
    EXPECT_EQ(change("pause", rule + "&target=x").status, 404u);
    EXPECT_EQ(change("pause", rule + "x").status, 404u);
    EXPECT_EQ(change("pause", "?rule=other").status, 404u);
    EXPECT_EQ(change("pause", "?rule=other/all").status, 404u);
    EXPECT_EQ(get("/targets?state=paused").status, 400u);
    EXPECT_EQ(get("/targets?limit=0").status, 400u);
    EXPECT_EQ(get("/targets?next_token=x").status, 400u);
    EXPECT_EQ(get("/targets/pause").status, 405u);
}

TEST_F(TargetStateApi, ListsPageByPage) {
    must(
        "PutTargets",
        R"({"Rule":"all","Targets":[{"Id":"u","Arn":"file:u"},{"Id":"v","Arn":"file:v"}]})");
    std::string seen;
    std::string token;
    do {
        const auto page = get("/targets?limit=1" + (token.empty() ? "" : "&next_token=" + token));
        ASSERT_EQ(page.status, 200u) << page.text;
        seen += page.json["Targets"][0]["TargetId"].get<std::string>();
        token = page.json.value("NextToken", "");
    } while (!token.empty());
    EXPECT_EQ(seen, "tuv");
}

}  // namespace
}  // namespace eventbus::test
