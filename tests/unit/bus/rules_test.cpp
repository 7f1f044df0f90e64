#include "eventbus/bus/catalog.hpp"

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventbus {
namespace {

using test::BusDaemon;
using test::outcome;

using test::bus_arn;
using test::ids_of;
using test::kAnyOrder;

TEST(Rules, AreReplacedByAnotherPutButForTargetsAndTags) {
    BusDaemon daemon;
    PutRuleRequest request;
    request.rule = daemon.ref("r");
    request.event_pattern = kAnyOrder;
    request.state = RuleState::disabled;
    request.description = "first";
    request.role_arn = "role";
    request.tags = {{"k", "v"}};
    EXPECT_EQ(daemon.put_rule(request), "ok");
    EXPECT_EQ(daemon.put_targets("r", {"t"}), "ok");

    request.event_pattern = R"({"source":["x"]})";
    request.state.reset();
    request.description.clear();
    request.role_arn.clear();
    request.tags = {{"other", "tag"}};
    EXPECT_EQ(daemon.put_rule(request), "ok");
    const auto now = daemon.rule("r");
    EXPECT_EQ(now->arn, "arn:aws:events:us-east-1:000000000000:rule/r");
    EXPECT_EQ(now->event_pattern, R"({"source":["x"]})");
    EXPECT_EQ(now->state, RuleState::enabled);
    EXPECT_EQ(now->description, "");
    EXPECT_EQ(now->role_arn, "");
    EXPECT_EQ(now->created_by, "000000000000");
    EXPECT_EQ(now->tags, (Tags{{"k", "v"}}));
    EXPECT_EQ(ids_of(*now), std::vector<std::string>{"t"});
}

TEST(Rules, OnOtherBusesHaveTheBusInTheirArn) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    EXPECT_EQ(daemon.put_rule("r", kAnyOrder, bus_arn("orders")), "ok");
    EXPECT_EQ(
        daemon.rule("r", "orders")->arn,
        "arn:aws:events:us-east-1:000000000000:rule/orders/r");
}

struct RefusedRule {
    std::string pattern;
    std::string schedule;
    std::string bus;
    std::string answer;
};

TEST(Rules, AreRefusedInTheServicesWords) {
    CatalogOptions options;
    options.limits.event_pattern_bytes = 100;
    options.limits.rules_per_bus = 1;
    BusDaemon daemon(options);
    daemon.create_bus("orders");
    const std::string nothing =
        "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.";
    const RefusedRule kRefused[] = {
        {"", "", "", nothing},
        {"{}", "", "", nothing},
        {" { } ", "", "", nothing},
        {"",
         "rate(1 minutes)",
         "",
         "ValidationException: Parameter ScheduleExpression is not valid."},
        {"",
         "rate(1 minute)",
         "orders",
         "ValidationException: ScheduleExpression is supported only on the default event bus."},
        {R"({"source":[")" + std::string(100, 'x') + R"("]})",
         "",
         "",
         "ValidationException: Parameter EventPattern for rule r exceeds limit of 100."},
        {kAnyOrder, "", "nope", "ResourceNotFoundException: Event bus nope does not exist."},
    };
    for (const auto& test : kRefused) {
        EXPECT_EQ(daemon.put_rule("r", test.pattern, test.bus, test.schedule), test.answer);
    }
    const auto bad_pattern = daemon.put_rule("r", R"({"source":[]})");
    EXPECT_EQ(
        bad_pattern.find(
            "InvalidEventPatternException: Event pattern is not valid. Reason: Empty arrays are "
            "not allowed"),
        0u)
        << bad_pattern;

    EXPECT_EQ(daemon.put_rule("r", kAnyOrder), "ok");
    EXPECT_EQ(daemon.put_rule("r", "{}", "", "rate(5 minutes)"), "ok");
    EXPECT_EQ(daemon.rule("r")->event_pattern, "");
    EXPECT_EQ(
        daemon.put_rule("r2", kAnyOrder),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
    EXPECT_EQ(daemon.put_rule("r2", kAnyOrder, "orders"), "ok");
}

TEST(Rules, ThatDoNotExistAreNamedWithTheirBus) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    const std::string missing =
        "ResourceNotFoundException: Rule r does not exist on EventBus orders.";
    const auto ref = daemon.ref("r", "orders");
    auto& catalog = daemon.catalog();
    EXPECT_EQ(outcome(catalog.describe_rule(ref)), missing);
    EXPECT_EQ(outcome(daemon.wait(catalog.set_rule_state(ref, RuleState::enabled))), missing);
    EXPECT_EQ(daemon.put_targets("r", {"t"}, "orders"), missing);
    std::vector<std::string> ids{"t"};
    EXPECT_EQ(outcome(daemon.wait(catalog.remove_targets(ref, ids, false))), missing);
    EXPECT_EQ(outcome(daemon.wait(catalog.delete_rule(ref, false))), "ok");
    EXPECT_EQ(
        outcome(daemon.wait(catalog.delete_rule(daemon.ref("r", "nope"), false))),
        "ResourceNotFoundException: Event bus nope does not exist.");
    EXPECT_EQ(
        outcome(catalog.describe_rule(daemon.ref("r"))),
        "ResourceNotFoundException: Rule r does not exist on EventBus default.");
}

TEST(Rules, AreDeletedOnlyWithoutTargets) {
    BusDaemon daemon;
    daemon.put_rule("r", kAnyOrder);
    daemon.put_targets("r", {"t"});
    auto& catalog = daemon.catalog();
    EXPECT_EQ(
        outcome(daemon.wait(catalog.delete_rule(daemon.ref("r"), true))),
        "ValidationException: Rule can't be deleted since it has targets.");
    std::vector<std::string> ids{"t", "unknown"};
    EXPECT_EQ(outcome(daemon.wait(catalog.remove_targets(daemon.ref("r"), ids, false))), "ok");
    EXPECT_EQ(outcome(daemon.wait(catalog.delete_rule(daemon.ref("r"), false))), "ok");
    EXPECT_FALSE(catalog.describe_rule(daemon.ref("r")).has_value());
    daemon.restart();
    EXPECT_FALSE(daemon.catalog().describe_rule(daemon.ref("r")).has_value());
}

TEST(Rules, AreListedByNameAPageAtATime) {
    BusDaemon daemon;
    for (const char* name : {"b2", "a1", "b1", "c1", "b3"}) {
        daemon.put_rule(name, kAnyOrder);
    }
    const auto list = [&](const Page& page) {
        std::string names;
        const auto rules = daemon.catalog().list_rules({daemon.home, ""}, page).value();
        for (const auto& found : rules) {
            names += found->name + " ";
        }
        return names;
    };
    EXPECT_EQ(list({}), "a1 b1 b2 b3 c1 ");
    EXPECT_EQ(list({"b", "", 100}), "b1 b2 b3 ");
    EXPECT_EQ(list({"b", "b1", 1}), "b2 ");
    EXPECT_EQ(list({"", "b1", 2}), "b2 b3 ");
    EXPECT_EQ(list({"b", "b3", 100}), "");
    EXPECT_EQ(
        outcome(daemon.catalog().list_rules({daemon.home, "nope"}, {})),
        "ResourceNotFoundException: Event bus nope does not exist.");
}

TEST(Targets, AreReplacedInPlaceAndKeepTheirLane) {
    CatalogOptions options;
    options.limits.targets_per_rule = 3;
    BusDaemon daemon(options);
    daemon.put_rule("r", kAnyOrder);
    EXPECT_EQ(daemon.put_targets("r", {"a", "b", "c"}), "ok");
    const auto before = daemon.catalog().snapshot();
    const auto lane = before->find_bus(bus_arn("default"))->rules.find("r")->targets.at(1)->lane;

    std::vector<Target> again{test::make_target("b", "file:other")};
    EXPECT_EQ(
        outcome(daemon.wait(daemon.catalog().put_targets(daemon.ref("r"), std::move(again)))),
        "ok");
    EXPECT_EQ(ids_of(*daemon.rule("r")), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(
        daemon.put_targets("r", {"d"}),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
    daemon.restart();
    const auto snapshot = daemon.catalog().snapshot();
    const auto found = snapshot->targets.find(lane);
    ASSERT_NE(found, snapshot->targets.end());
    EXPECT_EQ(found->second->target.id, "b");
    EXPECT_EQ(found->second->target.arn, "file:other");
    EXPECT_EQ(found->second->rule_arn, "arn:aws:events:us-east-1:000000000000:rule/r");
    EXPECT_EQ(found->second->bus_arn, bus_arn("default"));
}

TEST(Targets, AreRefusedTogetherWhenOneIsUnsound) {
    CatalogOptions options;
    options.check_target = [](const Target& target) -> Result<void> {
        if (target.id == "bad") {
            return Error(Errc::invalid_argument, "bad target", {}, "ValidationException");
        }
        return {};
    };
    BusDaemon daemon(options);
    daemon.put_rule("r", kAnyOrder);
    EXPECT_EQ(daemon.put_targets("r", {"good", "bad"}), "ValidationException: bad target");
    EXPECT_TRUE(daemon.rule("r")->targets.empty());
}

TEST(Targets, ThatAreRemovedHaveNoLaneAnyMore) {
    BusDaemon daemon;
    daemon.put_rule("r", kAnyOrder);
    daemon.put_targets("r", {"a", "b"});
    const auto before = daemon.catalog().snapshot();
    const auto& targets = before->find_bus(bus_arn("default"))->rules.find("r")->targets;
    std::vector<std::string> ids{"a"};
    EXPECT_EQ(
        outcome(daemon.wait(daemon.catalog().remove_targets(daemon.ref("r"), ids, false))),
        "ok");
    const auto now = daemon.catalog().snapshot();
    EXPECT_EQ(now->targets.find(targets[0]->lane), now->targets.end());
    EXPECT_NE(now->targets.find(targets[1]->lane), now->targets.end());
    // Whoever holds the snapshot from before still sees what it saw.
    EXPECT_NE(before->targets.find(targets[0]->lane), before->targets.end());
}

}  // namespace
}  // namespace eventbus
