#include "address.hpp"
#include "event_walker.hpp"
#include "match_check.hpp"
#include "number.hpp"
#include "unicode.hpp"
#include "wildcard.hpp"

#include <charconv>
#include <cmath>
#include <random>
#include <vector>

namespace eventbus {
namespace {

using match_check::matches_text;
using namespace matching;

TEST(Number, IsComparableIfItsShortestDoubleIsTheSameDecimal) {
    for (const char* text :
         {"0",
          "-0",
          "0.0",
          "0e999999999999999999999",
          "-0.0E-5",
          "1",
          "300",
          "3.0e2",
          "0.1",
          "123456789012345",
          "9007199254740992",
          "9007199254740994",
          "1e23",
          "5e-324",
          "1e308",
          "1.7976931348623157e308",
          "1.10",
          "100000000000000000000000",
          "0.000001e6"}) {
        EXPECT_TRUE(parse_number(text).comparable) << text;
    }
    for (const char* text :
         {"9007199254740993",
          "9223372036854775808",
          "1e400",
          "-1e400",
          "1e-400",
          "0.12345678901234567890",
          "1e999999999999999999999",
          "1e-999999999999999999999",
          "99999999999999991611392",
          "0.1000000000000000055511151231257827"}) {
        EXPECT_FALSE(parse_number(text).comparable) << text;
    }
}

TEST(Number, OfAMegabyteOfDigitsIsParsedQuickly) {
    const std::string zeros(1'000'000, '0');
    EXPECT_EQ(parse_number("0." + zeros + "1e1000001").value, 1);
    EXPECT_EQ(parse_number("1" + zeros + "e-1000000").value, 1);
    EXPECT_FALSE(parse_number(std::string(1'000'000, '7')).comparable);
}

TEST(Number, EqualsByValueOrElseByText) {
    EXPECT_TRUE(matches_text(R"({"n":[300]})", R"({"n":3.0e2})"));
    EXPECT_TRUE(matches_text(R"({"n":[-0]})", R"({"n":0.0})"));
    EXPECT_TRUE(matches_text(R"({"n":[9007199254740993]})", R"({"n":9007199254740993})"));
    EXPECT_FALSE(matches_text(R"({"n":[9007199254740993]})", R"({"n":9007199254740992})"));
    EXPECT_FALSE(matches_text(R"({"n":[9007199254740993]})", R"({"n":9007199254740993.0})"));
    EXPECT_FALSE(matches_text(R"({"n":[{"numeric":[">",0]}]})", R"({"n":9007199254740993})"));
    EXPECT_TRUE(matches_text(R"({"n":[{"anything-but":5}]})", R"({"n":9007199254740993})"));
    EXPECT_FALSE(matches_text(R"({"n":[{"anything-but":5}]})", R"({"n":5e0})"));
    EXPECT_FALSE(matches_text(R"({"n":[{"numeric":["<",0]}]})", R"({"n":-0.0})"));
    EXPECT_TRUE(matches_text(R"({"n":[{"numeric":[">=",0]}]})", R"({"n":-0.0})"));
}

TEST(AddressText, IsReadAsJavaReadsIt) {
    const auto parse = [](std::string_view text) {
        Address address;
        return parse_address(text, address);
    };
    for (const char* text :
         {"1.2.3.4",
          "010.000.000.001",
          "255.255.255.255",
          "::",
          "::1",
          "1::",
          "1:2:3:4:5:6:7:8",
          "2001:0DB8:0:0:0:0:0:1",
          "00001::",
          "fe80::a:b"}) {
        EXPECT_EQ(parse(text), AddressText::valid) << text;
    }
    for (const char* text :
         {"1.2.3.256",
          "0010.000.000.001",
          "1:::2",
          "1:2:3:4:5:6:7",
          "12:30:59",
          "1:2:3:4:5:6:7:8:9",
          "10000::",
          ":1",
          "1:",
          ":",
          ":::",
          "1::2::3",
          "1:2:3:4:5:6:7:8::",
          "abc:def"}) {
        EXPECT_EQ(parse(text), AddressText::invalid) << text;
    }
    for (const char* text :
         {"",
          "1.2.3",
          "1.2.3.4.5",
          "1..2.3",
          "1.2.3.",
          "1.2.3.4 ",
          "fe80::1%1",
          "::ffff:1.2.3.4",
          "host",
          "1.2.3.4/8",
          "g::1"}) {
        EXPECT_EQ(parse(text), AddressText::unlike) << text;
    }
}

TEST(AddressText, EqualsEverySpellingOfTheAddress) {
    Address a;
    Address b;
    ASSERT_EQ(parse_address("::ffff:a00:1", a), AddressText::valid);
    ASSERT_EQ(parse_address("10.0.0.1", b), AddressText::valid);
    EXPECT_EQ(a, b);
    EXPECT_TRUE(matches_text(R"({"ip":["2001:db8::1"]})", R"({"ip":"2001:0DB8:0:0:0:0:0:1"})"));
    EXPECT_FALSE(matches_text(R"({"ip":[{"exactly":"10.0.0.1"}]})", R"({"ip":"010.0.0.1"})"));
    EXPECT_FALSE(matches_text(R"({"ip":["12:30:59"]})", R"({"ip":"12:30:059"})"));
}

TEST(Cidr, ContainsItsBlockToTheLastAddress) {
    struct Row {
        const char* block;
        const char* address;
        bool inside;
    };

    for (const Row& row : std::vector<Row>{
             {"10.0.0.255/24", "10.0.0.0", true},
             {"10.0.0.0/24", "10.0.0.255", true},
             {"10.0.0.0/24", "10.0.1.0", false},
             {"10.0.0.0/24", "9.255.255.255", false},
             {"0.0.0.0/0", "255.255.255.255", true},
             {"10.0.0.2/31", "10.0.0.3", true},
             {"10.0.0.2/31", "10.0.0.4", false},
             {"10.0.0.0/+8", "10.9.9.9", true},
             {"10.0.0.0/08", "10.9.9.9", true},
             {"10.0.0.0/8//", "10.9.9.9", true},
             {"2001:db8::/33", "2001:db8:7fff::", true},
             {"2001:db8::/33", "2001:db8:8000::", false},
             {"::/127", "::1", true},
             {"10.0.0.0/8", "not an address", false}}) {
        const auto pattern = std::string(R"({"ip":[{"cidr":")") + row.block + R"("}]})";
        const auto event = std::string(R"({"ip":")") + row.address + R"("})";
        EXPECT_EQ(matches_text(pattern, event), row.inside) << pattern << event;
    }
}

TEST(Cidr, ReportsTheFirstThingThatIsWrong) {
    const auto error = [](const std::string& block) {
        return match_check::compile_error(R"({"ip":[{"cidr":")" + block + R"("}]})");
    };
    EXPECT_EQ(error("host/x"), "Malformed CIDR, mask bits must be an integer");
    EXPECT_EQ(error("host/-1"), "Malformed CIDR, mask bits must not be negative");
    EXPECT_EQ(error("10.0.0.0/4294967304"), "Malformed CIDR, mask bits must be an integer");
    EXPECT_EQ(error("10.0.0.0/+-8"), "Malformed CIDR, mask bits must be an integer");
    EXPECT_EQ(error("/8"), "Nonstandard IP address: ");
    EXPECT_EQ(error("//"), "Malformed CIDR, one '/' required");
    EXPECT_EQ(error("10.0.0.0//8"), "Malformed CIDR, one '/' required");
}

TEST(Wildcard, MatchesTheWholeValue) {
    struct Row {
        const char* wildcard;
        const char* value;
        bool matches;
    };

    for (const Row& row : std::vector<Row>{
             {"", "", true},
             {"", "x", false},
             {"*", "", true},
             {"a*a", "a", false},
             {"a*a", "aa", true},
             {"*ab*ab*", "ab", false},
             {"*ab*ab*", "abab", true},
             {"*ab*ab*", "xabyabz", true},
             {"a*b*c", "abcbc", true},
             {"a*b*c", "acb", false},
             {"*aab", "aaab", true},
             {"x*é*y", "xéy", true},
             {R"(a\*b)", "a*b", true},
             {R"(a\*b)", "axb", false},
             {R"(\**)", "*x", true},
             {R"(\\*)", R"(\)", true}}) {
        EXPECT_EQ(WildcardText::parse(row.wildcard)->matches(row.value), row.matches)
            << row.wildcard << " on " << row.value;
    }
}

TEST(Wildcard, IsLinearInTheValue) {
    const auto wildcard = *WildcardText::parse("*" + std::string(2000, 'a') + "b*");
    EXPECT_FALSE(wildcard.matches(std::string(1'000'000, 'a')));
}

TEST(Utf16Order, PutsAstralCharactersBelowThePrivateUseArea) {
    const std::string astral = "\U0001F600";
    const std::string private_use = "\uE000";
    EXPECT_LT(private_use, astral);
    EXPECT_TRUE(utf16_less(astral, private_use));
    EXPECT_FALSE(utf16_less(private_use, astral));
    EXPECT_TRUE(utf16_less("a", "a.b"));
    EXPECT_TRUE(utf16_less("a-b", "a.b"));
    EXPECT_TRUE(utf16_less("\uD7FF", astral));
}

// Ranges are decided by it where it is far enough from their bounds.
TEST(NearNumber, IsWithinItsSlackOfTheNumber) {
    std::mt19937_64 random(7);
    const auto digits = [&](std::size_t count) {
        std::string out;
        for (; count > 0; --count) {
            out.push_back(static_cast<char>('0' + random() % 10));
        }
        return out;
    };
    for (int i = 0; i < 200'000; ++i) {
        std::string text = random() % 2 == 0 ? "-" : "";
        text += random() % 4 == 0 ? "0" : std::to_string(1 + random() % 9) + digits(random() % 19);
        text += random() % 4 == 0 ? "" : "." + digits(1 + random() % 19);
        text += random() % 8 == 0 ? "e-" + std::to_string(random() % 20) : "";
        const std::string json = text + "," + std::string(40, ' ');
        const NumberEnd found = number_end(json.data(), json.data() + json.size());
        ASSERT_EQ(found.end, json.data() + text.size()) << text;
        const NearNumber near = near_number(text, found.shape);
        const Number exact = parse_number(text);
        ASSERT_LE(std::abs(near.value - exact.value), near.slack) << text;
        ASSERT_TRUE(exact.comparable || !near.is_comparable) << text;
        const Leaf leaf(Leaf::Kind::number, text, found.shape);
        ASSERT_EQ(leaf.near().slack, near.slack);
        ASSERT_EQ(leaf.exact(), exact) << text;
    }
}

// The way to it in whole numbers against the one over spellings: shortest spellings of doubles, and
// what is a digit longer, shorter, or one off.
TEST(ExactNumber, SaysWhatParsingSays) {
    std::mt19937_64 random(11);
    int comparable = 0;
    for (int i = 0; i < 50'000; ++i) {
        const double value =
            std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52, 40 - int(random() % 60));
        char buffer[128];
        const auto spelled = std::to_chars(buffer, buffer + 128, value, std::chars_format::fixed);
        const std::string shortest(buffer, spelled.ptr);
        std::string one_off = shortest;
        one_off.back() = one_off.back() == '9' ? '8' : static_cast<char>(one_off.back() + 1);
        for (const std::string& text :
             {shortest,
              "-" + shortest,
              shortest + "1",
              shortest + "5",
              shortest.substr(0, shortest.size() - 1),
              one_off}) {
            const std::string json = text + "," + std::string(40, ' ');
            const NumberEnd found = number_end(json.data(), json.data() + json.size());
            if (found.end != json.data() + text.size()) {
                continue;  // it ends with its point
            }
            const Number number = parse_number(text);
            ASSERT_EQ(exact_number(text, found.shape), number) << text;
            comparable += number.comparable ? 1 : 0;
        }
    }
    EXPECT_GT(comparable, 100'000);
}

}  // namespace
}  // namespace eventbus
