#include "eventbus/core/rule.hpp"

#include "eventbus/core/event_bus.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

TEST(RuleDocument, BringsEverythingBackAsItWas) {
    Rule rule;
    rule.name = "r";
    rule.arn = "arn:aws:events:us-east-1:000000000000:rule/central/r";
    rule.bus_name = "central";
    rule.bus_arn = "arn:aws:events:us-east-1:000000000000:event-bus/central";
    rule.event_pattern = "{ \"source\" : [\"a\"] }";
    rule.state = RuleState::disabled;
    rule.description = "d";
    rule.created_by = "000000000000";
    rule.tags = {{"k", "v"}};
    rule.targets.push_back(
        target_from_json(nlohmann::ordered_json::parse(
                             R"({"Id":"1","Arn":"file:x","SqsParameters":{"MessageGroupId":"g"}})"))
            .value());

    const auto back = rule_from_document(to_document(rule)).value();

    EXPECT_EQ(to_document(back), to_document(rule));
    EXPECT_EQ(back.event_pattern, rule.event_pattern);
    EXPECT_EQ(back.state, RuleState::disabled);
    ASSERT_EQ(back.targets.size(), 1U);
    EXPECT_EQ(back.targets[0].document, rule.targets[0].document);
}

TEST(RuleDocument, ADamagedOneIsAnErrorAndNotACrash) {
    for (const auto* text : {"", "{}", "[]", R"({"Name":1})", R"({"Name":"a","Arn":"b"})"}) {
        EXPECT_FALSE(rule_from_document(text)) << text;
        EXPECT_FALSE(event_bus_from_document(text)) << text;
    }
}

TEST(EventBusDocument, BringsEverythingBackAsItWas) {
    EventBus bus;
    bus.name = "central";
    bus.arn = "arn:aws:events:us-east-1:000000000000:event-bus/central";
    bus.dead_letter_config_json = R"({"Arn":"arn:aws:sqs:us-east-1:000000000000:q"})";
    bus.created_at = WallTime(Millis(1));
    bus.modified_at = WallTime(Millis(2));
    bus.tags = {{"team", "data"}};

    const auto back = event_bus_from_document(to_document(bus)).value();

    EXPECT_EQ(to_document(back), to_document(bus));
    EXPECT_EQ(back.created_at, bus.created_at);
    EXPECT_EQ(back.dead_letter_config_json, bus.dead_letter_config_json);
}

TEST(RuleState, IsSpelledAsTheServiceSpellsIt) {
    for (const auto* text :
         {"ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}) {
        ASSERT_TRUE(rule_state_from(text)) << text;
        EXPECT_EQ(to_string(*rule_state_from(text)), text);
    }
    EXPECT_FALSE(rule_state_from("enabled"));
}

}  // namespace
}  // namespace eventbus
