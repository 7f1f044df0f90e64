#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;

// What a listener hears is not in the index of what is due; what it gives back is found all the
// same, and gets there in time.
class JournalUnindexed : public test::StoreTest {
protected:
    ~JournalUnindexed() override { store_.reset(); }

    void open_with_listener() {
        open();
        journal().set_listener(&listener_);
    }

    // `count` events that owe each of `to`, given back as if there were no room for them.
    void append_without_room(const std::vector<LaneId>& to, int count) {
        std::vector<NewEvent> events;
        for (int i = 0; i < count; ++i) {
            const std::string id = "e" + std::to_string(next_++);
            events.push_back(NewEvent{event_of(id, clock_.now()), to});
            clock_.advance(1ms);
        }
        ASSERT_TRUE(try_append(std::move(events)).has_value());
        std::vector<DeliveryId> ids;
        for (const Delivery& heard : listener_.hear(count * to.size())) {
            ids.push_back(heard.id);
        }
        journal().release(std::move(ids));
    }

    std::vector<std::string> claimed_ids(LaneId from, std::size_t limit = 100'000) {
        std::vector<std::string> ids;
        for (const Delivery& delivery : claim(from, limit).deliveries) {
            ids.push_back(delivery.event->id);
        }
        return ids;
    }

    static std::vector<std::string> expected(int first, int end) {
        std::vector<std::string> ids;
        for (int i = first; i < end; ++i) {
            ids.push_back("e" + std::to_string(i));
        }
        return ids;
    }

    std::int64_t unindexed() {
        return query("SELECT COUNT(*) FROM deliveries WHERE is_unindexed = 1");
    }

    test::Listener listener_;
    int next_ = 0;
};

TEST_F(JournalUnindexed, DeliveriesThatEndAtOnceAreNeverIndexed) {
    open_with_listener();
    const LaneId to = lane();
    append("e1", {to});
    const auto heard = listener_.hear(1);
    EXPECT_EQ(1, unindexed());
    record(delivered(heard.at(0).id));
    flush();
    EXPECT_EQ(0, query("SELECT COUNT(*) FROM deliveries"));
}

TEST_F(JournalUnindexed, WithoutAListenerEverythingIsIndexed) {
    open();
    append("e1", {lane()});
    EXPECT_EQ(0, unindexed());
}

TEST_F(JournalUnindexed, WhatIsGivenBackIsClaimedInOrder) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 10);
    EXPECT_EQ(expected(0, 4), claimed_ids(to, 4));
    EXPECT_EQ(expected(4, 10), claimed_ids(to));
    EXPECT_TRUE(claimed_ids(to).empty());
}

TEST_F(JournalUnindexed, IsMergedWithWhatIsIndexedByDueTime) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 1);
    const WallTime before_the_next = clock_.now();
    clock_.advance(1ms);
    append_without_room({to}, 1);
    const auto first = claim(to, 1).deliveries;
    record(retry(first.at(0).id, before_the_next, 1));
    flush();
    append_without_room({to}, 1);
    EXPECT_EQ(expected(0, 3), claimed_ids(to));
    EXPECT_EQ(2, unindexed());
}

TEST_F(JournalUnindexed, SaysWhenTheNextOneIsDue) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 2);
    const WallTime second_due = clock_.now() - 1ms;
    EXPECT_EQ(second_due, claim(to, 1).next_due_at);
}

TEST_F(JournalUnindexed, ASecondGivingBackKeepsTheOrder) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 5);
    const auto first = claim(to, 2).deliveries;
    journal().release({first.at(1).id, first.at(0).id});
    EXPECT_EQ(expected(0, 5), claimed_ids(to));
}

TEST_F(JournalUnindexed, ManyOfALaneAreIndexedInAQuietMomentAndNothingChangesForClaims) {
    open_with_listener();
    const LaneId to = lane("t1");
    const LaneId other = lane("t2");
    append_without_room({to, other}, 300);
    EXPECT_TRUE(eventually([&] { return unindexed() < 2 * 128; }));
    EXPECT_EQ(2 * 300, query("SELECT COUNT(*) FROM deliveries"));
    ASSERT_EQ(2U, backlog().size());
    EXPECT_EQ(300U, backlog().at(0).owed);
    EXPECT_EQ(expected(0, 150), claimed_ids(to, 150));
    EXPECT_EQ(expected(150, 300), claimed_ids(to));
    EXPECT_EQ(expected(0, 300), claimed_ids(other));
}

TEST_F(JournalUnindexed, NewOnesOfALaneThatIsFloodedAreIndexedAtOnce) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 600);
    EXPECT_TRUE(claim(to, 0).next_due_at.has_value());  // what was given back has been taken in
    const auto newest_unindexed = [&] {
        return query("SELECT COUNT(*) FROM deliveries WHERE is_unindexed = 1 AND event_seq > 600");
    };
    append_without_room({to}, 100);
    EXPECT_EQ(0, newest_unindexed());
    append_without_room({to}, 1);  // the last of a flood; the next is not one of many
    append_without_room({to}, 1);
    EXPECT_EQ(1, newest_unindexed());
    EXPECT_EQ(expected(0, 702), claimed_ids(to));
}

TEST_F(JournalUnindexed, ARestartFindsWhatWasHeldAndWhatWasGivenBack) {
    open_with_listener();
    const LaneId to = lane();
    const LaneId silent = lane("t2");
    append_without_room({to}, 3);
    append("held", {silent});
    listener_.hear(1);
    reopen();
    const auto owed = backlog();
    ASSERT_EQ(2U, owed.size());
    EXPECT_EQ(3U, owed.at(0).owed);
    EXPECT_EQ(clock_.now() - 3ms, owed.at(0).next_due_at);
    EXPECT_EQ(1U, owed.at(1).owed);
    EXPECT_EQ(expected(0, 3), claimed_ids(to));
    EXPECT_EQ(std::vector<std::string>{"held"}, claimed_ids(silent));
}

TEST_F(JournalUnindexed, OneThatIsSentAgainByHandIsNotClaimedTwice) {
    open_with_listener();
    const LaneId to = lane();
    append_without_room({to}, 1);
    const auto sent = io_.wait(journal().redeliver("e0", test::kBusArn, to, clock_.now()));
    EXPECT_EQ(Redelivery::brought_forward, sent.value());
    const auto heard = listener_.hear(1);
    EXPECT_TRUE(claimed_ids(to).empty());
    record(delivered(heard.at(0).id));
    flush();
    EXPECT_TRUE(claimed_ids(to).empty());
}

TEST_F(JournalUnindexed, AnOutcomeOfOneThatWasGivenBackEndsIt) {
    open_with_listener();
    const LaneId to = lane();
    append("e1", {to});
    const auto heard = listener_.hear(1);
    journal().release({heard.at(0).id});
    EXPECT_EQ(clock_.now(), claim(to, 0).next_due_at);
    record(delivered(heard.at(0).id));
    flush();
    EXPECT_TRUE(claimed_ids(to).empty());
    EXPECT_FALSE(claim(to).next_due_at.has_value());
}

TEST_F(JournalUnindexed, OnesThatWaitForTheirKeyAreIndexed) {
    open_with_listener();
    const LaneId to = lane();
    append_in_order({"first", "second"}, to, "key");
    const auto heard = listener_.hear(1);
    EXPECT_EQ("first", heard.at(0).event->id);
    EXPECT_EQ(1, unindexed());
    record(delivered(heard.at(0).id));
    flush();
    EXPECT_EQ("second", listener_.hear(1).at(0).event->id);
}

}  // namespace
}  // namespace eventbus
