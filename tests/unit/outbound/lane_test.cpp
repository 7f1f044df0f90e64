#include "lane.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow = test::kEventTime;

Delivery delivery(std::int64_t event) {
    Delivery made;
    made.id = {event, 7};
    made.event = test::make_event("{}");
    return made;
}

bool offer(Lane& lane, std::int64_t event) {
    auto offered = delivery(event);
    return lane.offer(offered);
}

// Takes first attempts.
std::vector<Delivery> take(Lane& lane, std::size_t count) {
    return lane.take(Lane::Turn::first_attempts, count);
}

void finish(Lane& lane, std::size_t count) {
    lane.finish(Lane::Turn::first_attempts, count);
}

ClaimResult claimed(std::vector<std::int64_t> events, std::optional<WallTime> next_due_at = {}) {
    ClaimResult result;
    for (const auto event : events) {
        result.deliveries.push_back(delivery(event));
    }
    result.next_due_at = next_due_at;
    return result;
}

TEST(Lane, KeepsNoMoreThanItsWindowAndClaimsTheRestInItsTurn) {
    Lane lane(7, 4);
    for (int i = 1; i <= 4; ++i) {
        EXPECT_TRUE(offer(lane, i));
    }
    EXPECT_FALSE(lane.wants_claim(kNow));
    EXPECT_FALSE(offer(lane, 5));
    EXPECT_FALSE(lane.wants_claim(kNow)) << "there is no room for it";

    EXPECT_EQ(take(lane, 1).front().id.event, 1);
    finish(lane, 1);
    EXPECT_FALSE(offer(lane, 6)) << "older ones wait in the journal";
    EXPECT_FALSE(lane.wants_claim(kNow)) << "a claim for one is too dear";
    EXPECT_EQ(take(lane, 1).size(), 1U);
    finish(lane, 1);
    ASSERT_TRUE(lane.wants_claim(kNow));

    EXPECT_EQ(lane.claim_max(), 2U);
    EXPECT_TRUE(lane.begin_claim(2)) << "what was declined must be released first";
    EXPECT_FALSE(lane.wants_claim(kNow));
    auto result = claimed({5, 6});
    lane.end_claim(result);
    EXPECT_FALSE(lane.wants_claim(kNow));
    EXPECT_EQ(take(lane, 9).size(), 4U);
    finish(lane, 4);
    EXPECT_TRUE(offer(lane, 7));
}

TEST(Lane, LeavesHalfTheWindowOpenWhileItClaims) {
    Lane lane(7, 4);
    lane.note_backlog(kNow);
    ASSERT_TRUE(lane.wants_claim(kNow));
    lane.begin_claim(2);
    EXPECT_TRUE(offer(lane, 1));
    EXPECT_TRUE(offer(lane, 2));
    EXPECT_FALSE(offer(lane, 3));
    auto result = claimed({4, 5});
    lane.end_claim(result);
    EXPECT_EQ(take(lane, 2).size(), 2U);
    finish(lane, 2);
    EXPECT_TRUE(lane.wants_claim(kNow)) << "the third was declined while the claim was under way";
}

TEST(Lane, ClaimsARetryWhenItIsDueAndOnlyAfterItIsWritten) {
    Lane lane(7, 4);
    ASSERT_TRUE(offer(lane, 1));
    take(lane, 1);
    finish(lane, 1);
    lane.note_waiting(kNow + seconds{9});
    lane.note_waiting(kNow + seconds{5});
    EXPECT_EQ(lane.next_due_at(), kNow + seconds{5});
    EXPECT_FALSE(lane.wants_claim(kNow + seconds{4}));
    ASSERT_TRUE(lane.wants_claim(kNow + seconds{5}));
    EXPECT_TRUE(lane.begin_claim(2));
    auto result = claimed({1}, kNow + seconds{9});
    lane.end_claim(result);
    EXPECT_EQ(lane.next_due_at(), kNow + seconds{9});
    EXPECT_TRUE(lane.wants_claim(kNow + seconds{9}));
    EXPECT_FALSE(lane.begin_claim(2)) << "nothing was noted since";
}

TEST(Lane, TriesAgainAfterAFailedClaim) {
    Lane lane(7, 4);
    lane.note_backlog(kNow);
    lane.begin_claim(2);
    lane.fail_claim(kNow + seconds{1});
    EXPECT_FALSE(lane.wants_claim(kNow));
    EXPECT_TRUE(lane.wants_claim(kNow + seconds{1}));
}

