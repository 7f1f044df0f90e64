#include "wildcard_complexity.hpp"

#include "match_check.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using matching::WildcardText;

bool is_too_complex(const std::vector<std::string>& texts) {
    std::vector<WildcardText> wildcards;
    for (const std::string& text : texts) {
        wildcards.push_back(*WildcardText::parse(text));
    }
    std::vector<const WildcardText*> pointers;
    for (const WildcardText& wildcard : wildcards) {
        pointers.push_back(&wildcard);
    }
    return matching::too_complex(pointers);
}

TEST(WildcardComplexity, DecidesAsTheServiceDid) {
    EXPECT_FALSE(is_too_complex({"*:*:*"}));
    EXPECT_FALSE(is_too_complex({"*/init/*"}));
    EXPECT_TRUE(is_too_complex({"*:*:*:*:*:event-bus/*"}));
    EXPECT_TRUE(is_too_complex({"*-*-*-*-*-*-end*"}));
    EXPECT_FALSE(is_too_complex({"*:stack/A/*", "*:stack/B/*", "*:stack/C/*"}));
    EXPECT_TRUE(is_too_complex({"*:stack/A/*", "*:stack/B/*", "*:stack/C/*", "*:stack/D/*"}));
}

TEST(WildcardComplexity, CountsPositionsNotStars) {
    // Stars behind distinct literals cost one each.
    EXPECT_FALSE(is_too_complex({"*a1*b2*c3*d4*e5*f6*g7*h8*"}));
    EXPECT_TRUE(is_too_complex({"*a1*b2*c3*d4*e5*f6*g7*h8*i9*j0*"}));
    // The service counts every wildcard of a field that the value may still turn out to match.
    std::vector<std::string> prefixes;
    for (int i = 0; i < 10; ++i) {
        prefixes.push_back(std::to_string(i) + "*");
    }
    EXPECT_FALSE(is_too_complex(prefixes));
    prefixes.push_back("x*");
    EXPECT_TRUE(is_too_complex(prefixes));
}

TEST(WildcardComplexity, DecidesQuicklyOnPatternsMadeToBeSlow) {
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) {
        std::string text = "*";
        for (int j = 0; j < 800; ++j) {
            text += static_cast<char>('a' + (j * (i + 3) + j / 7) % 2);
        }
        texts.push_back(text);
    }
    EXPECT_TRUE(is_too_complex(texts));
}

TEST(WildcardComplexity, AddsUpWithinAFieldAndNotAcrossFields) {
    constexpr char kOneField[] =
        R"({"a":[{"wildcard":"*:x/A/*"},{"anything-but":{"wildcard":["*:x/B/*","*:x/C/*"]}},
             {"wildcard":"*:x/D/*"}]})";
    EXPECT_EQ(match_check::compile_error(kOneField).substr(0, 19), "Rule is too complex");
    EXPECT_TRUE(compile_event_pattern(
        R"({"a":[{"wildcard":"*:x/A/*"},{"wildcard":"*:x/B/*"}],
            "b":[{"wildcard":"*:x/C/*"},{"wildcard":"*:x/D/*"}]})"));
    EXPECT_TRUE(compile_event_pattern(
        R"({"a":[{"wildcard":"*:x/A/*"},{"wildcard":"*:x/A/*"},{"wildcard":"*:x/A/*"},
            {"wildcard":"*:x/A/*"}]})"));
}

}  // namespace
}  // namespace eventbus
