#include "eventbus/base/encoding.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::string_view_literals;

TEST(Hex, WritesTwoLowerCaseDigitsAByte) {
    const std::uint8_t bytes[] = {0x00, 0x0f, 0xab, 0xff};
    EXPECT_EQ(to_hex(bytes), "000fabff");
    EXPECT_EQ(to_hex({}), "");
}

TEST(Base64, WritesAndReadsTheVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfb"sv, "//77"},
        {"\0\0"sv, "AAA="},
    };
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), std::string(bytes)) << text;
    }
}

TEST(Base64, RefusesWhatEncodingWouldNotHaveWritten) {
    for (const std::string_view text :
         {"Z",
          "Zg",
          "Zg=",
          "Zg===",
          "====",
          "=",
          "Zm9v=",
          "Z=9v",
          "Zh==",
          "Zm9=",
          "Zm8 ",
          "Zm8\n",
          "Zm-_",
          "Zg==Zg==",
          "Zm9vYg==\n"}) {
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    }
}

TEST(PercentEncoding, KeepsOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(" /+%\xc3\xa4\0"sv), "%20%2F%2B%25%C3%A4%00");
}

}  // namespace
}  // namespace eventbus
