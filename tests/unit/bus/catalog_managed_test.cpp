#include "eventbus/bus/catalog.hpp"

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using test::BusDaemon;
using test::kAnyOrder;
using test::outcome;

EventBus file_bus(const std::string& name) {
    EventBus bus;
    bus.name = name;
    bus.managed_by = "config:rules/a.yaml";
    return bus;
}

Rule file_rule(const std::string& name, const std::string& bus, std::vector<Target> targets = {}) {
    Rule rule;
    rule.name = name;
    rule.bus_name = bus;
    rule.event_pattern = kAnyOrder;
    rule.managed_by = "config:rules/a.yaml";
    rule.targets = std::move(targets);
    return rule;
}

std::string set_managed(BusDaemon& daemon, std::vector<EventBus> buses, std::vector<Rule> rules) {
    ManagedCatalog wanted;
    wanted.buses = std::move(buses);
    wanted.rules = std::move(rules);
    return daemon.set_managed(std::move(wanted));
}

TEST(ManagedResources, ReplaceThoseOfEarlierFilesAndAreNotStored) {
    BusDaemon daemon;
    std::vector<Target> targets{test::make_target("t")};
    EXPECT_EQ(
        set_managed(
            daemon,
            {file_bus("orders"), file_bus("old")},
            {file_rule("kept", "orders", targets),
             file_rule("gone", "orders"),
             file_rule("gone", "old"),
             file_rule("d", "default")}),
        "ok");
    const auto lane_of_kept = [&] {
        const auto snapshot = daemon.catalog().snapshot();
        const auto* bus =
            snapshot->find_bus("arn:aws:events:us-east-1:000000000000:event-bus/orders");
        return bus->rules.find("kept")->targets.at(0)->lane;
    };
    const auto lane = lane_of_kept();
    EXPECT_EQ(daemon.catalog().list_rules({daemon.home, "orders"}, {}).value().size(), 2u);

    EXPECT_EQ(
        set_managed(daemon, {file_bus("orders")}, {file_rule("kept", "orders", targets)}),
        "ok");
    EXPECT_EQ(daemon.catalog().list_rules({daemon.home, "orders"}, {}).value().size(), 1u);
    EXPECT_TRUE(daemon.catalog().list_rules({daemon.home, ""}, {}).value().empty());
    EXPECT_FALSE(daemon.catalog().describe_event_bus({daemon.home, "old"}).has_value());

    daemon.restart();
    EXPECT_FALSE(daemon.catalog().describe_event_bus({daemon.home, "orders"}).has_value());
    EXPECT_EQ(
        set_managed(daemon, {file_bus("orders")}, {file_rule("kept", "orders", targets)}),
        "ok");
    EXPECT_EQ(lane_of_kept(), lane);  // what it owed before is still its own
}

TEST(ManagedResources, RefuseEveryChange) {
    BusDaemon daemon;
    set_managed(daemon, {file_bus("orders")}, {file_rule("r", "orders")});
    const std::string rule_refused =
        "ManagedRuleException: Rule r on EventBus orders comes from the file rules/a.yaml and is "
        "changed only there.";
    const std::string bus_refused =
        "ManagedRuleException: Event bus orders comes from the file rules/a.yaml and is changed "
        "only there.";
    auto& catalog = daemon.catalog();
    const auto ref = daemon.ref("r", "orders");
    EXPECT_EQ(daemon.put_rule("r", kAnyOrder, "orders"), rule_refused);
    EXPECT_EQ(daemon.put_targets("r", {"t"}, "orders"), rule_refused);
    EXPECT_EQ(outcome(daemon.wait(catalog.delete_rule(ref, true))), rule_refused);
    EXPECT_EQ(outcome(daemon.wait(catalog.set_rule_state(ref, RuleState::disabled))), rule_refused);
    EXPECT_EQ(
        outcome(daemon.wait(catalog.tag_resource(
            "arn:aws:events:us-east-1:000000000000:rule/orders/r",
            Tags{{"k", "v"}}))),
        rule_refused);
    EXPECT_EQ(outcome(daemon.wait(catalog.delete_event_bus(daemon.home, "orders"))), bus_refused);
    EXPECT_EQ(
        outcome(daemon.wait(catalog.tag_resource(
            "arn:aws:events:us-east-1:000000000000:event-bus/orders",
            Tags{{"k", "v"}}))),
        bus_refused);
    EXPECT_EQ(
        daemon.create_bus("orders"),
        "ResourceAlreadyExistsException: Event bus orders already exists.");
}

