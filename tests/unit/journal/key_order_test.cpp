#include "store_fixture.hpp"

#include <chrono>

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

class KeyOrder : public StoreTest {
protected:
    KeyOrder() {
        open();
        lane_ = lane();
    }

    void append_keyed(const std::string& id, const std::string& key) {
        std::vector<NewEvent> events(1);
        events[0].event = event_of(id, clock_.now());
        events[0].owed = {lane_};
        events[0].keys.push_back({lane_, key});
        ASSERT_TRUE(try_append(std::move(events)));
        clock_.advance(1ms);
    }

    std::set<std::string> claimable() {
        claimed_ = claim(lane_);
        return ids_of(claimed_.deliveries);
    }

    Delivery claimed(const std::string& id) {
        for (const auto& delivery : claimed_.deliveries) {
            if (delivery.event->id == id) {
                return delivery;
            }
        }
        ADD_FAILURE() << id << " has not been claimed";
        return {};
    }

    void end(Outcome outcome) {
        record(std::move(outcome));
        flush();
    }

    using Ids = std::set<std::string>;

    LaneId lane_ = 0;
    ClaimResult claimed_;
};

TEST_F(KeyOrder, LetsTheFirstOfEachKeyGoAndTheNextOneWhenItIsDelivered) {
    append_keyed("a1", "a");
    append_keyed("a2", "a");
    append_keyed("b1", "b");
    append("free", {lane_});
    EXPECT_EQ(claimable(), (Ids{"a1", "b1", "free"}));
    EXPECT_EQ(claimed_.next_due_at, std::nullopt) << "nothing else is ever due by itself";
    end(delivered(claimed("a1").id));
    EXPECT_EQ(claimable(), Ids{"a2"});
    end(delivered(claimed("a2").id));
    append_keyed("a3", "a");
    EXPECT_EQ(claimable(), Ids{"a3"});
}

TEST_F(KeyOrder, LetsAFailingDeliveryBlockItsOwnKeyOnly) {
    append_keyed("a1", "a");
    append_keyed("a2", "a");
    claimable();
    end(retry(claimed("a1").id, clock_.now() + 60s, 1));
    append_keyed("b1", "b");
    EXPECT_EQ(claimable(), Ids{"b1"});
    clock_.advance(60s);
    EXPECT_EQ(claimable(), Ids{"a1"});
    end(dead(claimed("a1")));
    EXPECT_EQ(claimable(), Ids{"a2"}) << "a dead letter holds back nobody";
}

TEST_F(KeyOrder, AnnouncesTheNextOneWithTheCommitThatEndedTheOneBefore) {
    Listener listener;
    journal().set_listener(&listener);
    append_keyed("a1", "a");
    append_keyed("a2", "a");
    auto heard = listener.hear(1);
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].event->id, "a1");
    end(delivered(heard[0].id));
    heard = listener.hear(1);
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].event->id, "a2");
    EXPECT_TRUE(claimable().empty()) << "it counts as claimed";
    store_.reset();
}

TEST_F(KeyOrder, SurvivesARestart) {
    append_keyed("a1", "a");
    append_keyed("a2", "a");
    append_keyed("a3", "a");
    reopen();
    EXPECT_EQ(claimable(), Ids{"a1"});
    end(delivered(claimed("a1").id));
    reopen();
    append_keyed("a4", "a");
    EXPECT_EQ(claimable(), Ids{"a2"});
    EXPECT_EQ(journal().status().backlog, 3U);
}

TEST_F(KeyOrder, PutsARedrivenDeadLetterAtTheEndOfItsKey) {
    append_keyed("a1", "a");
    append_keyed("a2", "a");
    claimable();
    end(dead(claimed("a1")));
    append_keyed("a3", "a");
    EXPECT_EQ(io_.wait(journal().redrive({}, clock_.now())).value(), 1U);
    for (const char* id : {"a2", "a3", "a1"}) {
        ASSERT_EQ(claimable(), Ids{id});
        end(delivered(claimed(id).id));
    }
    EXPECT_EQ(query("SELECT COUNT(*) FROM ordered_deliveries"), 0);
    EXPECT_EQ(query("SELECT COUNT(*) FROM ordered_dead_letters"), 0);
}

TEST_F(KeyOrder, KeepsClaimsCheapHoweverMuchWaitsBehindAKey) {
    std::vector<NewEvent> events(10'000);
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i].event = event_of("a" + std::to_string(i), clock_.now());
        events[i].owed = {lane_};
        events[i].keys.push_back({lane_, "a"});
    }
    ASSERT_TRUE(try_append(std::move(events)));
    EXPECT_EQ(claimable(), Ids{"a0"});
    const auto begun_at = std::chrono::steady_clock::now();
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_TRUE(claim(lane_).deliveries.empty());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun_at, 10s)
        << "10,000 rows read for each would take far longer";
}

}  // namespace
}  // namespace eventbus::test
