#include "eventbus/bus/catalog.hpp"

#include "bus_daemon.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using test::BusDaemon;
using test::outcome;

using test::bus_arn;
using test::ids_of;
using test::kAnyOrder;

TEST(EventBuses, AreMadeAndDescribedAndListed) {
    BusDaemon daemon;
    EventBus wanted;
    wanted.name = "orders";
    wanted.description = "all orders";
    wanted.tags = {{"team", "a"}};
    const auto made =
        daemon.wait(daemon.catalog().create_event_bus(daemon.home, std::move(wanted)));
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->arn, bus_arn("orders"));
    EXPECT_EQ(made->created_at, daemon.clock().now());

    const auto by_arn = daemon.catalog().describe_event_bus({daemon.home, bus_arn("orders")});
    ASSERT_TRUE(by_arn.has_value());
    EXPECT_EQ(by_arn->description, "all orders");
    EXPECT_EQ(daemon.create_bus("billing"), "ok");

    const auto list = [&](const Page& page) {
        std::string names;
        for (const auto& bus : daemon.catalog().list_event_buses(daemon.home, page)) {
            names += bus.name + " ";
        }
        return names;
    };
    EXPECT_EQ(list({}), "billing default orders ");
    EXPECT_EQ(list({"o", "", 100}), "orders ");
    EXPECT_EQ(list({"", "billing", 1}), "default ");
    EXPECT_EQ(list({"", "orders", 100}), "");
}

TEST(EventBuses, AreRefusedInTheServicesWords) {
    CatalogOptions options;
    options.limits.event_buses = 2;
    BusDaemon daemon(options);
    EXPECT_EQ(
        daemon.create_bus("default"),
        "ResourceAlreadyExistsException: Event bus default already exists.");
    EXPECT_EQ(
        daemon.create_bus("a/b"),
        "ValidationException: Event bus name must not contain '/'.");
    EventBus bus;
    bus.name = "x";
    bus.dead_letter_config_json = R"({"Arn":"arn:aws:sns:us-east-1:000000000000:t"})";
    EXPECT_EQ(
        outcome(daemon.wait(daemon.catalog().create_event_bus(daemon.home, std::move(bus)))),
        "ValidationException: sns is not supported as a dead letter resource");
    EXPECT_EQ(daemon.create_bus("orders"), "ok");
    EXPECT_EQ(
        daemon.create_bus("orders"),
        "ResourceAlreadyExistsException: Event bus orders already exists.");
    EXPECT_EQ(
        daemon.create_bus("one-more"),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
    EXPECT_EQ(
        outcome(daemon.catalog().describe_event_bus({daemon.home, "nope"})),
        "ResourceNotFoundException: Event bus nope does not exist.");
}

TEST(EventBuses, AreDeletedWithTheirRulesAndAsOftenAsOneLikes) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    daemon.put_rule("r", kAnyOrder, "orders");
    daemon.put_targets("r", {"t"}, "orders");
    const auto drop = [&](const std::string& name) {
        return outcome(daemon.wait(daemon.catalog().delete_event_bus(daemon.home, name)));
    };
    EXPECT_EQ(drop("orders"), "ok");
    EXPECT_EQ(drop("orders"), "ok");
    EXPECT_EQ(drop("never-was"), "ok");
    EXPECT_EQ(drop("default"), "ValidationException: Cannot delete event bus default.");
    daemon.restart();
    daemon.create_bus("orders");
    const auto rules = daemon.catalog().list_rules({daemon.home, "orders"}, {});
    EXPECT_TRUE(rules.value().empty());
}

TEST(EventBuses, CalledDefaultExistInEveryNamespace) {
    BusDaemon daemon;
    const Namespace other{"123456789012", "eu-west-2"};
    EXPECT_EQ(
        daemon.catalog().describe_event_bus({other, ""}).value().arn,
        "arn:aws:events:eu-west-2:123456789012:event-bus/default");
    EXPECT_EQ(daemon.catalog().list_event_buses(other, {}).size(), 1u);
    EXPECT_TRUE(daemon.catalog().list_rules({other, ""}, {}).value().empty());

    PutRuleRequest request;
    request.rule = {{other, ""}, "r"};
    request.event_pattern = kAnyOrder;
    const auto arn = daemon.wait(daemon.catalog().put_rule(std::move(request)));
    EXPECT_EQ(arn.value(), "arn:aws:events:eu-west-2:123456789012:rule/r");
    daemon.restart();
    EXPECT_EQ(
        daemon.catalog().describe_rule({{other, ""}, "r"}).value()->created_by,
        "123456789012");
    EXPECT_EQ(daemon.catalog().list_event_buses(other, {}).size(), 1u);
    EXPECT_EQ(daemon.catalog().list_rules({daemon.home, ""}, {}).value().size(), 0u);
}

