#include "eventbus/base/printable.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

struct Case {
    const char* text;
    const char* shown;
    const char* json;
};

constexpr Case kCases[] = {
    {"plain \xc3\xa9 \"q\" \\", "plain \xc3\xa9 \"q\" \\", R"("plain é \"q\" \\")"},
    {"a\r\nb\tc", "a\\r\\nb\\tc", R"("a\u000d\u000ab\u0009c")"},
    {"\x1b[31mred\x7f", "\\u001b[31mred\\u007f", R"("\u001b[31mred\u007f")"},
    {"\xe2\x80\xae"
     "evil",
     "\\u202eevil",
     R"("\u202eevil")"},
    {"\xe2\x80\xa8", "\\u2028", R"("\u2028")"},
    {"\xff half \xc3", "\\xff half \\xc3", R"("\ufffd half \ufffd")"},
    {"\xc0\xaf", "\\xc0\\xaf", R"("\ufffd\ufffd")"},
    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
    {"", "", "\"\""},
};

TEST(Printable, MakesWhatCouldForgeOrReorderATerminalVisible) {
    for (const Case& c : kCases) {
        EXPECT_EQ(printable(c.text), c.shown);
    }
}

TEST(Printable, WritesJsonOfAnyBytes) {
    for (const Case& c : kCases) {
        std::string json;
        append_json_any(json, c.text);
        EXPECT_EQ(json, c.json);
        EXPECT_TRUE(nlohmann::json::accept(json)) << json;
    }
}

}  // namespace
}  // namespace eventbus
