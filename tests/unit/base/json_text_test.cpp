#include "eventbus/base/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

namespace eventbus {
namespace {

using namespace std::string_view_literals;

TEST(JsonString, EscapesOnlyWhatJsonDemands) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"a\"b\\c/d", R"("a\"b\\c/d")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {"\0\x01\x1f"sv, R"("\u0000\u0001\u001f")"},
        {"\x7f", "\"\x7f\""},
        {"\xc3\xa4 \xf0\x9f\x98\x80", "\"\xc3\xa4 \xf0\x9f\x98\x80\""},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(json_string(text), expected);
    }
}

TEST(JsonString, FindsEveryByteToEscapeAtEveryOffset) {
    for (int byte = 0; byte < 0x80; ++byte) {
        for (std::size_t offset = 0; offset < 20; ++offset) {
            std::string text(20, '~');
            text[offset] = static_cast<char>(byte);
            EXPECT_EQ(json_string(text), nlohmann::json(text).dump()) << byte << " at " << offset;
        }
    }
}

TEST(Utf8, IsValidOnlyInItsShortestFormWithoutSurrogates) {
    const std::pair<std::string_view, bool> cases[] = {
        {"", true},
        {"only ASCII, longer than a word", true},
        {"\xc2\x80 \xdf\xbf", true},
        {"\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf", true},
        {"\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", true},
        {"\x80", false},
        {"1234567\x80", false},
        {"12345678\xff", false},
        {"\xc0\xaf", false},
        {"\xc1\xbf", false},
        {"\xc2", false},
        {"\xc2 ", false},
        {"\xe0\x9f\xbf", false},
        {"\xed\xa0\x80", false},
        {"\xe2\x82", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\xf0\x9f\x98", false},
    };
    for (const auto& [text, valid] : cases) {
        EXPECT_EQ(is_valid_utf8(text), valid) << nlohmann::json::binary({text.begin(), text.end()});
    }
}

TEST(Utf8, NamesTheFirstWrongByte) {
    EXPECT_EQ(valid_utf8_prefix("a\xc3\xa4 plain text\xff"), 14U);
    EXPECT_EQ(valid_utf8_prefix("ok"), 2U);
    EXPECT_EQ(valid_utf8_prefix("cut \xe2\x82"), 4U);
}

TEST(JsonDepth, CountsBracketsOutsideStringsOnly) {
    EXPECT_TRUE(json_depth_within("", 0));
    EXPECT_TRUE(json_depth_within("1", 0));
    EXPECT_FALSE(json_depth_within("[]", 0));
    EXPECT_TRUE(json_depth_within(R"([{"a":[]},[[]],{}])", 3));
    EXPECT_FALSE(json_depth_within(R"([{"a":[[]]}])", 3));
    EXPECT_TRUE(json_depth_within(R"(["[[[[\"[[[[", "{{{{\\"])", 1));
    EXPECT_TRUE(json_depth_within("]]]][", 1));
    EXPECT_TRUE(json_depth_within("[\"[[[ never closed", 1));
    EXPECT_TRUE(json_depth_within("[\"ends with \\", 1));
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, AcceptsTheDeepestDocumentThatIsAllowed) {
    const auto deepest = parse_json(nested(kJsonDepthMax));
    ASSERT_TRUE(deepest);
    EXPECT_EQ(deepest->dump(), nested(kJsonDepthMax));
    const auto deeper = parse_json(nested(kJsonDepthMax + 1));
    ASSERT_FALSE(deeper);
    EXPECT_EQ(deeper.error().message(), "the document nests deeper than 1000 levels");
    EXPECT_FALSE(parse_json(std::string(5'000'000, '[')));
}

TEST(ParseJson, ReadsEveryKindOfValue) {
    const auto text = R"({"a":[null,true,false,-1,18446744073709551615,1.5,"x\u00e4"],"b":{}})";
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, nlohmann::json::parse(text));
    EXPECT_TRUE((*parsed)["a"][4].is_number_unsigned());
    EXPECT_TRUE(parse_json("7"));
}

TEST(ParseJson, KeepsTheOrderOfKeysIfAsked) {
    const auto parsed = parse_json_ordered(R"({"z":1,"a":{"y":2,"b":3},"m":[]})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->dump(), R"({"z":1,"a":{"y":2,"b":3},"m":[]})");
}

TEST(ParseJson, LetsTheLastOfEqualKeysWinIfAsked) {
    const auto text = R"({"a":1,"b":2,"a":{"c":3},"a":[4]})";
    EXPECT_EQ(parse_json(text, DuplicateKeys::last_wins).value().dump(), R"({"a":[4],"b":2})");
    EXPECT_EQ(
        parse_json_ordered(text, DuplicateKeys::last_wins).value().dump(),
        R"({"a":[4],"b":2})");
}

TEST(ParseJson, KnowsWhereItsValuesStandForTypeErrors) {
    const auto parsed = parse_json(R"({"rules":[{"name":1}]})");
    ASSERT_TRUE(parsed);
    try {
        (void)parsed->at("rules").at(0).at("name").get<std::string>();
        FAIL() << "a number was read as a string";
    } catch (const nlohmann::json::type_error& e) {
        EXPECT_NE(std::string_view(e.what()).find("/rules/0/name"), std::string_view::npos);
    }
}

TEST(ParseJson, FillsAWideOrderedObjectInReasonableTime) {
    std::string text = "{";
    for (int i = 0; i < 100'000; ++i) {
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
    }
    text += "}";
    const auto parsed = parse_json_ordered(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->size(), 100'000U);
}

struct BadJson {
    std::string_view text;
    std::string_view message;
};

TEST(ParseJson, SaysWhatIsWrongAndWhereItStarts) {
    const BadJson cases[] = {
        {"", "line 1, column 1: the document is empty"},
        {" \n\n ", "line 3, column 2: the document is empty"},
        {"{\n  \"a\": 1,\n  \"b\": oops\n}", "line 3, column 8: invalid literal"},
        {"{\n  \"a\": nul\n}", "line 2, column 8: invalid literal"},
        {"[tru]", "line 1, column 2: invalid literal"},
        {"[1.]", "line 1, column 2: invalid number; expected digit after '.'"},
        {"[010]", "line 1, column 2: unexpected number literal; expected ']'"},
        {"[1,]", "line 1, column 4: unexpected ']'; expected '[', '{', or a literal"},
        {"{\"a\" 1}", "line 1, column 6: unexpected number literal; expected ':'"},
        {"{\"a\":1,}", "line 1, column 8: unexpected '}'; expected string literal"},
        {"{a:1}", "line 1, column 2: invalid literal; expected string literal"},
        {"{\"a\":1} {", "line 1, column 9: unexpected '{'; expected end of input"},
        {"[\"x\" \"yz\"]", "line 1, column 6: unexpected string literal; expected ']'"},
        {"[1,\n2", "line 2, column 2: unexpected end of input; expected ']'"},
        {"[1e400]", "line 1, column 2: number overflow parsing '1e400'"},
        {"{\"a\":1,\n \"b\":{\"a\":2},\n \"a\":3}", "line 3, column 2: the key \"a\" is repeated"},
        {"{\"a\":[{\"b\":\":\",\"b\":2}]}", "line 1, column 16: the key \"b\" is repeated"},
    };
    for (const auto& [text, message] : cases) {
        const auto parsed = parse_json(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().kind(), Errc::malformed);
        EXPECT_EQ(parsed.error().message(), message) << text;
        const auto ordered = parse_json_ordered(text);
        ASSERT_FALSE(ordered) << text;
        EXPECT_EQ(ordered.error().message(), message) << text;
    }
}

TEST(ParseJson, PointsAtTheWrongByteOfAString) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"[\"ab\xff\"]", "1:5"},
        {"[\"a\\qb\"]", "1:5"},
        {"[\"a\nb\"]", "1:4"},
        {"[\"\\ud800\"]", "1:2"},
        {"[\"open", "1:7"},
    };
    for (const auto& [text, where] : cases) {
        const auto parsed = parse_json(text);
        ASSERT_FALSE(parsed) << where;
        EXPECT_EQ(parsed.error().where(), where) << parsed.error().message();
        EXPECT_TRUE(is_valid_utf8(parsed.error().message())) << where;
    }
}

}  // namespace
}  // namespace eventbus