TEST(ResourceTags, LiveAndDieWithTheirResource) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    daemon.put_rule("r", kAnyOrder, "orders");
    auto& catalog = daemon.catalog();
    const std::string rule_arn = "arn:aws:events:us-east-1:000000000000:rule/orders/r";
    for (const auto& arn : {bus_arn("orders"), bus_arn("default"), rule_arn}) {
        EXPECT_EQ(
            outcome(daemon.wait(catalog.tag_resource(arn, Tags{{"a", "1"}, {"b", "2"}}))),
            "ok");
        std::vector<std::string> keys{"a", "unknown"};
        EXPECT_EQ(outcome(daemon.wait(catalog.untag_resource(arn, keys))), "ok");
        EXPECT_EQ(catalog.tags_of(arn).value(), (Tags{{"b", "2"}}));
    }
    daemon.restart();
    EXPECT_EQ(daemon.catalog().tags_of(rule_arn).value(), (Tags{{"b", "2"}}));
    EXPECT_EQ(daemon.catalog().tags_of(bus_arn("default")).value(), (Tags{{"b", "2"}}));
    daemon.wait(daemon.catalog().delete_event_bus(daemon.home, "orders")).value();
    EXPECT_EQ(
        outcome(daemon.catalog().tags_of(rule_arn)),
        "ResourceNotFoundException: Event bus orders does not exist.");
    EXPECT_EQ(
        outcome(daemon.catalog().tags_of("arn:aws:events:us-east-1:000000000000:rule/r")),
        "ResourceNotFoundException: Rule r does not exist on EventBus default.");
    EXPECT_EQ(
        outcome(daemon.catalog().tags_of("nonsense")),
        "ValidationException: Parameter ARN is not valid. Reason: Provided Arn is not in correct "
        "format.");
}

TEST(Catalog, ComesBackAsItWasAfterARestart) {
    BusDaemon daemon;
    daemon.create_bus("orders");
    daemon.put_rule("r", kAnyOrder, "orders");
    daemon.put_rule("off", kAnyOrder, "orders");
    daemon.put_targets("r", {"a", "b"}, "orders");
    daemon.wait(daemon.catalog().set_rule_state(daemon.ref("off", "orders"), RuleState::disabled))
        .value();
    const auto created = daemon.catalog().describe_event_bus({daemon.home, ""}).value().created_at;
    daemon.clock().advance(Millis{60'000});
    daemon.restart();
    EXPECT_EQ(ids_of(*daemon.rule("r", "orders")), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(daemon.rule("off", "orders")->state, RuleState::disabled);
    const auto snapshot = daemon.catalog().snapshot();
    EXPECT_EQ(snapshot->find_bus(bus_arn("orders"))->index->rule_count(), 1u);
    EXPECT_EQ(daemon.catalog().describe_event_bus({daemon.home, ""}).value().created_at, created);
}

TEST(Catalog, DoesChangesOneAfterTheOther) {
    BusDaemon daemon;
    daemon.put_rule("r", kAnyOrder);
    constexpr int kChanges = 100;
    std::vector<std::future<Result<void>>> targets;
    std::vector<std::future<Result<std::string>>> rules;
    for (int i = 0; i < kChanges; ++i) {
        std::vector<Target> one{test::make_target("t" + std::to_string(i))};
        targets.push_back(
            daemon.io().start(daemon.catalog().put_targets(daemon.ref("r"), std::move(one))));
        PutRuleRequest request;
        request.rule = daemon.ref("r");
        request.event_pattern = kAnyOrder;
        request.description = std::to_string(i);
        rules.push_back(daemon.io().start(daemon.catalog().put_rule(std::move(request))));
    }
    for (auto& change : targets) {
        EXPECT_EQ(outcome(change.get()), "ok");
    }
    for (auto& change : rules) {
        EXPECT_EQ(outcome(change.get()), "ok");
    }
    EXPECT_EQ(daemon.rule("r")->targets.size(), static_cast<std::size_t>(kChanges));
}

TEST(Catalog, HoldsManyRulesThatComeAndGoOneByOne) {
    BusDaemon daemon;
    constexpr int kRules = 100;
    const auto name_of = [](int i) { return "rule-" + std::to_string(i); };
    for (int i = 0; i < kRules; ++i) {
        const auto pattern = R"({"detail":{"n":[)" + std::to_string(i) + "]}}";
        ASSERT_EQ(daemon.put_rule(name_of(i), pattern), "ok");
        ASSERT_EQ(daemon.put_targets(name_of(i), {"a", "b", "c"}), "ok");
    }
    std::vector<std::string> ids{"a", "b", "c"};
    for (int i = 0; i < kRules; i += 2) {
        const auto ref = daemon.ref(name_of(i));
        daemon.wait(daemon.catalog().remove_targets(ref, ids, false)).value();
        daemon.wait(daemon.catalog().delete_rule(ref, false)).value();
    }
    ASSERT_EQ(daemon.put_rule("again", R"({"detail":{"n":[0]}})"), "ok");
    const auto matched_names = [&](int n) {
        const auto snapshot = daemon.catalog().snapshot();
        const auto* bus = snapshot->find_bus(bus_arn("default"));
        MatchScratch scratch;
        std::vector<RuleId> matched;
        const auto event = R"({"detail":{"n":)" + std::to_string(n) + "}}";
        EXPECT_TRUE(bus->index->match(event, scratch, matched).has_value());
        std::string names;
        for (const auto id : matched) {
            names += bus->by_id.find(id)->rule->name + " ";
        }
        return names;
    };
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(matched_names(0), "again ");
        EXPECT_EQ(matched_names(1), "rule-1 ");
        EXPECT_EQ(matched_names(2), "");
        EXPECT_EQ(matched_names(99), "rule-99 ");
        daemon.restart();
    }
}

}  // namespace
}  // namespace eventbus
