#include "eventbus/core/target_state.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using std::chrono::seconds;
using Kind = TargetState::Kind;

constexpr WallTime kNow{Millis{1'795'191'480'000}};

TargetState paused_at(WallTime at) {
    return changed_state({}, Kind::paused, {}, at);
}

TEST(TargetState, RemembersAPauseThatIsOver) {
    const auto paused = paused_at(kNow);
    EXPECT_EQ(paused.since, kNow);
    EXPECT_EQ(changed_state(paused, Kind::paused, {}, kNow + seconds{5}), paused)
        << "pausing twice changes nothing";
    const auto resumed = changed_state(paused, Kind::active, {}, kNow + seconds{60});
    EXPECT_EQ(resumed.kind, Kind::active);
    EXPECT_EQ(resumed.pauses, (std::vector<Pause>{{kNow, kNow + seconds{60}}}));
}

// Pauses it for ten seconds of every hundred.
TargetState paused_so_often(int times) {
    TargetState state;
    for (int i = 0; i < times; ++i) {
        const WallTime at = kNow + seconds{100} * i;
        state = changed_state(state, Kind::paused, {}, at);
        state = changed_state(state, Kind::active, {}, at + seconds{10});
    }
    return state;
}

TEST(TargetState, CountsEveryPauseAndNotOnlyTheLast) {
    const auto state = paused_so_often(5);
    EXPECT_EQ(paused_time(state, kNow, kNow + seconds{1'000}), seconds{50});
    EXPECT_EQ(paused_time(state, kNow + seconds{105}, kNow + seconds{305}), seconds{20});
    EXPECT_LE(paused_so_often(1'000).pauses.size(), kPausesMax);
}

TEST(TargetState, CountsATimeOnceInWhichBothTheTargetAndItsRuleWerePaused) {
    const auto pause = [](int from, int until) {
        return changed_state(
            paused_at(kNow + seconds{from}),
            Kind::active,
            {},
            kNow + seconds{until});
    };
    const auto now = kNow + seconds{100};
    EXPECT_EQ(paused_time(combined_state(pause(10, 30), pause(20, 50)), kNow, now), seconds{40});
    EXPECT_EQ(paused_time(combined_state(pause(10, 20), pause(40, 50)), kNow, now), seconds{20});
    const auto still = combined_state(paused_at(kNow + seconds{40}), pause(20, 60));
    EXPECT_EQ(paused_time(still, kNow, now), seconds{80});
}

TEST(TargetState, TellsHowMuchOfATimeWasPaused) {
    const auto resumed = changed_state(paused_at(kNow), Kind::active, {}, kNow + seconds{60});
    EXPECT_EQ(paused_time(resumed, kNow - seconds{10}, kNow + seconds{90}), seconds{60});
    EXPECT_EQ(paused_time(resumed, kNow + seconds{50}, kNow + seconds{90}), seconds{10});
    EXPECT_EQ(paused_time(resumed, kNow + seconds{70}, kNow + seconds{90}), seconds{0});
    const auto again = changed_state(resumed, Kind::paused, {}, kNow + seconds{100});
    EXPECT_EQ(paused_time(again, kNow, kNow + seconds{130}), seconds{90}) << "and it still is";
}

TEST(TargetState, IsPausedIfItsRuleIs) {
    const auto rule = paused_at(kNow);
    EXPECT_EQ(combined_state({}, rule).kind, Kind::paused);
    EXPECT_EQ(combined_state({}, rule).since, kNow);
    EXPECT_EQ(combined_state(paused_at(kNow + seconds{9}), rule).since, kNow);
    const auto gone = changed_state({}, Kind::disabled, "410", kNow);
    EXPECT_EQ(combined_state(gone, rule).kind, Kind::disabled);
    const auto resumed = changed_state(rule, Kind::active, {}, kNow + seconds{60});
    EXPECT_EQ(paused_time(combined_state({}, resumed), kNow, kNow + seconds{90}), seconds{60});
}

TEST(TargetState, SurvivesItsDocument) {
    const auto gone = changed_state(
        changed_state(paused_at(kNow), Kind::active, {}, kNow + seconds{1}),
        Kind::disabled,
        "it said 410",
        kNow + seconds{2});
    EXPECT_EQ(target_state_from_document(to_document(gone)).value(), gone);
    EXPECT_EQ(target_state_from_document(to_document({})).value(), TargetState());
    EXPECT_FALSE(target_state_from_document("[]"));
    const auto older = target_state_from_document(
        R"({"State":"ACTIVE","SinceMs":0,"PausedFromMs":1000,"PausedUntilMs":3000})");
    const Pause pause{WallTime(Millis{1'000}), WallTime(Millis{3'000})};
    EXPECT_EQ(older.value().pauses, std::vector<Pause>{pause});
}

}  // namespace
}  // namespace eventbus
