#include "eventbus/bus/schedule_expression.hpp"

#include <gtest/gtest.h>

#include <string>

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
        EXPECT_TRUE(check_schedule_expression(text).has_value()) << text;
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
        const auto checked = check_schedule_expression(text);
        ASSERT_FALSE(checked.has_value()) << text;
        EXPECT_EQ(checked.error().code(), "ValidationException");
        EXPECT_EQ(checked.error().message(), "Parameter ScheduleExpression is not valid.");
    }
}

}  // namespace
}  // namespace eventbus
