#include "eventbus/outbound/rate_limiter.hpp"

#include "lane_pace.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace eventbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The turns that are asked for at one moment, as milliseconds from it.
std::vector<Millis::rep> turns(RateLimiter& limiter, SteadyTime now, int count) {
    std::vector<Millis::rep> waits;
    for (int i = 0; i < count; ++i) {
        waits.push_back(std::chrono::duration_cast<Millis>(limiter.reserve(now) - now).count());
    }
    return waits;
}

TEST(RateLimiter, GivesTheFirstTurnAtOnceAndTheRestInTheirTime) {
    test::FakeClock clock;
    RateLimiter limiter(5);
    EXPECT_EQ(turns(limiter, clock.steady_now(), 4), (std::vector<Millis::rep>{0, 200, 400, 600}));
    clock.advance(milliseconds{700});
    EXPECT_EQ(turns(limiter, clock.steady_now(), 2), (std::vector<Millis::rep>{100, 300}));
}

TEST(RateLimiter, LetsATenthOfASecondGoAtOnceAfterAPause) {
    test::FakeClock clock;
    RateLimiter limiter(50);
    const std::vector<Millis::rep> expected = {0, 0, 0, 0, 0, 20, 40};
    EXPECT_EQ(turns(limiter, clock.steady_now(), 7), expected);
    clock.advance(seconds{3'600});
    EXPECT_EQ(turns(limiter, clock.steady_now(), 7), expected) << "a pause saves up no more";
}

TEST(RateLimiter, HoldsItsRateOverAnySecond) {
    for (const double rate : {0.5, 1.0, 7.0, 300.0, 20'000.0}) {
        test::FakeClock clock;
        RateLimiter limiter(rate);
        const auto start = clock.steady_now();
        const int count = static_cast<int>(rate * 20) + 1;
        SteadyTime last;
        for (int i = 0; i < count; ++i) {
            last = limiter.reserve(start);
        }
        const double took = std::chrono::duration<double>(last - start).count();
        EXPECT_NEAR(count / rate, took, std::max(0.11, 1.01 / rate)) << rate;
    }
}

TEST(RateLimiter, KeepsTheTurnsItHasGivenWhenItsRateChanges) {
    test::FakeClock clock;
    RateLimiter limiter(1);
    turns(limiter, clock.steady_now(), 2);
    limiter.set_rate(10);
    EXPECT_EQ(turns(limiter, clock.steady_now(), 2), (std::vector<Millis::rep>{2'000, 2'100}));
}

TEST(LanePace, SharesOneLimiterByKeyAndTakesTurns) {
    test::FakeClock clock;
    SharedRates rates;
    LanePace first;
    LanePace second;
    LanePace other;
    first.follow(rates.find({"a", 10}), nullptr);
    second.follow(rates.find({"a", 10}), nullptr);
    other.follow(rates.find({"b", 10}), nullptr);
    const auto now = clock.steady_now();
    EXPECT_EQ(first.turn(now), now);
    first.use();
    EXPECT_EQ(first.turn(now), now + milliseconds{100});
    EXPECT_EQ(first.turn(now), now + milliseconds{100}) << "asked twice, it is the same turn";
    EXPECT_EQ(second.turn(now), now + milliseconds{200});
    EXPECT_EQ(other.turn(now), now) << "another key";
    clock.advance(milliseconds{100});
    EXPECT_EQ(first.turn(clock.steady_now()), clock.steady_now());
    first.use();
    EXPECT_EQ(first.turn(clock.steady_now()), now + milliseconds{300}) << "after the second's";
}

TEST(LanePace, HasNoLimitUntilItFollowsOneAndForgetsTheTurnOfAnother) {
    test::FakeClock clock;
    SharedRates rates;
    LanePace pace;
    const auto now = clock.steady_now();
    EXPECT_EQ(pace.turn(now), now);
    const auto slow = rates.find({"slow", 0.1});
    slow->reserve(now);
    pace.follow(slow, nullptr);
    EXPECT_EQ(pace.turn(now), now + seconds{10});
    pace.follow(nullptr, nullptr);
    EXPECT_EQ(pace.turn(now), now);
}

TEST(LanePace, KeepsTheStricterOfTwoLimits) {
    test::FakeClock clock;
    SharedRates rates;
    LanePace pace;
    pace.follow(rates.find({"place", 10}), rates.find({"own", 2}));
    const auto now = clock.steady_now();
    EXPECT_EQ(pace.turn(now), now);
    pace.use();
    EXPECT_EQ(pace.turn(now), now + milliseconds{500});
}

}  // namespace
}  // namespace eventbus
