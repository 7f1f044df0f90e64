#include "eventbus/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eventbus {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, AgreesWithThePublishedVectors) {
    std::string rising(32, '\0');
    std::string falling(32, '\0');
    for (int i = 0; i < 32; ++i) {
        rising[static_cast<std::size_t>(i)] = static_cast<char>(i);
        falling[static_cast<std::size_t>(i)] = static_cast<char>(31 - i);
    }
    EXPECT_EQ(0x8A9136AAU, crc32c(std::string(32, '\0')));
    EXPECT_EQ(0x62A8AB43U, crc32c(std::string(32, '\xff')));
    EXPECT_EQ(0x46DD794EU, crc32c(rising));
    EXPECT_EQ(0x113FDB5CU, crc32c(falling));
    EXPECT_EQ(0xE3069283U, crc32c("123456789"));
    EXPECT_EQ(0U, crc32c(""));
}

TEST(Crc32c, GoesOnWhereItStopped) {
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        EXPECT_EQ(crc32c(text), crc32c(text.substr(cut), crc32c(text.substr(0, cut)))) << cut;
    }
}

}  // namespace
}  // namespace eventbus
