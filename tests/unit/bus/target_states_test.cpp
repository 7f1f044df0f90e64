#include "bus_daemon.hpp"

#include <gtest/gtest.h>

namespace eventbus::test {
namespace {

using Kind = TargetState::Kind;

class TargetStates : public ::testing::Test {
protected:
    TargetStates() {
        put_rule();
        put_target();
    }

    void put_rule() {
        PutRuleRequest request;
        request.rule = ref_;
        request.event_pattern = kAnyOrder;
        ASSERT_EQ(outcome(daemon_.wait(daemon_.catalog().put_rule(std::move(request)))), "ok");
    }

    void put_target() {
        std::vector<Target> targets{make_target("t")};
        ASSERT_EQ(
            outcome(daemon_.wait(daemon_.catalog().put_targets(ref_, std::move(targets)))),
            "ok");
    }

    std::string set(Kind kind, const std::string& target = "t") {
        TargetStateChange change;
        change.rule_arn = rule_arn(daemon_.home, "default", "orders");
        change.target_id = target;
        change.kind = kind;
        change.reason = "because";
        const auto changed = daemon_.wait(daemon_.catalog().set_target_state(std::move(change)));
        return changed ? (*changed ? "changed" : "so already") : outcome(changed);
    }

    TargetState state() {
        const auto snapshot = daemon_.catalog().snapshot();
        const auto& rules = snapshot->find_bus(bus_arn("default"))->rules;
        const auto bound = rules.find("orders")->targets.front();
        EXPECT_EQ(snapshot->targets.find(bound->lane)->second, bound);
        return bound->state;
    }

    BusDaemon daemon_;
    const RuleRef ref_{{daemon_.home, ""}, "orders"};
};

TEST_F(TargetStates, AreKeptAcrossARestart) {
    EXPECT_EQ(state().kind, Kind::active);
    EXPECT_EQ(set(Kind::paused), "changed");
    EXPECT_EQ(set(Kind::paused), "so already");
    daemon_.restart();
    EXPECT_EQ(state().kind, Kind::paused);
    daemon_.clock().advance(std::chrono::minutes{5});
    EXPECT_EQ(set(Kind::active), "changed");
    daemon_.restart();
    EXPECT_EQ(state().kind, Kind::active);
    EXPECT_EQ(state().pauses.size(), 1U) << "the pause is remembered";
}

TEST_F(TargetStates, OfARuleHoldForAllItsTargets) {
    EXPECT_EQ(set(Kind::paused, ""), "changed");
    EXPECT_EQ(state().kind, Kind::paused);
    put_target();
    EXPECT_EQ(state().kind, Kind::paused) << "a pause outlives a change of the target";
}

TEST_F(TargetStates, PuttingATargetAnewEnablesIt) {
    EXPECT_EQ(set(Kind::disabled), "changed");
    EXPECT_EQ(state().reason, "because");
    put_target();
    EXPECT_EQ(state().kind, Kind::active);
    daemon_.restart();
    EXPECT_EQ(state().kind, Kind::active);
}

TEST_F(TargetStates, EndWithTheTarget) {
    EXPECT_EQ(set(Kind::paused), "changed");
    ASSERT_EQ(outcome(daemon_.wait(daemon_.catalog().remove_targets(ref_, {"t"}, false))), "ok");
    put_target();
    EXPECT_EQ(state().kind, Kind::active);
}

TEST_F(TargetStates, AreRefusedForWhatDoesNotExist) {
    EXPECT_EQ(
        set(Kind::paused, "x"),
        "ResourceNotFoundException: Rule orders on EventBus default has no target x.");
}

}  // namespace
}  // namespace eventbus::test
