#include "eventbus/base/time_text.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

WallTime at(long long ms) {
    return WallTime{Millis{ms}};
}

struct Written {
    long long ms;
    std::string_view seconds;
    std::string_view millis;
    std::string_view basic;
    std::string_view http;
};

TEST(TimeText, WritesEachFormat) {
    const Written cases[] = {
        {0,
         "1970-01-01T00:00:00Z",
         "1970-01-01T00:00:00.000Z",
         "19700101T000000Z",
         "Thu, 01 Jan 1970 00:00:00 GMT"},
        {1'795'191'480'123,
         "2026-11-20T16:18:00Z",
         "2026-11-20T16:18:00.123Z",
         "20261120T161800Z",
         "Fri, 20 Nov 2026 16:18:00 GMT"},
        {951'827'696'999,
         "2000-02-29T12:34:56Z",
         "2000-02-29T12:34:56.999Z",
         "20000229T123456Z",
         "Tue, 29 Feb 2000 12:34:56 GMT"},
        {-1,
         "1969-12-31T23:59:59Z",
         "1969-12-31T23:59:59.999Z",
         "19691231T235959Z",
         "Wed, 31 Dec 1969 23:59:59 GMT"},
        {253'402'300'799'999,
         "9999-12-31T23:59:59Z",
         "9999-12-31T23:59:59.999Z",
         "99991231T235959Z",
         "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (const Written& c : cases) {
        EXPECT_EQ(format_time_seconds(at(c.ms)), c.seconds);
        EXPECT_EQ(format_time_millis(at(c.ms)), c.millis);
        EXPECT_EQ(format_time_basic(at(c.ms)), c.basic);
        EXPECT_EQ(format_time_http(at(c.ms)), c.http);
        EXPECT_EQ(parse_time_rfc3339(c.millis), at(c.ms)) << c.millis;
        EXPECT_EQ(parse_time_http(c.http), std::chrono::floor<std::chrono::seconds>(at(c.ms)));
    }
}

TEST(TimeText, ClampsYearsThatHaveMoreThanFourDigits) {
    EXPECT_EQ(format_time_millis(WallTime::max()), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_time_millis(WallTime::min()), "0000-01-01T00:00:00.000Z");
}

TEST(TimeText, ReadsOffsetsAndFractionsOfRfc3339) {
    const std::pair<std::string_view, long long> cases[] = {
        {"2026-11-20T16:18:00Z", 1'795'191'480'000},
        {"2026-11-20t16:18:00z", 1'795'191'480'000},
        {"2026-11-20T16:18:00.5Z", 1'795'191'480'500},
        {"2026-11-20T16:18:00.123456789Z", 1'795'191'480'123},
        {"2026-11-20T17:48:00+01:30", 1'795'191'480'000},
        {"2026-11-20T11:18:00-05:00", 1'795'191'480'000},
        {"2026-11-20T16:18:00-00:00", 1'795'191'480'000},
    };
    for (const auto& [text, ms] : cases) {
        EXPECT_EQ(parse_time_rfc3339(text), at(ms)) << text;
    }
}

TEST(TimeText, RefusesWhatIsNotRfc3339OrDoesNotExist) {
    for (const std::string_view text :
         {"",
          "2026",
          "2026-11-20",
          "2026-11-20T16:18Z",
          "2026-11-20T16:18:00",
          "2026-11-20 16:18:00Z",
          "2026-11-20T16:18:00.Z",
          "2026-11-20T16:18:00Z ",
          " 2026-11-20T16:18:00Z",
          "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z",
          "2026-01-00T00:00:00Z",
          "2026-01-01T24:00:00Z",
          "2026-01-01T00:60:00Z",
          "2026-12-31T23:59:60Z",
          "2026-01-01T00:00:00+24:00",
          "2026-01-01T00:00:00+01:60",
          "2026-01-01T00:00:00+0100",
          "2026-01-01T00:00:00+01:00Z",
          "20261120T161800Z",
          "+026-01-01T00:00:00Z",
          "2026-1-1T0:0:0Z",
          "1795191480"}) {
        EXPECT_EQ(parse_time_rfc3339(text), std::nullopt) << text;
    }
}

TEST(TimeText, RefusesHttpDatesInOtherForms) {
    for (const std::string_view text :
         {"",
          "120",
          "Friday, 20-Nov-26 16:18:00 GMT",
          "Fri Nov 20 16:18:00 2026",
          "Thu, 20 Nov 2026 16:18:00 GMT",
          "Fri, 20 Nov 2026 16:18:00 CET",
          "Fri, 20 nov 2026 16:18:00 GMT",
          "Fri, 31 Nov 2026 16:18:00 GMT",
          "Fri, 20 Nov 2026 16:18:60 GMT",
          "Fri, 20 Nov 2026 16-18-00 GMT",
          "Fri, 20 Nov 2026 16:18:00 GMTx"}) {
        EXPECT_EQ(parse_time_http(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace eventbus
