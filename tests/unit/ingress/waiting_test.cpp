#include "waiting.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <ostream>
#include <utility>

namespace eventbus::ingress {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{Millis{1'000'000}};

// A delivery of an event that was accepted 10 s ago, and what is known of its lane.
struct Case {
    const char* why;
    const char* reason;  // "": it waits for nothing but its turn
    bool is_held = false;
    WallTime due_at = kNow - 10s;
    int attempts_made = 0;
    TargetState::Kind state = TargetState::Kind::active;
    LaneStatus lane = {};
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
    return out << row.why;
}

LaneStatus down() {
    LaneStatus lane;
    lane.is_down = true;
    return lane;
}

LaneStatus filling_since(WallTime begun_at) {
    LaneStatus lane;
    lane.batch = LaneStatus::Batch{begun_at, kNow + 1min};
    return lane;
}

LaneStatus slowed(std::size_t calls) {
    LaneStatus lane;
    lane.rate_turn_at = kNow + 1s;
    lane.in_flight = calls;
    return lane;
}

class WaitingOf : public testing::TestWithParam<Case> {};

TEST_P(WaitingOf, NamesWhatHoldsADeliveryBack) {
    const Case& row = GetParam();
    DeliveryTrace delivery;
    delivery.is_owed = true;
    delivery.is_held = row.is_held;
    delivery.due_at = row.due_at;
    delivery.attempts_made = row.attempts_made;
    Rule rule;
    rule.targets.emplace_back();
    BoundTarget target(1, std::make_shared<const Rule>(std::move(rule)), 0, TargetState());
    target.state.kind = row.state;
    const auto waiting = waiting_of(delivery, &target, &row.lane, kNow);
    EXPECT_EQ(waiting ? waiting->reason : "", row.reason);
    EXPECT_FALSE(waiting_of(delivery, nullptr, nullptr, kNow)) << "a removed target";
    delivery.is_owed = false;
    EXPECT_FALSE(waiting_of(delivery, &target, &row.lane, kNow)) << "it is over";
}

using Kind = TargetState::Kind;

INSTANTIATE_TEST_SUITE_P(
    Cases,
    WaitingOf,
    testing::Values(
        Case{"next in line", ""},
        Case{"being sent", "", true},
        Case{"backing off", "", false, kNow + 5s, 1},
        Case{"behind another one of its key", "ORDER", false, kNeverDue},
        Case{"… of a paused target", "ORDER", false, kNeverDue, 0, Kind::paused},
        Case{"paused", "PAUSED", false, kNow - 10s, 0, Kind::paused},
        Case{"paused while it backs off", "PAUSED", false, kNow + 5s, 1, Kind::paused},
        Case{"disabled", "", false, kNow - 10s, 0, Kind::disabled},
        Case{"down", "TARGET_DOWN", true, kNow - 10s, 0, Kind::active, down()},
        Case{"down, and not due yet", "", false, kNow + 5s, 1, Kind::active, down()},
        Case{
            "in the batch that is filling",
            "BATCH",
            true,
            kNow - 10s,
            0,
            Kind::active,
            filling_since(kNow - 10s)},
        Case{
            "in a batch before that",
            "",
            true,
            kNow - 10s,
            0,
            Kind::active,
            filling_since(kNow - 5s)},
        Case{
            "a batch that has failed",
            "",
            true,
            kNow - 10s,
            1,
            Kind::active,
            filling_since(kNow - 10s)},
        Case{"the rate is used up", "RATE", true, kNow - 10s, 0, Kind::active, slowed(0)},
        Case{"… in the journal", "RATE", false, kNow - 10s, 0, Kind::active, slowed(1)},
        Case{"… perhaps by this one", "", true, kNow - 10s, 0, Kind::active, slowed(1)}));

}  // namespace
}  // namespace eventbus::ingress
