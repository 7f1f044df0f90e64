#include "eventbus/bus/schedule_expression.hpp"

#include "eventbus/base/time_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace eventbus {
namespace {

const char* const kAccepted[] = {
    "rate(1 minute)",
    "rate(5 minutes)",
    "rate(1 hour)",
    "rate(2 hours)",
    "rate(1 day)",
    "rate(365 days)",
    "cron(0 10 * * ? *)",
    "cron(15 12 * * ? *)",
    "cron(0 18 ? * MON-FRI *)",
    "cron(0 8 1 * ? *)",
    "cron(0/15 * * * ? *)",
    "cron(0/10 * ? * MON-FRI *)",
    "cron(0/5 8-17 ? * MON-FRI *)",
    "cron(0/30 20-2 ? * MON-FRI *)",
    "cron(* * ? * SAT#3 *)",
    "cron(15 10 ? * 6L 2019-2022)",
    "cron(0 9 ? * 2#1 *)",
    "cron(0 9 L * ? *)",
    "cron(0 9 LW * ? *)",
    "cron(0 9 15W * ? *)",
    "cron(0,30 9 1,15 JAN,MAR-JUN ? 2500)",
    "cron(05 00 * * ? *)",
    "cron(0 9 ? * L *)"};

TEST(ScheduleExpression, IsAcceptedInTheServicesForms) {
    for (const auto* text : kAccepted) {
        EXPECT_TRUE(ScheduleExpression::parse(text).has_value()) << text;
    }
}

const char* const kRefused[] = {
    "",
    "5 minutes",
    "rate(10 seconds)",
    "rate(10 years)",
    "rate(1 minutes)",
    "rate(1 hours)",
    "rate(1 days)",
    "rate(10 minute)",
    "rate(10 hour)",
    "rate(10 day)",
    "rate()",
    "rate(10)",
    "rate(minutes)",
    "rate(0 minutes)",
    "rate(-1 minute)",
    "rate(+5 minutes)",
    "rate( 10 minutes )",
    "rate(10  minutes)",
    " rate(10 minutes)",
    "rate(10 minutes) ",
    "rate(10 MINUTES)",
    "RATE(10 minutes)",
    "rate(99999999999999999999 minutes)",
    "cron()",
    "cron(0 10 * * ?)",
    "cron(0 1 * * * *)",
    "cron(0 1 ? * ? *)",
    "cron(60 1 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 1 32 * ? *)",
    "cron(0 1 0 * ? *)",
    "cron(0 1 * 13 ? *)",
    "cron(0 1 ? * 8 *)",
    "cron(0 1 ? * NOT *)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(0#1 1 * * ? *)",
    "cron(0 1 1#2 * ? *)",
    "cron(0 1 ? * SAT#6 *)",
    "cron(L 1 * * ? *)",
    "cron(0/0 1 * * ? *)",
    "cron(0, 1 * * ? *)",
    "cron(0- 1 * * ? *)",
    "cron(0 1 * * ? * )",
    "cron(0 1 * * ? * *)",
    "at(2026-11-20T16:18:00)"};

TEST(ScheduleExpression, IsRefusedWithOneTextForAllReasons) {
    for (const auto* text : kRefused) {
        const auto checked = ScheduleExpression::parse(text);
        ASSERT_FALSE(checked.has_value()) << text;
        EXPECT_EQ(checked.error().code(), "ValidationException");
        EXPECT_EQ(checked.error().message(), "Parameter ScheduleExpression is not valid.");
    }
}

// The runs after a moment, one after the other.
struct Runs {
    const char* expression;
    const char* after;
    const char* due;  // separated by blanks; "-" ends a schedule
};

constexpr const char* kSince = "2026-11-20T16:18:07Z";  // a Friday

const Runs kRuns[] = {
    // A rate counts from its start, which is not the start of a minute.
    {"rate(1 minute)", kSince, "2026-11-20T16:19:07Z 2026-11-20T16:20:07Z"},
    {"rate(2 hours)", kSince, "2026-11-20T18:18:07Z 2026-11-20T20:18:07Z"},
    {"rate(1 day)", kSince, "2026-11-21T16:18:07Z"},
    {"rate(2 minutes)", "2026-11-20T16:20:06Z", "2026-11-20T16:20:07Z 2026-11-20T16:22:07Z"},
    {"rate(2 minutes)", "2026-11-20T16:20:07Z", "2026-11-20T16:22:07Z"},
    {"rate(2 minutes)", "2020-01-01T00:00:00Z", "2026-11-20T16:20:07Z"},
    {"rate(999999999 minutes)", kSince, "3928-03-19T02:57:07Z"},
    // Values, lists, ranges, steps.
    {"cron(* * * * ? *)", kSince, "2026-11-20T16:19:00Z 2026-11-20T16:20:00Z"},
    {"cron(0 10 * * ? *)", kSince, "2026-11-21T10:00:00Z 2026-11-22T10:00:00Z"},
    {"cron(18 16 * * ? *)", kSince, "2026-11-21T16:18:00Z"},
    {"cron(5 0 * * ? *)", "2026-12-31T23:59:59Z", "2027-01-01T00:05:00Z"},
    {"cron(0/25 * * * ? *)",
     kSince,
     "2026-11-20T16:25:00Z 2026-11-20T16:50:00Z 2026-11-20T17:00:00Z"},
    {"cron(7/30 9 * * ? *)",
     kSince,
     "2026-11-21T09:07:00Z 2026-11-21T09:37:00Z 2026-11-22T09:07:00Z"},
    {"cron(*/20 8-9 ? * SAT *)",
     kSince,
     "2026-11-21T08:00:00Z 2026-11-21T08:20:00Z 2026-11-21T08:40:00Z 2026-11-21T09:00:00Z"},
    {"cron(1-10/4 0 * * ? *)",
     kSince,
     "2026-11-21T00:01:00Z 2026-11-21T00:05:00Z 2026-11-21T00:09:00Z 2026-11-22T00:01:00Z"},
    {"cron(0,30 9 1,15 * ? *)",
     kSince,
     "2026-12-01T09:00:00Z 2026-12-01T09:30:00Z 2026-12-15T09:00:00Z"},
    {"cron(0 12 ? * mon-wed *)",
     kSince,
     "2026-11-23T12:00:00Z 2026-11-24T12:00:00Z 2026-11-25T12:00:00Z 2026-11-30T12:00:00Z"},
    {"cron(0 0 1 JAN,MAR-JUN/2 ? *)",
     kSince,
     "2027-01-01T00:00:00Z 2027-03-01T00:00:00Z 2027-05-01T00:00:00Z 2028-01-01T00:00:00Z"},
    {"cron(0 8 ? * 1 *)", kSince, "2026-11-22T08:00:00Z 2026-11-29T08:00:00Z"},
    // Ranges that wrap, with steps too.
    {"cron(0 22-1 * * ? *)",
     kSince,
     "2026-11-20T22:00:00Z 2026-11-20T23:00:00Z 2026-11-21T00:00:00Z 2026-11-21T01:00:00Z "
     "2026-11-21T22:00:00Z"},
    {"cron(0 12 ? * FRI-MON *)",
     kSince,
     "2026-11-21T12:00:00Z 2026-11-22T12:00:00Z 2026-11-23T12:00:00Z 2026-11-27T12:00:00Z"},
    {"cron(50-10/10 3 * * ? *)",
     kSince,
     "2026-11-21T03:00:00Z 2026-11-21T03:10:00Z 2026-11-21T03:50:00Z"},
    {"cron(0 0 1 NOV-JAN ? *)",
     kSince,
     "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z 2027-11-01T00:00:00Z"},
    // Ends of months.
    {"cron(0 9 L * ? *)",
     kSince,
     "2026-11-30T09:00:00Z 2026-12-31T09:00:00Z 2027-01-31T09:00:00Z 2027-02-28T09:00:00Z"},
    {"cron(0 9 L 2 ? *)", "2027-03-01T00:00:00Z", "2028-02-29T09:00:00Z 2029-02-28T09:00:00Z"},
    {"cron(0 9 LW * ? *)",
     kSince,
     "2026-11-30T09:00:00Z 2026-12-31T09:00:00Z 2027-01-29T09:00:00Z 2027-02-26T09:00:00Z"},
    {"cron(0 0 31 * ? *)",
     kSince,
     "2026-12-31T00:00:00Z 2027-01-31T00:00:00Z 2027-03-31T00:00:00Z"},
    // 2026-11-15 is a Sunday, 2027-05-15 a Saturday.
    {"cron(0 9 15W * ? *)", "2026-11-01T00:00:00Z", "2026-11-16T09:00:00Z 2026-12-15T09:00:00Z"},
    {"cron(0 9 15W 5 ? *)", kSince, "2027-05-14T09:00:00Z"},
    // Without leaving the month: 2027-05-01 is a Saturday, 2027-02-28 and 2027-10-31 Sundays.
    {"cron(0 9 1W 5 ? *)", kSince, "2027-05-03T09:00:00Z"},
    {"cron(0 9 28W 2 ? *)", kSince, "2027-02-26T09:00:00Z"},
    {"cron(0 9 31W * ? *)", "2027-09-01T00:00:00Z", "2027-10-29T09:00:00Z 2027-12-31T09:00:00Z"},
    // Days of the week within the month.
    {"cron(15 10 ? * 6L *)", kSince, "2026-11-27T10:15:00Z 2026-12-25T10:15:00Z"},
    {"cron(15 10 ? * MONL *)", kSince, "2026-11-30T10:15:00Z 2026-12-28T10:15:00Z"},
    {"cron(0 9 ? * L *)", kSince, "2026-11-21T09:00:00Z 2026-11-28T09:00:00Z"},
    {"cron(0 9 ? * SAT#3 *)", kSince, "2026-11-21T09:00:00Z 2026-12-19T09:00:00Z"},
    {"cron(0 9 ? * 2#1 *)", kSince, "2026-12-07T09:00:00Z 2027-01-04T09:00:00Z"},
    {"cron(0 9 ? * FRI#5 *)", kSince, "2027-01-29T09:00:00Z 2027-04-30T09:00:00Z"},
    // Leap days: 2100 has none.
    {"cron(0 0 29 2 ? *)", kSince, "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z"},
    {"cron(0 0 29 2 ? *)", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"},
    // Years.
    {"cron(0 0 1 1 ? 2199)", kSince, "2199-01-01T00:00:00Z -"},
    {"cron(0 0 1 1 ? 2500)", kSince, "2500-01-01T00:00:00Z -"},
    {"cron(0 0 1 1 ? 2027/2)", kSince, "2027-01-01T00:00:00Z 2029-01-01T00:00:00Z"},
    {"cron(0 0 1 1 ? 2028-2029)", kSince, "2028-01-01T00:00:00Z 2029-01-01T00:00:00Z -"},
    {"cron(59 23 31 12 ? 9999)", kSince, "9999-12-31T23:59:00Z -"},
    // Never, or never again.
    {"cron(0 0 30 2 ? *)", kSince, "-"},
    {"cron(0 0 31 4,6,9,11 ? *)", kSince, "-"},
    {"cron(0 0 31W 2 ? *)", kSince, "-"},
    {"cron(0 0 ? 2 SUN#5 2027)", kSince, "-"},
    {"cron(15 10 ? * 6L 2019-2022)", kSince, "-"}};

TEST(ScheduleExpression, IsDueWhenItSays) {
    const WallTime since = parse_time_rfc3339(kSince).value();
    for (const auto& [text, after, due] : kRuns) {
        const auto expression = ScheduleExpression::parse(text);
        ASSERT_TRUE(expression.has_value()) << text;
        std::string found;
        WallTime at = parse_time_rfc3339(after).value();
        // A cron schedule is looked at from `after` on, even before the start of this table's
        // rates.
        const WallTime start = expression->is_rate() ? since : at;
        for (std::string_view rest = due; !rest.empty();) {
            const auto next = expression->next_after(at, start);
            found += (found.empty() ? "" : " ") + (next ? format_time_seconds(*next) : "-");
            at = next.value_or(at);
            const auto blank = rest.find(' ');
            rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
        }
        EXPECT_EQ(found, due) << text << " after " << after;
    }
}

TEST(ScheduleExpression, IsNotDueBeforeItsStart) {
    const auto expression = ScheduleExpression::parse("cron(0 10 * * ? *)").value();
    const WallTime since = parse_time_rfc3339(kSince).value();
    const auto next =
        expression.next_after(parse_time_rfc3339("2020-01-01T00:00:00Z").value(), since);
    EXPECT_EQ(format_time_seconds(next.value()), "2026-11-21T10:00:00Z");
}

}  // namespace
}  // namespace eventbus
