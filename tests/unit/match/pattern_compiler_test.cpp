#include "match_check.hpp"

namespace eventbus {
namespace {

using match_check::compile_error;
using match_check::matches_text;

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

TEST(PatternCompiler, RefusesDeepNestingWithoutFallingOver) {
    EXPECT_EQ(
        compile_error(repeated("{\"\":", 1020)).substr(0, 29),
        "Document nesting depth (1001)");
    EXPECT_EQ(
        compile_error(repeated("{\"a\":", 800)),
        "Unexpected end-of-input within/between Object entries");
    EXPECT_TRUE(compile_event_pattern(repeated("{\"\":", 600) + "[1]" + repeated("}", 600)));
}

TEST(PatternCompiler, RefusesTooLongTextsByTheirSize) {
    const std::string at_limit = "{\"a\":[\"" + std::string(4096 - 11, 'x') + "\"]}";
    ASSERT_EQ(at_limit.size(), kEventPatternBytesMax - 1);
    EXPECT_TRUE(compile_event_pattern(at_limit + " "));
    const auto beyond = compile_event_pattern(at_limit + "  ");
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().kind(), Errc::limit_exceeded);
    EXPECT_FALSE(compile_event_pattern(std::string(100'000, '[')));
}

TEST(PatternCompiler, RefusesInvalidUtf8) {
    for (const char* bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82"}) {
        EXPECT_EQ(
            compile_error(std::string("{\"a\":[\"") + bytes + "\"]}"),
            "Event pattern is not valid UTF-8");
    }
}

TEST(PatternCompiler, SaysWhereTheErrorIs) {
    const auto compiled = compile_event_pattern(R"({"d":{"x/y":["a",{"prefxi":"b"}]}})");
    ASSERT_FALSE(compiled);
    EXPECT_EQ(compiled.error().where(), "/d/x~1y/1/prefxi");
    EXPECT_EQ(compiled.error().code(), "InvalidEventPatternException");
    EXPECT_EQ(
        compiled.error().message(),
        "Unrecognized match type prefxi\n at [Source: (String)\"{\"d\":{\"x/y\":[\"a\","
        "{\"prefxi\":\"b\"}]}}\"; line: 1, column: 29]");
}

TEST(PatternCompiler, AppliesOrInTheOrderOfTheFields) {
    // A field before the $or is replaced by what a branch says of it; one after it replaces the
    // branch's.
    constexpr char kBefore[] = R"({"a":[1],"$or":[{"a":[2]},{"b":[3]}]})";
    EXPECT_TRUE(matches_text(kBefore, R"({"a":2})"));
    EXPECT_TRUE(matches_text(kBefore, R"({"a":1,"b":3})"));
    EXPECT_FALSE(matches_text(kBefore, R"({"a":1})"));
    constexpr char kAfter[] = R"({"$or":[{"a":[2]},{"b":[3]}],"a":[1]})";
    EXPECT_TRUE(matches_text(kAfter, R"({"a":1})"));
    EXPECT_FALSE(matches_text(kAfter, R"({"a":2})"));
}

TEST(PatternCompiler, LimitsTheBranchesThatOrsMultiplyTo) {
    const auto three_ors = [](int last) {
        std::string out = "{";
        for (int i = 0; i < 3; ++i) {
            out += i == 0 ? "\"$or\":[" : ",\"$or\":[";
            const int branches = i == 2 ? last : 10;
            for (int b = 0; b < branches; ++b) {
                out += (b == 0 ? "{\"" : ",{\"") + std::string(1, static_cast<char>('a' + i)) +
                       std::to_string(b) + "\":[1]}";
            }
            out += "]";
        }
        return out + "}";
    };
    EXPECT_TRUE(compile_event_pattern(three_ors(10)));
    EXPECT_TRUE(matches_text(three_ors(10), R"({"a9":1,"b0":1,"c5":1})"));
    EXPECT_EQ(compile_error(three_ors(11)).substr(0, 23), "Rule is too complex - t");
    // What is wrong with the text is told first.
    EXPECT_EQ(compile_error(three_ors(11).substr(0, 300)).substr(0, 23), "Unexpected end-of-input");
}

TEST(PatternCompiler, LimitsTheBranchesBeforeTheyTakeMemory) {
    std::string text = "{";
    for (int i = 0; i < 140; ++i) {
        text += std::string(i == 0 ? "" : ",") + R"("$or":[{"a":[1]},{"b":[1]}])";
    }
    EXPECT_EQ(compile_error(text + "}").substr(0, 23), "Rule is too complex - t");
}

TEST(PatternCompiler, RefusesReservedNamesOnlyInsideOr) {
    EXPECT_TRUE(matches_text(
        R"({"numeric":["x"],"ip-address-not-in-range":["y"]})",
        R"({"numeric":"x","ip-address-not-in-range":"y"})"));
    EXPECT_EQ(
        compile_error(R"({"$or":[{"a":[1]},{"b":{"ip-address-not-in-range":[1]}}]})"),
        "ip-address-not-in-range is Ruler reserved fieldName which cannot be used inside $or.");
}

TEST(PatternCompiler, RefusesEmptyListsInsideAnythingBut) {
    for (const char* op : {"prefix", "suffix", "equals-ignore-case", "wildcard"}) {
        const auto text = std::string(R"({"a":[{"anything-but":{")") + op + R"(":[]}}]})";
        EXPECT_NE(compile_error(text), "(compiled)") << text;
    }
}

TEST(PatternCompiler, ReportsBrokenTextInsideAnythingButListsTwiceLikeTheService) {
    const auto compiled = compile_event_pattern(R"({"a":[{"anything-but":["x",!]}]})");
    ASSERT_FALSE(compiled);
    const std::string message = compiled.error().message();
    EXPECT_NE(message.find("\n at "), message.rfind("\n at "));
}

}  // namespace
}  // namespace eventbus
