#include "pattern_reader.hpp"

#include <gtest/gtest.h>

namespace eventbus::matching {
namespace {

// Reads tokens to the first error, the text of each string too, and shows the error without the
// source in it.
std::string first_error(std::string_view text) {
    PatternReader reader(text);
    while (reader.next() != Token::end && !reader.failed()) {
        reader.text();
    }
    if (!reader.failed()) {
        return "(none)";
    }
    std::string message = reader.error().message();
    for (std::size_t source = message.find("[Source: "); source != std::string::npos;
         source = message.find("[Source: ", source + 1)) {
        const std::size_t line = message.find("line: ", source);
        message.erase(source + 1, line - source - 1);
    }
    return message;
}

struct Malformed {
    const char* text;
    const char* error;
};

class PatternReaderErrors : public testing::TestWithParam<Malformed> {};

TEST_P(PatternReaderErrors, HaveTheServicesTextAndPlace) {
    EXPECT_EQ(first_error(GetParam().text), GetParam().error) << GetParam().text;
}

// As recorded from Jackson 2.14, the parser behind the service.
INSTANTIATE_TEST_SUITE_P(
    Structure,
    PatternReaderErrors,
    testing::Values(
        Malformed{
            R"({"a":[1)",
            "Unexpected end-of-input: expected close marker for Array (start marker at [line: 1, "
            "column: 6])\n at [line: 1, column: 8]"},
        Malformed{
            R"({"a":[1})",
            "Unexpected close marker '}': expected ']' (for Array starting at [line: 1, column: "
            "6])\n at [line: 1, column: 9]"},
        Malformed{
            "]",
            "Unexpected close marker ']': expected '}' (for root starting at [line: 1, column: "
            "0])\n at [line: 1, column: 2]"},
        Malformed{
            R"({"a" 1})",
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name "
            "and value\n at [line: 1, column: 7]"},
        Malformed{
            R"({"a":)",
            "Unexpected end-of-input within/between Object entries\n at [line: 1, column: 6]"},
        Malformed{
            "{\"a\":[1,\r\n2,\r",
            "Unexpected end-of-input within/between Array entries\n at [line: 3, column: 1]"},
        Malformed{
            "{\n // x\n}",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized "
            "as one since Feature 'ALLOW_COMMENTS' not enabled for parser)\n at [line: 2, column: "
            "3]"},
        Malformed{
            "{\v}",
            "Illegal character ((CTRL-CHAR, code 11)): only regular white space (\\r, \\n, \\t) is "
            "allowed between tokens\n at [line: 1, column: 3]"},
        Malformed{
            "\xEF\xBB\xBF{}",
            "Unexpected character ('\xEF\xBB\xBF' (code 65279 / 0xfeff)): expected a valid value "
            "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [line: "
            "1, column: 2]"}));

INSTANTIATE_TEST_SUITE_P(
    Values,
    PatternReaderErrors,
    testing::Values(
        Malformed{
            R"({"a":tru})",
            "Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token "
            "'null', 'true' or 'false')\n at [line: 1, column: 9]"},
        Malformed{
            R"(["😀", nulls])",
            "Unrecognized token 'nulls': was expecting (JSON String, Number, Array, Object or "
            "token 'null', 'true' or 'false')\n at [line: 1, column: 13]"},
        Malformed{
            "[Infinity]",
            "Non-standard token 'Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to "
            "allow\n at [line: 1, column: 10]"},
        Malformed{
            "[-Infinity]",
            "Non-standard token '-Infinity': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to "
            "allow\n at [line: 1, column: 11]"},
        Malformed{
            "[-]",
            "Unexpected character (']' (code 93)) in numeric value: expected digit (0-9) to follow "
            "minus sign, for valid numeric value\n at [line: 1, column: 4]"},
        Malformed{
            "[12.x]",
            "Unexpected character ('x' (code 120)) in numeric value: Decimal point not followed by "
            "a digit\n at [line: 1, column: 5]"},
        Malformed{
            "[11e+]",
            "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not "
            "followed by a digit\n at [line: 1, column: 5]"},
        Malformed{
            "1e",
            "Unexpected end-of-inputexpected a digit for number exponent\n at [line: 1, column: "
            "3]"},
        Malformed{
            "1{",
            "Unexpected character ('{' (code 123)): Expected space separating root-level values\n "
            "at [line: 1, column: 3]"},
        Malformed{
            R"(["\u12g4"])",
            "Unexpected character ('g' (code 103)): expected a hex-digit for character escape "
            "sequence\n at [line: 1, column: 8]"},
        Malformed{
            R"(["\)",
            "Unexpected end-of-input in character escape sequence\n at [line: 1, column: 4]"},
        Malformed{
            "{\"a\nb\":1}",
            "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash "
            "to be included in name\n at [line: 1, column: 5]"},
        Malformed{R"({"ab)", "Unexpected end-of-input in field name\n at [line: 1, column: 5]"}));

TEST(PatternReader, CountsAStringOnlyWhenItsTextIsAskedFor) {
    const std::string text = R"(["abc"])";
    const auto column_after = [&text](bool ask) {
        PatternReader reader(text);
        reader.next();
        reader.next();
        if (ask) {
            EXPECT_EQ(reader.text(), "abc");
        }
        reader.fail("x");
        const std::string message = reader.error().message();
        return message.substr(message.rfind("column: "));
    };
    EXPECT_EQ(column_after(false), "column: 3]");
    EXPECT_EQ(column_after(true), "column: 7]");
}

TEST(PatternReader, KeepsTheFirstError) {
    PatternReader reader("[x");
    EXPECT_EQ(reader.next(), Token::start_array);
    EXPECT_EQ(reader.next(), Token::failed);
    const std::string first = reader.error().message();
    reader.fail("another");
    EXPECT_EQ(reader.next(), Token::failed);
    EXPECT_EQ(reader.error().message(), first);
}

TEST(PatternReader, ShowsFiveHundredUnitsOfALongSourceAndEscapesControls) {
    const std::string text = "[\t\r\n\x7F" + std::string(600, ' ');
    PatternReader reader(text);
    reader.next();
    reader.next();
    const std::string message = reader.error().message();
    EXPECT_NE(
        message.find("\"[\\u0009\r\n\\u007F" + std::string(495, ' ') + "\"[truncated 105 chars];"),
        std::string::npos)
        << message;
}

TEST(PatternReader, PointsAtThePlace) {
    PatternReader reader(R"({"a/b~":[1,{"x":!}]})");
    while (reader.next() != Token::failed) {
    }
    EXPECT_EQ(reader.error().where(), "/a~1b~0/1/x");
}

TEST(PatternReader, RefusesHalfASurrogatePair) {
    for (const char* text : {R"(["\ud83d"])", R"(["\ude00\ud83d"])", R"({"\ud83dx":1})"}) {
        EXPECT_EQ(first_error(text).substr(0, 34), "A string holds half of a surrogate") << text;
    }
}

TEST(PatternReader, StopsAtTheDepthLimit) {
    EXPECT_EQ(first_error(std::string(1000, '[') + std::string(1000, ']')), "(none)");
    const std::string error = first_error(std::string(100'000, '['));
    EXPECT_EQ(
        error.substr(0, 70),
        "Document nesting depth (1001) exceeds the maximum allowed (1000, from ");
}

}  // namespace
}  // namespace eventbus::matching
