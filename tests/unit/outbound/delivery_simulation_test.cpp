#include "lane_simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::LaneSimulation;
using Verdict = AttemptResult::Verdict;

AttemptResult answer(Verdict verdict) {
    AttemptResult result;
    result.verdict = verdict;
    return result;
}

// Mostly well, with trouble of every kind in between, and away for a quarter of an hour.
LaneSimulation::Answer capricious(WallTime now, std::mt19937_64& random) {
    LaneSimulation::Answer made;
    made.takes = Millis{1 + static_cast<int>(random() % 40)};
    const auto dice = random() % 1'000;
    const auto running = now - test::FakeClock::kStart;
    if (dice < 5) {
        made.result = answer(Verdict::retriable);
        made.takes = 5s;
    } else if (dice < 50 || (running >= 10min && running < 25min)) {
        made.result = answer(Verdict::retriable);
    } else if (dice < 55) {
        made.result = answer(Verdict::retriable);
        made.result.retry_after = Millis{static_cast<int>(random() % 7'200'000) - 1'000};
    } else if (dice < 75) {
        made.result = answer(Verdict::permanent);
    }
    return made;
}

TEST(DeliverySimulation, AccountsForEachOfAMillionDeliveries) {
    constexpr std::uint64_t kDeliveries = 1'000'000;
    constexpr std::uint64_t kSeed = 20'261'125;
    RecordProperty("seed", std::to_string(kSeed));
    LaneSimulation lane(kSeed, 64, capricious);
    lane.policy = {1, 600};
    lane.run(kDeliveries, 2ms, WallTime::max());

    const auto& totals = lane.totals();
    EXPECT_EQ(totals.accepted, kDeliveries);
    EXPECT_EQ(lane.ended(), kDeliveries) << "seed " << kSeed;
    EXPECT_EQ(totals.ended_twice, 0U) << "seed " << kSeed;
    EXPECT_EQ(totals.attempts, totals.attempts_told) << "seed " << kSeed;
    EXPECT_GT(totals.delivered, kDeliveries * 3 / 4);
    EXPECT_GT(totals.refused, 0U);
    EXPECT_GT(totals.out_of_tries, 0U);
    EXPECT_GT(totals.out_of_time, 0U);
    EXPECT_LE(totals.calls_at_once, 64U);
    EXPECT_LE(totals.retries_at_once, 12U) << "a fifth of 64";
}

TEST(DeliverySimulation, ExhaustsTheServicesPolicyWithinItsDay) {
    constexpr int kRuns = 2'000;
    constexpr std::uint64_t kSeed = 42;
    std::mt19937_64 random(kSeed);
    const RetryPolicy policy;
    const RetrySchedule schedule;
    double attempts_sum = 0;
    double hours_sum = 0;
    for (int run = 0; run < kRuns; ++run) {
        DeliveryMachine machine(policy, schedule, 0);
        const WallTime accepted_at = test::FakeClock::kStart;
        WallTime now = accepted_at;
        DeliveryDecision decision;
        do {
            ASSERT_FALSE(machine.start(now - accepted_at));
            machine.note_sent();
            decision = machine.finish(answer(Verdict::retriable), now - accepted_at, now, random());
            if (decision.kind == DeliveryDecision::Kind::retry) {
                ASSERT_GE(decision.next_attempt_at, now);
                now = decision.next_attempt_at;
            }
        } while (decision.kind == DeliveryDecision::Kind::retry);
        ASSERT_LE(now - accepted_at, 24h);
        ASSERT_LE(machine.attempts(), 186) << "one try and 185 retries";
        ASSERT_EQ(
            decision.exhausted_retry_condition,
            machine.attempts() == 186 ? kAttemptsLimit : kAgeLimit);
        attempts_sum += machine.attempts();
        hours_sum += std::chrono::duration<double, std::ratio<3600>>(now - accepted_at).count();
    }
    EXPECT_NEAR(attempts_sum / kRuns, 184.5, 0.8) << "seed " << kSeed;
    EXPECT_NEAR(hours_sum / kRuns, 23.3, 0.4) << "seed " << kSeed;
}

// A target that is away from one moment to another.
class Outage {
public:
    LaneSimulation::Answer operator()(WallTime now, std::mt19937_64&) {
        LaneSimulation::Answer made;
        if (now >= from && now < to) {
            made.result = answer(Verdict::retriable);
            attempts_while_away->push_back(now);
        } else if (now >= to) {
            attempts_after->push_back(now);
        }
        return made;
    }

    const WallTime from = test::FakeClock::kStart + 60s;
    const WallTime to = from + 1h;
    std::shared_ptr<std::vector<WallTime>> attempts_while_away =
        std::make_shared<std::vector<WallTime>>();
    std::shared_ptr<std::vector<WallTime>> attempts_after =
        std::make_shared<std::vector<WallTime>>();
};

std::size_t count_until(const std::vector<WallTime>& times, WallTime end) {
    return static_cast<std::size_t>(
        std::ranges::count_if(times, [&](WallTime at) { return at < end; }));
}

TEST(DeliverySimulation, DeliversEverythingOnceAfterAnHourOfOutageAndInARamp) {
    constexpr std::uint64_t kEvents = 40'000;
    Outage outage;
    LaneSimulation lane(7, 8, outage);
    lane.run(kEvents, 100ms, WallTime::max());

    EXPECT_EQ(lane.totals().delivered, kEvents);
    EXPECT_EQ(lane.totals().ended_twice, 0U);
    // Eight were under way when it went away; then one probe in 24 s at the most.
    EXPECT_LE(outage.attempts_while_away->size(), 8U + 3'600U / 24U);
    EXPECT_GE(outage.attempts_while_away->size(), 5U + 3'600U / 36U - 1U);
    // The probe that succeeds, then one call at a time, two, three …
    const auto& after = *outage.attempts_after;
    ASSERT_GT(after.size(), 100U);
    const WallTime back = after.front();
    EXPECT_LE(back, outage.to + 36s);
    EXPECT_EQ(count_until(after, back + 20ms), 1U);
    EXPECT_EQ(count_until(after, back + 40ms), 2U);
    EXPECT_EQ(count_until(after, back + 60ms), 4U);
    EXPECT_EQ(count_until(after, back + 80ms), 8U);
    EXPECT_LE(count_until(after, back + 1s), 400U) << "eight calls of 20 ms";
    EXPECT_LT(lane.now(), outage.to + 36s + 36'000 * 20ms / 8 + 500s);
}

TEST(DeliverySimulation, EndsWhatWaitsForABreakerByItsAge) {
    LaneSimulation lane(3, 8, [](WallTime, std::mt19937_64&) {
        LaneSimulation::Answer made;
        made.result = answer(Verdict::retriable);
        return made;
    });
    lane.policy = {185, 3'600};
    lane.run(2'000, 100ms, test::FakeClock::kStart + 3h);
    EXPECT_EQ(lane.ended(), 2'000U);
    EXPECT_EQ(lane.totals().out_of_time, 2'000U);
    EXPECT_LE(lane.totals().attempts, 8U + 3U * 3'600U / 24U) << "waiting burns no attempts";
}

}  // namespace
}  // namespace eventbus
