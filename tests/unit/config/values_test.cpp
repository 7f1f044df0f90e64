#include "values.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

TEST(Duration, NeedsItsUnit) {
    const std::pair<std::string_view, std::optional<Millis>> cases[] = {
        {"500ms", 500ms},
        {"30s", 30s},
        {"5m", 5min},
        {"24h", 24h},
        {"7d", 168h},
        {"0s", 0ms},
        {"", {}},
        {"30", {}},
        {"s", {}},
        {"30 s", {}},
        {"-5s", {}},
        {"1.5s", {}},
        {"030s", {}},
        {"30S", {}},
        {"30sec", {}},
        {"1h30m", {}},
        {"yes", {}},
        {"12:30", {}},
        {"99999999999999999999s", {}},
        {"9223372036854775807d", {}},
    };
    for (const auto& [text, duration] : cases) {
        EXPECT_EQ(parse_duration(text), duration) << text;
    }
}

TEST(Duration, IsWrittenInTheLargestUnitThatFits) {
    const std::pair<Millis, std::string_view> cases[] =
        {{0ms, "0ms"}, {1500ms, "1500ms"}, {30s, "30s"}, {90s, "90s"}, {300s, "5m"}, {24h, "24h"}};
    for (const auto& [duration, text] : cases) {
        EXPECT_EQ(format_duration(duration), text);
        EXPECT_EQ(parse_duration(text), duration);
    }
}

TEST(Size, IsBytesOrABinaryUnit) {
    const std::pair<std::string_view, std::optional<std::uint64_t>> cases[] = {
        {"0", 0},
        {"65536", 65536},
        {"64KiB", 65536},
        {"8MiB", 8 << 20},
        {"1GiB", 1 << 30},
        {"2TiB", 2ULL << 40},
        {"", {}},
        {"8MB", {}},
        {"8M", {}},
        {"8 MiB", {}},
        {"8mib", {}},
        {"0x10", {}},
        {"010", {}},
        {"1.5MiB", {}},
        {"-1", {}},
        {"1e6", {}},
        {"16777216TiB", {}},
    };
    for (const auto& [text, bytes] : cases) {
        EXPECT_EQ(parse_size(text), bytes) << text;
    }
    EXPECT_EQ(format_size(8 << 20), "8MiB");
    EXPECT_EQ(format_size(1000), "1000");
    EXPECT_EQ(format_size(0), "0");
}

TEST(ListenAddress, IsHostAndPort) {
    const std::pair<std::string_view, std::optional<ListenAddress>> cases[] = {
        {"127.0.0.1:8700", ListenAddress{"127.0.0.1", 8700}},
        {"localhost:0", ListenAddress{"localhost", 0}},
        {"[::1]:65535", ListenAddress{"::1", 65535}},
        {"127.0.0.1", {}},
        {":8700", {}},
        {"8700", {}},
        {"host:65536", {}},
        {"host:-1", {}},
        {"host:", {}},
        {"::1:8700", {}},
        {"[::g]:1", {}},
        {"[]:1", {}},
        {"http://host:1", {}},
        {"a b:1", {}},
    };
    for (const auto& [text, address] : cases) {
        EXPECT_EQ(parse_listen_address(text), address) << text;
        if (address) {
            EXPECT_EQ(to_string(*address), text);
        }
    }
}

TEST(Account, IsTwelveDigits) {
    EXPECT_TRUE(is_account("000000000000"));
    for (const auto* text : {"", "00000000000", "0000000000000", "00000000000a", "-00000000000"}) {
        EXPECT_FALSE(is_account(text)) << text;
    }
}

TEST(Region, IsAreaDirectionAndRest) {
    for (const auto* text : {"us-east-1", "eu-central-2", "us-gov-west-1", "home-lab-a_b"}) {
        EXPECT_TRUE(is_region(text)) << text;
    }
    for (const auto* text :
         {"", "us", "us-east", "us-east-", "-east-1", "us--1", "US-east-1", "us-east-1 "}) {
        EXPECT_FALSE(is_region(text)) << text;
    }
}

TEST(CidrBlock, HasAnAddressAndAPrefixThatFits) {
    for (const auto* text : {"10.0.0.0/8", "0.0.0.0/0", "fd00::/8", "::1/128", "192.168.1.7/32"}) {
        EXPECT_TRUE(is_cidr(text)) << text;
    }
    for (const auto* text :
         {"",
          "10.0.0.0",
          "10.0.0.0/33",
          "10/8",
          "10.0.0/8",
          "::/129",
          "a/8",
          "10.0.0.0/-1",
          "10.0.0.0/08",
          "10.0.0.0/"}) {
        EXPECT_FALSE(is_cidr(text)) << text;
    }
}

TEST(LogFileName, CannotLeaveItsFolder) {
    EXPECT_TRUE(is_log_file_name("all-events_1.log"));
    for (const auto& text :
         {std::string(),
          std::string("a/b"),
          std::string(".."),
          std::string(".hidden"),
          std::string("a b"),
          std::string(201, 'a')}) {
        EXPECT_FALSE(is_log_file_name(text)) << text;
    }
}

TEST(YamlScalar, IsQuotedWhereYamlWouldReadSomethingElse) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"us-east-1", "us-east-1"},
        {"127.0.0.1:8700", "127.0.0.1:8700"},
        {"./data", "./data"},
        {"000000000000", "\"000000000000\""},
        {"", "\"\""},
        {"*", "\"*\""},
        {"true", "\"true\""},
        {"no", "\"no\""},
        {"a b", "\"a b\""},
        {"a\"b", "\"a\\\"b\""},
        {"1.5", "\"1.5\""},
        {"key:", "\"key:\""},
    };
    for (const auto& [text, yaml] : cases) {
        EXPECT_EQ(yaml_scalar(text), yaml);
    }
}

}  // namespace
}  // namespace eventbus
