#include "eventbus/core/arn.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

const Namespace kHome{"123456789012", "eu-west-2"};

TEST(Arn, BusesAndRulesAreSpelledAsTheServiceSpellsThem) {
    EXPECT_EQ(
        event_bus_arn(kHome, "central"),
        "arn:aws:events:eu-west-2:123456789012:event-bus/central");
    EXPECT_EQ(rule_arn(kHome, "default", "r1"), "arn:aws:events:eu-west-2:123456789012:rule/r1");
    EXPECT_EQ(
        rule_arn(kHome, "central", "r1"),
        "arn:aws:events:eu-west-2:123456789012:rule/central/r1");
}

TEST(Arn, KeepsColonsAndSlashesOfTheResource) {
    const auto arn = parse_arn("arn:aws:logs:eu-west-2:123456789012:log-group:/aws/events/x:*");
    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->service, "logs");
    EXPECT_EQ(arn->account, "123456789012");
    EXPECT_EQ(arn->resource, "log-group:/aws/events/x:*");
}

TEST(Arn, RefusesWhatIsNotOne) {
    for (const auto* text :
         {"",
          "arn",
          "arn:aws:events",
          "arn:aws:events:r:a:",
          "urn:aws:events:r:a:x",
          "arn::events:r:a:x",
          "arn:aws::r:a:x"}) {
        EXPECT_FALSE(parse_arn(text)) << text;
    }
}

TEST(Arn, ABusNameIsFoundOnlyInEventBusArns) {
    EXPECT_EQ(event_bus_name_of(event_bus_arn(kHome, "a/b")), "a/b");
    EXPECT_FALSE(event_bus_name_of(rule_arn(kHome, "a", "b")));
    EXPECT_FALSE(event_bus_name_of("arn:aws:events:eu-west-2:123456789012:event-bus/"));
    EXPECT_FALSE(event_bus_name_of("central"));
}

}  // namespace
}  // namespace eventbus
