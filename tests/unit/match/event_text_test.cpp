#include "match_check.hpp"

#include <vector>

// Events come from outside: their text is checked completely, also where no rule looks.

namespace eventbus {
namespace {

using match_check::matches_text;

std::string error_of(std::string_view event) {
    static const EventPatternPtr pattern = *compile_event_pattern(R"({"a":{"b":["x"]},"c":[1]})");
    const auto matched = matches(*pattern, event);
    if (matched) {
        return "(accepted)";
    }
    EXPECT_EQ(matched.error().kind(), Errc::malformed);
    return matched.error().message();
}

TEST(EventText, IsStrictJson) {
    for (const char* event :
         {"",
          " ",
          "{",
          "}",
          "[]",
          "1",
          "\"x\"",
          "null",
          "{}}",
          "{} x",
          "{}{}",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{,}",
          "{\"a\":[1,]}",
          "{\"a\":[,1]}",
          "{\"a\":[1 2]}",
          "{\"a\" 1}",
          "{a:1}",
          "{'a':1}",
          "{\"a\":01}",
          "{\"a\":-}",
          "{\"a\":1.}",
          "{\"a\":.5}",
          "{\"a\":1e}",
          "{\"a\":+1}",
          "{\"a\":NaN}",
          "{\"a\":tru}",
          "{\"a\":truex}",
          "{\"a\":nul",
          "{\"a\":\"x}",
          "{\"a\":\"\\x\"}",
          "{\"a\":\"\\u12G4\"}",
          "{\"a\":\"\t\"}",
          "{\"a\":\"\\\"}",
          "{\"a\":1]",
          "{\"a\":[1}",
          "{/**/}",
          "\xEF\xBB\xBF{}",
          "{\"a\":1\v}"}) {
        EXPECT_NE(error_of(event), "(accepted)") << event;
    }
    for (const char* event :
         {"{}",
          " \n\t\r{} ",
          "{\"a\":-0.0e-0}",
          "{\"a\":[[],{},null]}",
          "{\"\":{\"\":\"\"}}",
          "{\"a\":123456789012345678901234567890}",
          "{\"a\":1e999999}",
          "{\"\\u0000\":\"\\u0000\"}"}) {
        EXPECT_EQ(error_of(event), "(accepted)") << event;
    }
}

TEST(EventText, IsUtf8WithWholeSurrogatePairs) {
    for (const char* bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xF4\x90\x80\x80"}) {
        EXPECT_EQ(error_of("{\"z\":\"" + std::string(bytes) + "\"}"), "Event is not valid UTF-8");
    }
    for (const char* escape :
         {"\\ud800", "\\udc00\\ud800", "\\ud800\\u0041", "\\ud800x", "\\ud800\\ud800"}) {
        EXPECT_NE(error_of("{\"z\":\"" + std::string(escape) + "\"}"), "(accepted)") << escape;
        EXPECT_NE(error_of("{\"" + std::string(escape) + "\":1}"), "(accepted)") << escape;
    }
}

TEST(EventText, ErrorsSayWhere) {
    EXPECT_EQ(
        error_of("{\"a\":\n  [1,\n 2 x]}"),
        "Event is not valid JSON: expected ',' or ']' at line 3, column 4");
    EXPECT_EQ(error_of("[1]"), "Event is not valid JSON: expected an object at line 1, column 1");
}

TEST(EventText, MayNestAThousandLevelsAndNoMore) {
    const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
        std::string text = "{\"a\":";
        for (std::size_t i = 1; i < depth; ++i) {
            text += open;
        }
        text += "1";
        for (std::size_t i = 1; i < depth; ++i) {
            text += close;
        }
        return text + "}";
    };
    EXPECT_EQ(error_of(nested(1000, "[", "]")), "(accepted)");
    EXPECT_EQ(error_of(nested(1000, "{\"b\":", "}")), "(accepted)");
    EXPECT_NE(error_of(nested(1001, "[", "]")), "(accepted)");
    EXPECT_NE(error_of(nested(1001, "{\"b\":", "}")), "(accepted)");
    EXPECT_NE(error_of(nested(100'000, "[", "]")), "(accepted)");
    EXPECT_NE(error_of("{\"a\":" + std::string(700'000, '[')), "(accepted)");
}

TEST(EventText, FindsLeavesThroughEscapesAndLongStrings) {
    EXPECT_TRUE(matches_text(
        R"({"a":{"b":["x\ty\"\\/😀"]}})",
        R"({"\u0061":{"b":"\u0078\u0009y\"\\\/\uD83D\uDE00"}})"));
    for (std::size_t length = 0; length < 40; ++length) {
        const std::string text(length, 'x');
        EXPECT_TRUE(matches_text("{\"a\":[\"" + text + "é\"]}", "{\"a\":\"" + text + "é\"}"))
            << length;
        EXPECT_FALSE(matches_text("{\"a\":[\"" + text + "é\"]}", "{\"a\":\"" + text + "e\"}"))
            << length;
        EXPECT_NE(error_of("{\"a\":\"" + text + "\x1F" + "\"}"), "(accepted)") << length;
    }
}

TEST(EventText, WithAHundredThousandKeysIsReadInOneGo) {
    std::string event = "{\"a\":{";
    for (int i = 0; i < 100'000; ++i) {
        event += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    }
    event += "\"b\":\"x\"},\"c\":1}";
    EXPECT_TRUE(matches_text(R"({"a":{"b":["x"]},"c":[1]})", event));
    EXPECT_TRUE(matches_text(R"({"a":{"k99999":[99999]}})", event));
}

TEST(EventText, ShowsAllValuesOfARepeatedKey) {
    EXPECT_TRUE(matches_text(R"({"a":[1]})", R"({"a":1,"a":2})"));
    EXPECT_TRUE(matches_text(R"({"a":[2]})", R"({"a":1,"a":2})"));
}

}  // namespace
}  // namespace eventbus
