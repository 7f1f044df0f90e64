#include "eventbus/outbound/retry_schedule.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using std::chrono::seconds;
using Kind = DeliveryDecision::Kind;
using Verdict = AttemptResult::Verdict;

constexpr WallTime kAccepted{Millis{1'795'191'480'000}};

AttemptResult failed(std::optional<Millis> retry_after = {}) {
    AttemptResult result;
    result.verdict = Verdict::retriable;
    result.code = "ERROR_FROM_TARGET";
    result.retry_after = retry_after;
    return result;
}

RetryPolicy policy_of(int attempts, std::int64_t age_seconds = 86'400) {
    RetryPolicy policy;
    policy.maximum_retry_attempts = attempts;
    policy.maximum_event_age_seconds = age_seconds;
    return policy;
}

TEST(RetrySchedule, WaitsUpToTwiceAsLongAfterEachFailureUntilTheCap) {
    const RetrySchedule schedule;
    const std::pair<int, Millis> longest[] = {
        {1, seconds{1}},
        {2, seconds{2}},
        {3, seconds{4}},
        {10, seconds{512}},
        {11, seconds{960}},
        {185, seconds{960}},
        {1'000'000, seconds{960}},
    };
    for (const auto& [attempts, limit] : longest) {
        const auto bound = static_cast<std::uint64_t>(limit.count());
        EXPECT_EQ(schedule.delay(attempts, 0), Millis::zero()) << attempts;
        EXPECT_EQ(schedule.delay(attempts, bound), limit) << attempts;
        EXPECT_EQ(schedule.delay(attempts, bound + 1), Millis::zero()) << attempts;
    }
}

struct Case {
    const char* why;
    AttemptResult result;
    RetryPolicy policy;
    int attempts;
    seconds age;
    std::uint64_t random;
    Kind kind;
    std::optional<Millis> wait;
    std::string condition;
};

AttemptResult permanent() {
    AttemptResult result = failed();
    result.verdict = Verdict::permanent;
    return result;
}

TEST(RetrySchedule, DecidesAsTheTableSays) {
    const Case cases[] = {
        {"2xx", {}, policy_of(185), 1, seconds{0}, 0, Kind::delivered, {}, ""},
        {"not worth retrying",
         permanent(),
         policy_of(185),
         1,
         seconds{0},
         0,
         Kind::dead_letter,
         {},
         ""},
        {"first failure",
         failed(),
         policy_of(185),
         1,
         seconds{0},
         1'000,
         Kind::retry,
         Millis{1'000},
         ""},
        {"no retries wanted",
         failed(),
         policy_of(0),
         1,
         seconds{0},
         5,
         Kind::dead_letter,
         {},
         "MaximumRetryAttempts"},
        {"one retry, first try",
         failed(),
         policy_of(1),
         1,
         seconds{0},
         5,
         Kind::retry,
         Millis{5},
         ""},
        {"one retry, second try",
         failed(),
         policy_of(1),
         2,
         seconds{0},
         5,
         Kind::dead_letter,
         {},
         "MaximumRetryAttempts"},
        {"all retries made",
         failed(),
         policy_of(185),
         186,
         seconds{60},
         5,
         Kind::dead_letter,
         {},
         "MaximumRetryAttempts"},
        {"too old",
         failed(),
         policy_of(185, 60),
         2,
         seconds{60},
         0,
         Kind::dead_letter,
         {},
         "MaximumEventAgeInSeconds"},
        {"would be too old",
         failed(),
         policy_of(185, 60),
         7,
         seconds{59},
         1'001,
         Kind::dead_letter,
         {},
         "MaximumEventAgeInSeconds"},
        {"just in time",
         failed(),
         policy_of(185, 60),
         7,
         seconds{59},
         1'000,
         Kind::retry,
         Millis{1'000},
         ""},
        {"target asks for more",
         failed(seconds{90}),
         policy_of(185),
         1,
         seconds{0},
         7,
         Kind::retry,
         seconds{90},
         ""},
        {"target asks for less",
         failed(Millis{3}),
         policy_of(185),
         1,
         seconds{0},
         7,
         Kind::retry,
         Millis{7},
         ""},
        {"target asks for a day",
         failed(seconds{86'400}),
         policy_of(185),
         1,
         seconds{0},
         7,
         Kind::retry,
         seconds{3'600},
         ""},
        {"target asks for more than is left",
         failed(seconds{50}),
         policy_of(185, 60),
         1,
         seconds{40},
         7,
         Kind::retry,
         seconds{19},
         ""},
        {"target asks for more than is left, which is next to nothing",
         failed(seconds{50}),
         policy_of(185, 60),
         1,
         seconds{60} - seconds{1},
         7,
         Kind::retry,
         Millis{7},
         ""},
        {"target says never again",
         failed(seconds{-1}),
         policy_of(185),
         1,
         seconds{0},
         7,
         Kind::dead_letter,
         {},
         ""},
    };
    for (const auto& c : cases) {
        const WallTime now = kAccepted + c.age;
        const auto decision =
            decide(c.policy, RetrySchedule{}, c.result, c.attempts, kAccepted, now, c.random);
        EXPECT_EQ(decision.kind, c.kind) << c.why;
        EXPECT_EQ(decision.exhausted_retry_condition, c.condition) << c.why;
        if (c.wait) {
            EXPECT_EQ(decision.next_attempt_at - now, *c.wait) << c.why;
        }
    }
}

}  // namespace
}  // namespace eventbus
