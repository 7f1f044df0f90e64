#include "eventbus/match/event_pattern.hpp"
#include "eventbus/match/rule_index.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

// The cases of tests/data, whose labels come from the service where it has spoken and from its
// open-source library elsewhere. Topics `quirk/…` are deliberately different here;
// pattern_quirks_test.cpp holds what is promised for them.

namespace eventbus {
namespace {

std::vector<nlohmann::json> read_cases(const std::string& file) {
    std::ifstream in(EVENTBUS_TEST_DATA "/" + file);
    std::vector<nlohmann::json> cases;
    for (std::string line; std::getline(in, line);) {
        cases.push_back(nlohmann::json::parse(line));
    }
    return cases;
}

std::string text_or_empty(const nlohmann::json& value) {
    return value.is_null() ? std::string() : value.get<std::string>();
}

void check_error(const nlohmann::json& c, const Result<EventPatternPtr>& compiled) {
    ASSERT_FALSE(compiled.has_value()) << "accepted: " << c["note"];
    const std::string message = compiled.error().message();
    EXPECT_EQ(compiled.error().code(), "InvalidEventPatternException");
    EXPECT_EQ(message.substr(0, message.find('\n')), text_or_empty(c["error"]));
    if (!c["error_full"].is_null()) {
        EXPECT_EQ(message, c["error_full"].get<std::string>());
    }
}

Result<bool> match_one(const RuleIndex& index, const std::string& event) {
    static MatchScratch scratch;  // reused across all cases, as a matching thread does
    std::vector<RuleId> matched;
    if (auto done = index.match(event, scratch, matched); !done) {
        return done.error();
    }
    std::vector<RuleId> trusted;
    EXPECT_TRUE(index.match_trusted(event, scratch, trusted).has_value());
    EXPECT_EQ(trusted, matched);
    return !matched.empty();
}

void check_match(
    const nlohmann::json& c,
    const EventPatternPtr& pattern,
    RuleIndexBuilder& builder) {
    builder.put(0, pattern);
    const RuleIndexPtr index = builder.snapshot();
    const Result<bool> matched = match_one(*index, c["event"].get<std::string>());
    if (c["match"].is_null()) {
        ASSERT_FALSE(matched.has_value());
        EXPECT_EQ(matched.error().kind(), Errc::malformed);
    } else {
        ASSERT_TRUE(matched.has_value()) << matched.error().message();
        EXPECT_EQ(*matched, c["match"].get<bool>()) << c["note"];
    }
}

void check_case(const nlohmann::json& c) {
    SCOPED_TRACE(
        c["id"].get<std::string>() + " " + c["topic"].get<std::string>() + "\npattern " +
        c["pattern"].get<std::string>() + "\nevent " + c["event"].get<std::string>());
    const auto compiled = compile_event_pattern(c["pattern"].get<std::string>());
    if (!c["valid"].get<bool>()) {
        check_error(c, compiled);
        return;
    }
    ASSERT_TRUE(compiled.has_value()) << compiled.error().message();
    for (const auto make : {make_plain_rule_index_builder, make_rule_index_builder}) {
        check_match(c, *compiled, *make());
    }
}

TEST(PatternCases, AllAgree) {
    const auto cases = read_cases("pattern_cases.jsonl");
    ASSERT_GT(cases.size(), 1500u);
    for (const auto& c : cases) {
        if (!c["topic"].get<std::string>().starts_with("quirk/")) {
            check_case(c);
        }
    }
}

struct RuleSet {
    std::vector<std::string> names;
    std::vector<EventPatternPtr> patterns;
};

RuleSet compile_rules(const nlohmann::json& rules) {
    RuleSet out;
    for (const auto& [name, pattern] : rules.items()) {
        const auto compiled = compile_event_pattern(pattern.get<std::string>());
        if (!compiled) {
            ADD_FAILURE() << name << ": " << compiled.error().message();
            continue;
        }
        out.names.push_back(name);
        out.patterns.push_back(*compiled);
    }
    return out;
}

using Names = std::vector<std::string>;

Names match_together(const RuleIndex& index, const RuleSet& rules, const std::string& event) {
    static MatchScratch scratch;  // reused across all sets, as a matching thread does
    std::vector<RuleId> matched;
    const auto done = index.match(event, scratch, matched);
    EXPECT_TRUE(done.has_value());
    EXPECT_TRUE(std::is_sorted(matched.begin(), matched.end()));
    Names names;
    for (const RuleId id : matched) {
        names.push_back(rules.names[id]);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Names match_each_alone(const RuleSet& rules, const std::string& event) {
    Names names;
    for (std::size_t i = 0; i < rules.patterns.size(); ++i) {
        const auto matched = matches(*rules.patterns[i], event);
        EXPECT_TRUE(matched.has_value());
        if (matched && *matched) {
            names.push_back(rules.names[i]);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

RuleIndexPtr index_of(const RuleSet& rules, RuleIndexBuilder& builder) {
    for (std::size_t i = 0; i < rules.patterns.size(); ++i) {
        builder.put(static_cast<RuleId>(i), rules.patterns[i]);
    }
    RuleIndexPtr index = builder.snapshot();
    EXPECT_EQ(index->rule_count(), rules.patterns.size());
    return index;
}

TEST(RuleSetCases, EachRuleAloneAndAllTogetherAgree) {
    const auto cases = read_cases("multirule_cases.jsonl");
    ASSERT_EQ(cases.size(), 60u);
    for (const auto& c : cases) {
        const RuleSet rules = compile_rules(c["rules"]);
        const RuleIndexPtr plain = index_of(rules, *make_plain_rule_index_builder());
        const RuleIndexPtr fast = index_of(rules, *make_rule_index_builder());
        for (const auto& event : c["events"]) {
            SCOPED_TRACE(c["id"].get<std::string>() + " " + event["event"].get<std::string>());
            const auto text = event["event"].get<std::string>();
            const auto expected = event["matches"].get<Names>();
            EXPECT_EQ(match_together(*plain, rules, text), expected);
            EXPECT_EQ(match_together(*fast, rules, text), expected);
            EXPECT_EQ(match_each_alone(rules, text), expected);
        }
    }
}

}  // namespace
}  // namespace eventbus
