#include "conformance.hpp"

#include <iterator>

namespace eventbus::test::conformance {

namespace {

const char* const kAccepted[] = {
    "rate(1 minute)",
    "cron(0 2 ? * SAT *)",
    "cron(0 12 * * ? *)",
    "cron(5,35 14 * * ? *)",
    "cron(15 10 ? * 6L 2002-2005)",
    "cron(0 2 ? * SAT#3 *)",
    "cron(* * ? * SAT#3 *)",
    "cron(0/5 5 ? JAN 1-5 2022)",
    "cron(0 10 * * ? *)",
    "cron(15 12 * * ? *)",
    "cron(0 18 ? * MON-FRI *)",
    "cron(0 8 1 * ? *)",
    "cron(0/15 * * * ? *)",
    "cron(0/10 * ? * MON-FRI *)",
    "cron(0/5 8-17 ? * MON-FRI *)",
    "cron(0/30 20-23 ? * MON-FRI *)",
    "cron(0/30 0-2 ? * MON-FRI *)",
};

const char* const kRefused[] = {
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
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(0 minutes)",
    "rate(-10 minutes)",
    "rate(10 MINUTES)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
    "cron(0 1 * * * *)",
    "cron(7 20 * * NOT *)",
    "cron(INVALID)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
};

Step scheduled(const char* expression) {
    return {"PutRule", R"({"Name":"r","ScheduleExpression":")" + std::string(expression) + "\"}"};
}

// The service's recordings have these 39.
static_assert(std::size(kAccepted) + std::size(kRefused) == 39);

}  // namespace

Rows schedule_rows() {
    Rows rows;
    for (const char* const expression : kAccepted) {
        rows.push_back(
            {"schedule_" + std::to_string(rows.size()),
             "S",
             {},
             scheduled(expression),
             R"({"RuleArn":"arn:aws:events:us-east-1:000000000000:rule/r"})"});
    }
    for (const char* const expression : kRefused) {
        rows.push_back(
            {"no_schedule_" + std::to_string(rows.size()),
             "S",
             {},
             scheduled(expression),
             "ValidationException: Parameter ScheduleExpression is not valid."});
    }
    return rows;
}

}  // namespace eventbus::test::conformance
