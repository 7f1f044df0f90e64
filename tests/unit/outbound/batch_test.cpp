#include "batch.hpp"

#include "events.hpp"
#include "lane.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using Turn = Lane::Turn;

constexpr WallTime kNow = test::kEventTime;
constexpr Batching kFive{5, 900, 262'144};

Delivery delivery(std::int64_t number, Millis accepted_after, std::size_t bytes = 100) {
    auto event = std::make_shared<Event>();
    event->accepted_at = kNow + accepted_after;
    event->envelope = std::string(bytes, 'x');
    Delivery made;
    made.id = {number, 7};
    made.event = event;
    made.due_at = event->accepted_at;
    return made;
}

std::deque<Delivery> one_a_second(int count) {
    std::deque<Delivery> made;
    for (int i = 0; i < count; ++i) {
        made.push_back(delivery(i, i * 1s));
    }
    return made;
}

TEST(Batch, IsFullWithItsLastEvent) {
    EXPECT_FALSE(cut_first_batch(kFive, one_a_second(4)).is_full);
    for (const int count : {5, 6, 100}) {
        const auto batch = cut_first_batch(kFive, one_a_second(count));
        EXPECT_TRUE(batch.is_full);
        EXPECT_EQ(batch.count, 5U);
    }
}

TEST(Batch, GoesWhenItsWindowEndsAndNoLaterEventJoinsIt) {
    auto ready = one_a_second(2);
    auto batch = cut_first_batch(kFive, ready);
    EXPECT_EQ(batch.count, 2U);
    EXPECT_EQ(batch.fires_at, kNow + 900s + 100ms) << "counted from the first event";
    ready.push_back(delivery(2, 900s));
    EXPECT_EQ(cut_first_batch(kFive, ready).count, 3U);
    ready.push_back(delivery(3, 900s + 1ms));
    batch = cut_first_batch(kFive, ready);
    EXPECT_EQ(batch.count, 3U);
    EXPECT_TRUE(batch.is_full) << "a younger one shows that the window is over";
}

TEST(Batch, EndsBeforeTheEventThatWouldMakeItTooLarge) {
    std::deque<Delivery> ready{delivery(0, 0s, 60), delivery(1, 0s, 40), delivery(2, 0s, 1)};
    EXPECT_EQ(cut_first_batch({5, 900, 100}, ready).count, 2U);
    EXPECT_EQ(cut_first_batch({5, 900, 50}, ready).count, 1U) << "one event always goes";
    EXPECT_TRUE(cut_first_batch({5, 900, 50}, ready).is_full);
}

TEST(Batch, ThatFailedIsTheSameAgain) {
    std::deque<Delivery> ready;
    for (int i = 0; i < 6; ++i) {
        ready.push_back(delivery(i, i * 1s));
        ready.back().attempts = i < 3 ? 1 : 2;
        ready.back().due_at = kNow + (i < 3 ? 60s : 61s);
    }
    auto batch = cut_failed_batch(kFive, ready);
    EXPECT_EQ(batch.count, 3U);
    EXPECT_TRUE(batch.is_full);
}

// A lane whose target wants batches.
class BatchLane : public ::testing::Test {
protected:
    BatchLane() {
        auto target = std::make_shared<LaneTarget>();
        target->batching = kFive;
        lane_.target = std::move(target);
    }

    void offer(std::int64_t number, Millis accepted_after) {
        auto offered = delivery(number, accepted_after);
        EXPECT_TRUE(lane_.offer(offered));
    }

    void claim(std::vector<Delivery> deliveries, std::optional<WallTime> next_due_at = {}) {
        lane_.begin_claim(lane_.claim_max());
        ClaimResult result;
        result.deliveries = std::move(deliveries);
        result.next_due_at = next_due_at;
        EXPECT_TRUE(lane_.end_claim(result).empty());
    }

    std::vector<std::int64_t> take(Turn turn) {
        std::vector<std::int64_t> numbers;
        for (const auto& delivery : lane_.take(turn, 1)) {
            numbers.push_back(delivery.id.event);
        }
        return numbers;
    }

    Lane lane_{7, 64};
};

using Numbers = std::vector<std::int64_t>;

TEST_F(BatchLane, WaitsUntilABatchIsFullOrItsTimeHasCome) {
    for (int i = 0; i < 4; ++i) {
        offer(i, i * 1s);
    }
    EXPECT_EQ(lane_.next_turn(8, kNow + 10s), Turn::none);
    EXPECT_EQ(lane_.batch_fires_at(), kNow + 900s + 100ms);
    offer(4, 10s);
    offer(5, 11s);
    EXPECT_EQ(lane_.next_turn(8, kNow + 11s), Turn::first_attempts);
    EXPECT_EQ(take(Turn::first_attempts), (Numbers{0, 1, 2, 3, 4}));
    EXPECT_EQ(lane_.batch_fires_at(), kNow + 911s + 100ms) << "the next one has its own window";
    EXPECT_EQ(lane_.next_turn(8, kNow + 911s), Turn::none);
    EXPECT_EQ(lane_.next_turn(8, kNow + 912s), Turn::first_attempts);
    EXPECT_EQ(take(Turn::first_attempts), Numbers{5});
}

TEST_F(BatchLane, IsTheSameAfterARestart) {
    // What the journal has after the crash, read in two parts.
    claim({delivery(0, 0s), delivery(1, 1s)}, kNow + 2s);
    EXPECT_EQ(lane_.batch_fires_at(), kNow + 900s + 100ms) << "the old deadline";
    EXPECT_EQ(lane_.next_turn(8, kNow + 1'000s), Turn::none) << "the journal may have more of it";
    claim({delivery(2, 2s)});
    EXPECT_EQ(lane_.next_turn(8, kNow + 1'000s), Turn::first_attempts);
    EXPECT_EQ(take(Turn::first_attempts), (Numbers{0, 1, 2}));
}

TEST_F(BatchLane, PutsWhatComesFromTheJournalInItsPlace) {
    offer(3, 3s);
    claim({delivery(0, 0s), delivery(1, 1s)});
    offer(4, 4s);
    offer(5, 5s);
    EXPECT_EQ(take(Turn::first_attempts), (Numbers{0, 1, 3, 4, 5}));
}

TEST_F(BatchLane, TriesAFailedBatchAgainAsAWhole) {
    auto failed = [](std::int64_t number) {
        auto made = delivery(number, 0s);
        made.attempts = 1;
        made.due_at = kNow + 60s;
        return made;
    };
    claim({failed(0)}, kNow + 60s);
    EXPECT_EQ(lane_.next_turn(8, kNow + 61s), Turn::none) << "the rest of it is still to come";
    claim({failed(1), failed(2)}, kNow + 3'600s);
    EXPECT_EQ(lane_.next_turn(8, kNow + 61s), Turn::retries);
    EXPECT_EQ(take(Turn::retries), (Numbers{0, 1, 2}));
}

}  // namespace
}  // namespace eventbus
