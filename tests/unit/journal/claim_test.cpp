#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;

class JournalClaim : public test::StoreTest {
protected:
    // `count` events that owe `to`, due a millisecond apart.
    void fill(LaneId to, int count) {
        std::vector<NewEvent> events;
        for (int i = 0; i < count; ++i) {
            events.push_back(
                NewEvent{event_of("e" + std::to_string(i), clock_.now() + Millis(i)), {to}});
        }
        ASSERT_TRUE(try_append(std::move(events)).has_value());
    }
};

TEST_F(JournalClaim, GivesEachDeliveryToOneClaimOnlyInOrderOfDueTime) {
    open();
    const LaneId to = lane();
    fill(to, 25);
    clock_.advance(1h);
    std::vector<Delivery> all;
    for (const std::size_t expected : {10U, 10U, 5U, 0U}) {
        const ClaimResult result = claim(to, 10);
        EXPECT_EQ(expected, result.deliveries.size());
        EXPECT_EQ(expected == 10 && all.size() < 15, result.next_due_at.has_value());
        all.insert(all.end(), result.deliveries.begin(), result.deliveries.end());
    }
    for (int i = 0; i < 25; ++i) {
        EXPECT_EQ("e" + std::to_string(i), all[static_cast<std::size_t>(i)].event->id);
    }
}

TEST_F(JournalClaim, LeavesWhatIsNotDueAndSaysWhenItWillBe) {
    open();
    const LaneId to = lane();
    fill(to, 3);
    clock_.advance(1ms);
    const ClaimResult first = claim(to);
    EXPECT_EQ(2U, first.deliveries.size());
    EXPECT_EQ(clock_.now() + 1ms, first.next_due_at);
    clock_.advance(1ms);
    const ClaimResult second = claim(to);
    EXPECT_EQ(1U, second.deliveries.size());
    EXPECT_FALSE(second.next_due_at.has_value());
}

TEST_F(JournalClaim, KnowsNothingOfOtherLanes) {
    open();
    const LaneId one = lane("t1");
    const LaneId other = lane("t2");
    append("e1", {one});
    EXPECT_TRUE(claim(other).deliveries.empty());
    EXPECT_FALSE(claim(other).next_due_at.has_value());
    EXPECT_TRUE(claim(12345).deliveries.empty());
}

TEST_F(JournalClaim, WithLimitZeroTellsOnlyWhatIsLeft) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const ClaimResult result = claim(to, 0);
    EXPECT_TRUE(result.deliveries.empty());
    EXPECT_EQ(clock_.now(), result.next_due_at);
}

TEST_F(JournalClaim, GetsAgainWhatWasReleased) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const auto claimed = claim(to).deliveries;
    ASSERT_EQ(1U, claimed.size());
    EXPECT_TRUE(claim(to).deliveries.empty());
    journal().release({claimed[0].id});
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(to).deliveries));
}

TEST_F(JournalClaim, GetsWhatTheListenerReleasedFromItsOwnCall) {
    struct Refusing final : DeliveryListener {
        explicit Refusing(Journal& j) : journal(j) {}

        void on_committed(std::vector<Delivery> deliveries) override {
            journal.release({deliveries[0].id});
        }

        Journal& journal;
    };

    open();
    Refusing listener(journal());
    journal().set_listener(&listener);
    const LaneId to = lane();
    append("e1", {to});
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(to).deliveries));
}

TEST_F(JournalClaim, NeverSeesADeliveryThatWasRecordedAsDone) {
    open();
    const LaneId to = lane();
    fill(to, 3);
    clock_.advance(1s);
    const auto claimed = claim(to).deliveries;
    record(delivered(claimed[1].id));
    EXPECT_TRUE(claim(to).deliveries.empty());  // claimed until the outcome is written
    flush();
    EXPECT_TRUE(claim(to).deliveries.empty());  // gone, or still claimed
    EXPECT_EQ(2U, journal().status().backlog);
    reopen();
    EXPECT_EQ((std::set<std::string>{"e0", "e2"}), ids_of(claim(to).deliveries));
}

TEST_F(JournalClaim, GetsARetryWhenItIsDueWithItsAttempts) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const auto id = claim(to).deliveries.at(0).id;
    record(retry(id, clock_.now() + 10s, 4));
    flush();
    EXPECT_EQ(clock_.now() + 10s, claim(to).next_due_at);
    reopen();
    EXPECT_EQ(clock_.now() + 10s, backlog().at(0).next_due_at);
    clock_.advance(10s);
    const auto again = claim(to).deliveries;
    ASSERT_EQ(1U, again.size());
    EXPECT_EQ(4, again[0].attempts);
    EXPECT_EQ(clock_.now(), again[0].due_at);
}

TEST_F(JournalClaim, WritesAloneOutcomesWithoutAFlush) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    record(delivered(claim(to).deliveries.at(0).id));
    EXPECT_TRUE(eventually([&] { return journal().status().backlog == 0; }));
    EXPECT_FALSE(journal().status().oldest_accepted_at.has_value());
}

TEST_F(JournalClaim, StaysCheapWhenALaneOwesAHundredThousand) {
    constexpr int kEvents = 100'000;
    constexpr int kSlice = 1'000;
    open();
    const LaneId to = lane();
    for (int i = 0; i < kEvents / kSlice; ++i) {
        fill(to, kSlice);
    }
    clock_.advance(1h);
    std::size_t claimed = 0;
    std::chrono::steady_clock::duration slowest{};
    std::chrono::steady_clock::duration total{};
    for (int i = 0; i < 200; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const auto deliveries = claim(to, 64).deliveries;
        const auto took = std::chrono::steady_clock::now() - start;
        slowest = std::max(slowest, took);
        total += took;
        claimed += deliveries.size();
        for (const Delivery& delivery : deliveries) {
            record(delivered(delivery.id));
        }
    }
    EXPECT_EQ(200U * 64U, claimed);
    // A scan of the lane would take about 50 ms for each of them.
    EXPECT_LT(total / 200, 25ms);
    flush();
    EXPECT_EQ(kEvents - 200 * 64, query("SELECT COUNT(*) FROM deliveries"));
}

}  // namespace
}  // namespace eventbus
