#include "eventbus/bus/live_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace eventbus {
namespace {

LiveRulePtr make_rule(const std::string& name) {
    Rule rule;
    rule.name = name;
    auto live = std::make_shared<LiveRule>();
    live->rule = std::make_shared<const Rule>(std::move(rule));
    return live;
}

std::vector<LiveRulePtr> listed(const LiveRules& rules) {
    return {rules.begin(), rules.end()};
}

std::vector<LiveRulePtr> listed(const LiveRules::Changes& expected) {
    std::vector<LiveRulePtr> all;
    for (const auto& [name, rule] : expected) {
        all.push_back(rule);
    }
    return all;
}

// Numbers spread over the names, so that changes come before, between and behind what is there.
std::string random_name(std::mt19937& random) {
    return "rule-" + std::to_string(random() % 5000);
}

TEST(LiveRules, AreWhatAMapWouldBeAfterAnyChanges) {
    std::mt19937 random(3);
    LiveRules rules;
    LiveRules::Changes expected;
    for (int round = 0; round < 400; ++round) {
        LiveRules::Changes changes;
        // Mostly few changes, now and then many; phases of growth and of decay.
        for (std::size_t n = random() % 8 == 0 ? 1500 : random() % 4; n > 0; --n) {
            const auto name = random_name(random);
            const bool is_removed = random() % 100 < (round / 50 % 2 == 0 ? 20U : 80U);
            changes[name] = is_removed ? nullptr : make_rule(name);
        }
        rules.apply(changes);
        for (const auto& [name, rule] : changes) {
            if (rule) {
                expected[name] = rule;
            } else {
                expected.erase(name);
            }
        }
        ASSERT_EQ(rules.size(), expected.size());
        ASSERT_EQ(listed(rules), listed(expected)) << round;
        const auto name = random_name(random);
        const auto known = expected.find(name);
        ASSERT_EQ(rules.find(name), known == expected.end() ? nullptr : known->second);
        const auto lower = expected.lower_bound(name);
        ASSERT_EQ(
            std::distance(rules.lower_bound(name), rules.end()),
            std::distance(lower, expected.end()));
        const auto upper = expected.upper_bound(name);
        ASSERT_EQ(
            std::distance(rules.upper_bound(name), rules.end()),
            std::distance(upper, expected.end()));
    }
}

TEST(LiveRules, LeaveCopiesAsTheyWere) {
    LiveRules::Changes all;
    for (int i = 0; i < 3000; ++i) {
        const auto name = std::to_string(i);
        all[name] = make_rule(name);
    }
    LiveRules rules;
    rules.apply(all);
    const LiveRules before = rules;
    rules.apply({{"1500", nullptr}, {"2000", make_rule("2000")}, {"new", make_rule("new")}});
    EXPECT_EQ(listed(before), listed(all));
    EXPECT_EQ(rules.size(), 3000U);
    EXPECT_EQ(rules.find("1500"), nullptr);
    EXPECT_NE(rules.find("2000"), before.find("2000"));
}

TEST(RulesById, AreWhatTheLastChangeSaid) {
    RulesById rules;
    const auto first = make_rule("first");
    const auto second = make_rule("second");
    rules.apply({{7, first}, {100'000, second}});
    const RulesById before = rules;
    rules.apply({{7, nullptr}, {8, first}, {8, second}});
    EXPECT_EQ(before.find(7), first);
    EXPECT_EQ(rules.find(7), nullptr);
    EXPECT_EQ(rules.find(8), second);
    EXPECT_EQ(rules.find(100'000), second);
    EXPECT_EQ(rules.find(99'999), nullptr);
    EXPECT_EQ(rules.find(4'000'000), nullptr);
}

}  // namespace
}  // namespace eventbus