TEST(Lane, LooksAheadForWhatTheCalendarHasMovedOutOfReach) {
    Lane lane(7, 4);
    lane.note_waiting(kNow + seconds{86'400});
    lane.clamp_due(kNow + seconds{3'600});
    EXPECT_EQ(lane.next_due_at(), kNow + seconds{3'600});
    const WallTime later = kNow + seconds{3'600};
    ASSERT_TRUE(lane.wants_claim(later));
    EXPECT_EQ(lane.claim_time(later), kNow + seconds{86'400});
    lane.begin_claim(2);
    EXPECT_EQ(lane.claim_time(later), later);
}

TEST(Lane, IsIdleOnlyWhenNothingOfItIsLeft) {
    Lane lane(7, 4);
    EXPECT_TRUE(lane.is_idle());
    ASSERT_TRUE(offer(lane, 1));
    EXPECT_FALSE(lane.is_idle());
    take(lane, 1);
    EXPECT_FALSE(lane.is_idle());
    finish(lane, 1);
    EXPECT_TRUE(lane.is_idle());
    lane.note_waiting(kNow);
    EXPECT_FALSE(lane.is_idle());
    lane.begin_claim(2);
    EXPECT_FALSE(lane.is_idle());
    ClaimResult nothing;
    lane.end_claim(nothing);
    EXPECT_TRUE(lane.is_idle());
}

Delivery retry(std::int64_t event) {
    Delivery made = delivery(event);
    made.attempts = 1;
    return made;
}

// A lane with that many first attempts and retries ready.
Lane lane_with(int first, int again) {
    Lane lane(7, 256);
    lane.note_backlog(kNow);
    lane.begin_claim(lane.claim_max());
    ClaimResult result;
    for (int i = 0; i < again; ++i) {
        result.deliveries.push_back(retry(1'000 + i));
    }
    for (int i = 0; i < first; ++i) {
        result.deliveries.push_back(delivery(i));
    }
    EXPECT_TRUE(lane.end_claim(result).empty());
    return lane;
}

// Starts calls of one delivery each until the lane wants no more; returns how many were retries.
int start_all(Lane& lane, std::size_t concurrency) {
    int retries = 0;
    for (auto turn = lane.next_turn(concurrency, kNow); turn != Lane::Turn::none;
         turn = lane.next_turn(concurrency, kNow)) {
        retries += turn == Lane::Turn::retries ? 1 : 0;
        EXPECT_EQ(lane.take(turn, 1).size(), 1U);
    }
    return retries;
}

TEST(Lane, LeavesFourOfFiveCallsToFirstAttempts) {
    const std::pair<std::size_t, int> shares[] = {{1, 1}, {4, 1}, {8, 1}, {10, 2}, {50, 10}};
    for (const auto& [concurrency, retries] : shares) {
        Lane lane = lane_with(100, 100);
        EXPECT_EQ(start_all(lane, concurrency), retries) << concurrency;
        EXPECT_EQ(lane.calls(), concurrency);
    }
}

TEST(Lane, HoldsRetriesToTheirShareEvenWhenNothingElseWaits) {
    Lane lane = lane_with(0, 100);
    EXPECT_EQ(start_all(lane, 8), 1);
    EXPECT_TRUE(lane.has_ready());
    lane.finish(Lane::Turn::retries, 1);
    EXPECT_EQ(start_all(lane, 8), 1);
}

TEST(Lane, TakesTurnsWhereThereIsOneCallOnly) {
    Lane lane = lane_with(2, 2);
    std::string turns;
    while (lane.has_ready()) {
        const auto turn = lane.next_turn(1, kNow);
        turns += turn == Lane::Turn::retries ? 'r' : 'f';
        lane.take(turn, 1);
        EXPECT_EQ(lane.next_turn(1, kNow), Lane::Turn::none) << "its only call is under way";
        lane.finish(turn, 1);
    }
    EXPECT_EQ(turns, "rfrf");
}

TEST(Lane, KeepsHalfItsWindowFreeOfRetries) {
    Lane lane(7, 8);
    lane.note_backlog(kNow);
    lane.begin_claim(8);
    ClaimResult result;
    for (int i = 0; i < 7; ++i) {
        result.deliveries.push_back(retry(i));
    }
    result.deliveries.push_back(delivery(7));
    const auto surplus = lane.end_claim(result);
    ASSERT_EQ(surplus.size(), 3U);
    EXPECT_EQ(surplus.front().id.event, 4) << "the earliest ones stay";
    EXPECT_EQ(lane.held(), 5U);
    EXPECT_EQ(lane.next_turn(8, kNow), Lane::Turn::retries);
    lane.take(Lane::Turn::retries, 1);
    EXPECT_EQ(lane.next_turn(8, kNow), Lane::Turn::first_attempts);
}

TEST(Lane, GivesBackWhatItHasNotStarted) {
    Lane lane(7, 4);
    offer(lane, 1);
    offer(lane, 2);
    take(lane, 1);
    const std::vector<DeliveryId> expected = {{2, 7}};
    EXPECT_EQ(lane.take_back(), expected);
    EXPECT_FALSE(lane.has_ready());
}

}  // namespace
}  // namespace eventbus
