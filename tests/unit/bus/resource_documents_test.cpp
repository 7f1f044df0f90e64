#include "eventbus/bus/resource_documents.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace eventbus {
namespace {

using Json = nlohmann::ordered_json;

CatalogOptions options() {
    CatalogOptions options;
    options.home = {"000000000000", "us-east-1"};
    options.limits.targets_per_rule = 2;
    options.check_target = [](const Target& target) -> Result<void> {
        if (target.arn == "nonsense") {
            return Error(Errc::invalid_argument, "not an ARN", "/Arn", "ValidationException");
        }
        return {};
    };
    return options;
}

// One "pointer: message" a line.
std::string listed(const std::vector<ResourceProblem>& problems) {
    std::string text;
    for (const auto& problem : problems) {
        text += problem.pointer + ": " + problem.message + "\n";
    }
    return text;
}

struct Case {
    std::string document;
    std::string problems;
};

TEST(RuleDocuments, AreRefusedWithThePlaceOfEachProblem) {
    const Case kCases[] = {
        {R"({"Name":"r","EventBusName":"default","EventPattern":"{\"source\":[\"a\"]}",
             "Targets":[{"Id":"t","Arn":"file:x"}]})",
         ""},
        {R"j({"Name":"r","ScheduleExpression":"rate(5 minutes)"})j", ""},
        {R"({"Name":"r r","EventPattern":"","State":"ON"})",
         "/Name: Value 'r r' failed to satisfy constraint: Member must satisfy regular expression "
         "pattern: [\\.\\-_A-Za-z0-9]+\n"
         "/State: Value 'ON' failed to satisfy constraint: Member must satisfy enum value set: "
         "[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]\n"},
        {R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}","Targets":[{"Id":"t"}]})",
         "/Targets/0/Arn: Value null failed to satisfy constraint: Member must not be null\n"},
        {R"({"Name":"r","Description":7})", "/Description: expected a string, found a number\n"},
        {R"({"Name":"r"})",
         ": Parameter(s) EventPattern or ScheduleExpression must be specified.\n"},
        {R"j({"Name":"r","EventBusName":"orders","ScheduleExpression":"rate(1 minute)"})j",
         "/ScheduleExpression: ScheduleExpression is supported only on the default event bus.\n"},
        {R"({"Name":"r","EventBusName":"arn:aws:events:eu-west-2:000000000000:event-bus/x",
             "EventPattern":"{\"source\":[\"a\"]}"})",
         "/EventBusName: expected a bus of account 000000000000 in region us-east-1, found "
         "arn:aws:events:eu-west-2:000000000000:event-bus/x\n"},
        {R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}","Targets":[
             {"Id":"a","Arn":"file:x"},{"Id":"a","Arn":"nonsense"},{"Id":"c","Arn":"file:x"}]})",
         "/Targets: expected at most 2 targets, found 3\n"
         "/Targets/1/Id: the rule has a target a already\n"
         "/Targets/1/Arn: not an ARN\n"},
    };
    for (const auto& test : kCases) {
        SCOPED_TRACE(test.document);
        EXPECT_EQ(listed(validate_rule(Json::parse(test.document), options())), test.problems);
    }
}

TEST(RuleDocuments, LeadIntoTheEventPattern) {
    const auto document =
        Json::parse(R"({"Name":"r","EventPattern":"{\"detail\":{\"a\":[{\"prefxi\":\"x\"}]}}"})");
    const auto problems = validate_rule(document, options());
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].pointer.find("/EventPattern/detail/a"), 0u) << problems[0].pointer;
    EXPECT_NE(problems[0].message.find("Event pattern is not valid. Reason: "), std::string::npos);
}

TEST(RuleDocuments, BecomeRules) {
    const auto document = Json::parse(
        R"({"Name":"r","EventBusName":"orders","EventPattern":"{\"source\":[\"a\"]}",
            "State":"DISABLED","Description":"d","Tags":[{"Key":"k","Value":"v"}],
            "Targets":[{"Id":"t","Arn":"file:x","Input":"{}"}]})");
    const auto rule = rule_from_api_json(document, options().home);
    ASSERT_TRUE(rule.has_value());
    EXPECT_EQ(rule->arn, "arn:aws:events:us-east-1:000000000000:rule/orders/r");
    EXPECT_EQ(rule->bus_name, "orders");
    EXPECT_EQ(rule->bus_arn, "arn:aws:events:us-east-1:000000000000:event-bus/orders");
    EXPECT_EQ(rule->state, RuleState::disabled);
    EXPECT_EQ(rule->tags, (Tags{{"k", "v"}}));
    ASSERT_EQ(rule->targets.size(), 1u);
    EXPECT_EQ(rule->targets[0].input, "{}");
    EXPECT_EQ(listed(validate_rule(*rule, options())), "");
    EXPECT_FALSE(rule_from_api_json(Json::parse(R"({"Name":5})"), options().home).has_value());
}

TEST(EventBusDocuments, AreCheckedAndRead) {
    const auto document = Json::parse(
        R"({"Name":"orders","Description":"d","Tags":[{"Key":"k","Value":"v"}],
            "DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q"}})");
    EXPECT_EQ(listed(validate_event_bus(document)), "");
    const auto bus = event_bus_from_api_json(document, options().home);
    ASSERT_TRUE(bus.has_value());
    EXPECT_EQ(bus->arn, "arn:aws:events:us-east-1:000000000000:event-bus/orders");
    EXPECT_EQ(bus->tags, (Tags{{"k", "v"}}));
    EXPECT_EQ(bus->dead_letter_config_json, R"({"Arn":"arn:aws:sqs:us-east-1:000000000000:q"})");
    EXPECT_EQ(listed(validate_event_bus(Json::parse(R"({"Name":"default"})"))), "");
    EXPECT_EQ(
        listed(validate_event_bus(Json::parse(
            R"({"Name":"a/b","DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:0:q.fifo"}})"))),
        "/Name: Event bus name must not contain '/'.\n"
        "/DeadLetterConfig/Arn: SQS FIFO is not supported by Dead Letter Queues\n");
}

}  // namespace
}  // namespace eventbus
