#include "eventbus/config/yaml_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

YamlDocument yaml(std::string_view text) {
    auto document = YamlDocument::parse("t.yaml", text);
    if (!document) {
        throw std::runtime_error(document.error().to_string());
    }
    return *document;
}

YamlDocument json(std::string_view text) {
    auto document = YamlDocument::parse("t.json", text, DocumentSyntax::json);
    if (!document) {
        throw std::runtime_error(document.error().to_string());
    }
    return *document;
}

TEST(YamlDocument, TakesOnlyWhatJsonSpellsSoForNullBooleansAndNumbers) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"null", "null"},        {"true", "true"},
        {"false", "false"},      {"0", "0"},
        {"-17", "-17"},          {"1.5", "1.5"},
        {"1e3", "1000.0"},       {"yes", R"("yes")"},
        {"no", R"("no")"},       {"on", R"("on")"},
        {"True", R"("True")"},   {"010", R"("010")"},
        {"0x10", R"("0x10")"},   {"12:30:00", R"("12:30:00")"},
        {"+1", R"("+1")"},       {".5", R"(".5")"},
        {"1.", R"("1.")"},       {"1_000", R"("1_000")"},
        {".inf", R"(".inf")"},   {"2026-11-20", R"("2026-11-20")"},
        {"'1'", R"("1")"},       {"\"true\"", R"("true")"},
        {"'null'", R"("null")"}, {"1e400", R"("1e400")"},
    };
    for (const auto& [spelling, value] : cases) {
        EXPECT_EQ(
            to_json(yaml("- " + std::string(spelling)).root()).dump(),
            "[" + std::string(value) + "]");
    }
}

TEST(YamlDocument, KeepsTheSpellingOfNumbersInJsonText) {
    const std::string_view text =
        "a: [1.10, 300.0, 1e3, -0, 18446744073709551616, '1.10', 010]\nb: {c: null, d: true}\n";
    EXPECT_EQ(
        to_json_text(yaml(text).root()),
        R"({"a":[1.10,300.0,1e3,-0,18446744073709551616,"1.10","010"],"b":{"c":null,"d":true}})");
    EXPECT_EQ(
        to_json_text(json(R"( {"a": [ 1.10, 300.0 ] , "b":"\u00e4\n"} )").root()),
        "{\"a\":[1.10,300.0],\"b\":\"\xc3\xa4\\n\"}");
}

TEST(YamlDocument, KeepsTheOrderOfKeys) {
    EXPECT_EQ(to_json(yaml("z: 1\na: 2\nm: 3\n").root()).dump(), R"({"z":1,"a":2,"m":3})");
}

struct Placed {
    std::string_view pointer;
    Place place;
};

TEST(YamlDocument, KnowsWhereItsValuesStand) {
    const YamlDocument document = yaml(
        "# comment\n"
        "listen:\n"
        "  address: 127.0.0.1\n"
        "rules:\n"
        "  - name: 'x'\n"
        "    \xc3\xa4/b~: [1, 2]\n"
        "empty:\n");
    const Placed cases[] = {
        {"", {2, 1}},
        {"/listen/address", {3, 12}},
        {"/rules/0", {5, 5}},
        {"/rules/0/name", {5, 11}},
        {"/rules/0/\xc3\xa4~1b~0/1", {6, 16}},
        {"/empty", {7, 1}},
        {"/listen/missing/deep", {3, 3}},
        {"/rules/7", {5, 3}},
        {"/rules/x", {5, 3}},
    };
    for (const auto& [pointer, place] : cases) {
        EXPECT_EQ(document.place_of(pointer).line, place.line) << pointer;
        EXPECT_EQ(document.place_of(pointer).column, place.column) << pointer;
    }
    EXPECT_EQ(document.find("/rules/7"), nullptr);
    EXPECT_EQ(document.find("/rules/0/name")->text, "x");
    EXPECT_EQ(
        to_string(document.problem("/listen/address", "is wrong")),
        "t.yaml:3:12: /listen/address: is wrong");
}

TEST(YamlDocument, KnowsWhereTheValuesOfJsonStand) {
    const YamlDocument document =
        json("{\n\t\"a\": [true,\n\t\t{\"b\\\"\": \"\\ud83d\\ude00\\/\"}]\n}\n");
    EXPECT_EQ(document.find("/a/1/b\"")->text, "\xf0\x9f\x98\x80/");
    const Place place = document.place_of("/a/1/b\"");
    EXPECT_EQ(place.line, 3U);
    EXPECT_EQ(place.column, 11U);
    EXPECT_EQ(document.place_of("/a/0").column, 8U);
}

TEST(YamlDocument, AcceptsAByteOrderMarkAndCrlf) {
    EXPECT_EQ(
        to_json_text(yaml("\xef\xbb\xbf"
                          "a: 1\r\nb:\r\n  - x\r\n  - \"y\"\r\n")
                         .root()),
        R"({"a":1,"b":["x","y"]})");
    EXPECT_EQ(to_json_text(json("\xef\xbb\xbf{\r\n\"a\": 1}\r\n").root()), R"({"a":1})");
    EXPECT_EQ(yaml("a: |\r\n  one\r\n  two\r\n").find("/a")->text, "one\ntwo\n");
}

TEST(YamlDocument, IsNullIfThereIsNothingButComments) {
    for (const auto* text : {"", "\n", "# only a comment\n", "---\n", "\xef\xbb\xbf"}) {
        EXPECT_EQ(yaml(text).root().kind, YamlNode::Kind::null) << text;
    }
}

TEST(YamlDocument, TakesBlockAndFlowScalarsAsTexts) {
    const YamlDocument document = yaml(
        "a: |\n  {\"x\": <y>}\n  \tindented\nb: >-\n  folded\n  text\nc: it's # comment\nd: "
        "\"\\u00e4\\t\"\ne: 'it''s'\n");
    EXPECT_EQ(document.find("/a")->text, "{\"x\": <y>}\n\tindented\n");
    EXPECT_EQ(document.find("/b")->text, "folded text");
    EXPECT_EQ(document.find("/c")->text, "it's");
    EXPECT_EQ(document.find("/d")->text, "\xc3\xa4\t");
    EXPECT_EQ(document.find("/e")->text, "it's");
}

TEST(YamlDocument, ReadsAKeyNamedNull) {
    EXPECT_EQ(
        to_json_text(yaml("null: 1\n'true': 2\nfalse: 3\n5: 4\n").root()),
        R"({"null":1,"true":2,"false":3,"5":4})");
}

TEST(YamlDocument, DescribesWhatItFoundInFewWords) {
    const YamlDocument document =
        yaml("[no, '5', 5, true, , [], {}, " + std::string(500, 'x') + "]");
    const std::string_view expected[] =
        {R"("no")", R"("5")", "5", "true", "nothing", "a list", "an object"};
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        EXPECT_EQ(describe(document.root().items[i]), expected[i]);
    }
    EXPECT_LT(describe(document.root().items.back()).size(), 80U);
}

}  // namespace
}  // namespace eventbus
