#include "json_scan.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace eventbus::json_scan {
namespace {

TEST(JsonScan, TellsJsonFromWhatIsNot) {
    const char* valid[] = {
        "{}",
        "[]",
        " [ ] ",
        "0",
        "-0",
        "1.5e+10",
        "1E5",
        "\"\"",
        R"("\u00e9\n\/")",
        "true",
        "false",
        "null",
        R"({"a":{"b":[1,{"c":[]},{}]},"d":"e"})",
        "[[],[[]],{}]",
        "[1,2,3]",
        "123456789012345678901234567890",
        "1e400",
        "\t{\r\n}\n"};
    for (const char* text : valid) {
        EXPECT_TRUE(is_json(text)) << text;
    }
    const char* invalid[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "-",
        "- 1",
        "tru",
        "True",
        "nul",
        "NaN",
        "Infinity",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"\x01\"",
        "\"\n\"",
        "'a'",
        "1 1",
        "{} {}",
        "[1]]",
        "{\"a\":1}}",
        "[1",
        "{\"a\":1",
        "[\"a\"",
        "// x\n1",
        "\xEF\xBB\xBF{}",
        "truefalse",
        "\"a\"\"b\"",
        "[1:2]",
        "{\"a\",1}",
        "{\"a\"::1}"};
    for (const char* text : invalid) {
        EXPECT_FALSE(is_json(text)) << text;
    }
}

TEST(JsonScan, AgreesWithAnotherParserOnDamagedDocuments) {
    constexpr std::string_view kBytes = "{}[]\",:-+.0123456789eE \\/tfn\n\t\x01\x7f";
    const std::string sample =
        R"({"a": [1, -2.5, true, null], "b\\n": {"c": "x\"y", "d": []}, "e": false})";
    std::mt19937 random(7);
    for (int round = 0; round < 10'000; ++round) {
        std::string text = sample;
        for (auto left = random() % 3 + 1; left > 0; --left) {
            const auto at = random() % text.size();
            const char byte = kBytes[random() % kBytes.size()];
            switch (random() % 3) {
                case 0:
                    text[at] = byte;
                    break;
                case 1:
                    text.insert(at, 1, byte);
                    break;
                default:
                    text.erase(at, 1);
            }
        }
        ASSERT_EQ(is_json(text), nlohmann::json::accept(text)) << text;
    }
}

TEST(JsonScan, BoundsTheDepthWithoutRecursion) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(is_json(nested(1000), 1000));
    EXPECT_FALSE(is_json(nested(1001), 1000));
    EXPECT_FALSE(is_json(nested(1'000'000)));
    EXPECT_EQ(value_end(nested(1'000'000), 0), 2'000'000U);
}

TEST(JsonScan, UnescapesWhatJsonEscapes) {
    EXPECT_EQ(unescape(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
    EXPECT_EQ(unescape(R"("\u0041\u00e9\u20ac\ud83d\ude00")"), "Aé€😀");
    EXPECT_EQ(unescape(R"("\ud800x\udc00")"), "\uFFFDx\uFFFD");
    EXPECT_EQ(unescape(R"("\u12")"), "\uFFFD");
}

TEST(JsonScan, CompactsOutsideStringsOnly) {
    std::string compact;
    append_compact(compact, R"({ "a b" : [ 1 ,"x \" y" ] })");
    EXPECT_EQ(compact, R"({"a b":[1,"x \" y"]})");
    std::string unquoted;
    append_unquoted(unquoted, R"({ "a b" : [ 1 ,"x \" y" ] })");
    EXPECT_EQ(unquoted, R"({a b:[1,x \" y]})");
}

}  // namespace
}  // namespace eventbus::json_scan