TEST(ManagedResources, MayNotTakeANameThatTheApiHasTaken) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    daemon.put_rule("r", kAnyOrder, "orders");
    EXPECT_EQ(
        set_managed(daemon, {file_bus("orders")}, {}),
        "/Name: Event bus orders of the file rules/a.yaml already exists: it was created through "
        "the API; delete it there, or take it out of the file.");
    EXPECT_EQ(
        set_managed(daemon, {}, {file_rule("r", "orders")}),
        "/Name: Rule r on EventBus orders of the file rules/a.yaml already exists: it was created "
        "through the API; delete it there, or take it out of the file.");
    EXPECT_EQ(
        set_managed(daemon, {}, {file_rule("x", "orders"), file_rule("x", "orders")}),
        "/Name: Rule x on EventBus orders of the file rules/a.yaml already exists: it was defined "
        "in rules/a.yaml.");
    EXPECT_EQ(
        set_managed(daemon, {}, {file_rule("x", "nope")}),
        "/EventBusName: Event bus nope does not exist. Define it in a file as well, or create it "
        "first.");
    EXPECT_EQ(daemon.catalog().list_rules({daemon.home, "orders"}, {}).value().size(), 1u);
    EXPECT_EQ(set_managed(daemon, {}, {file_rule("x", "orders")}), "ok");
}

TEST(ManagedResources, AddToTheDefaultBusWhenTheyNameIt) {
    BusDaemon daemon;
    daemon
        .wait(daemon.catalog().tag_resource(
            "arn:aws:events:us-east-1:000000000000:event-bus/default",
            Tags{{"mine", "1"}}))
        .value();
    auto bus = file_bus("default");
    bus.description = "the first one";
    bus.tags = {{"file", "2"}};
    std::vector<EventBus> buses{bus};
    EXPECT_EQ(set_managed(daemon, buses, {}), "ok");
    const auto shown = daemon.catalog().describe_event_bus({daemon.home, ""}).value();
    EXPECT_EQ(shown.description, "the first one");
    EXPECT_EQ(shown.tags, (Tags{{"file", "2"}, {"mine", "1"}}));
    EXPECT_EQ(set_managed(daemon, {}, {}), "ok");
    EXPECT_EQ(
        daemon.catalog().describe_event_bus({daemon.home, ""}).value().tags,
        (Tags{{"mine", "1"}}));
}

TEST(ManagedResources, LeaveRulesOfTheApiWaitingWhenTheirBusGoes) {
    BusDaemon daemon;
    set_managed(daemon, {file_bus("orders")}, {});
    EXPECT_EQ(daemon.put_rule("api", kAnyOrder, "orders"), "ok");
    EXPECT_EQ(daemon.put_targets("api", {"t"}, "orders"), "ok");
    EXPECT_EQ(set_managed(daemon, {}, {}), "ok");
    EXPECT_EQ(
        daemon.put_rule("api", kAnyOrder, "orders"),
        "ResourceNotFoundException: Event bus orders does not exist.");
    daemon.restart();
    EXPECT_FALSE(daemon.catalog().describe_rule(daemon.ref("api", "orders")).has_value());
    EXPECT_EQ(set_managed(daemon, {file_bus("orders")}, {}), "ok");
    const auto rule = daemon.catalog().describe_rule(daemon.ref("api", "orders"));
    ASSERT_TRUE(rule.has_value());
    EXPECT_EQ((*rule)->targets.size(), 1u);
}

}  // namespace
}  // namespace eventbus
