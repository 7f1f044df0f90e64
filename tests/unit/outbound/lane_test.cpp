#include "lane.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

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

    EXPECT_EQ(lane.take(1).front().id.event, 1);
    lane.finish(1);
    EXPECT_FALSE(offer(lane, 6)) << "older ones wait in the journal";
    EXPECT_FALSE(lane.wants_claim(kNow)) << "a claim for one is too dear";
    EXPECT_EQ(lane.take(1).size(), 1U);
    lane.finish(1);
    ASSERT_TRUE(lane.wants_claim(kNow));

    EXPECT_EQ(lane.claim_max(), 2U);
    EXPECT_TRUE(lane.begin_claim(2)) << "what was declined must be released first";
    EXPECT_FALSE(lane.wants_claim(kNow));
    auto result = claimed({5, 6});
    lane.end_claim(result);
    EXPECT_FALSE(lane.wants_claim(kNow));
    EXPECT_EQ(lane.take(9).size(), 4U);
    lane.finish(4);
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
    EXPECT_EQ(lane.take(2).size(), 2U);
    lane.finish(2);
    EXPECT_TRUE(lane.wants_claim(kNow)) << "the third was declined while the claim was under way";
}

TEST(Lane, ClaimsARetryWhenItIsDueAndOnlyAfterItIsWritten) {
    Lane lane(7, 4);
    ASSERT_TRUE(offer(lane, 1));
    lane.take(1);
    lane.finish(1);
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
    lane.take(1);
    EXPECT_FALSE(lane.is_idle());
    lane.finish(1);
    EXPECT_TRUE(lane.is_idle());
    lane.note_waiting(kNow);
    EXPECT_FALSE(lane.is_idle());
    lane.begin_claim(2);
    EXPECT_FALSE(lane.is_idle());
    ClaimResult nothing;
    lane.end_claim(nothing);
    EXPECT_TRUE(lane.is_idle());
}

TEST(Lane, GivesBackWhatItHasNotStarted) {
    Lane lane(7, 4);
    offer(lane, 1);
    offer(lane, 2);
    lane.take(1);
    const std::vector<DeliveryId> expected = {{2, 7}};
    EXPECT_EQ(lane.take_back(), expected);
    EXPECT_FALSE(lane.has_ready());
}

}  // namespace
}  // namespace eventbus
