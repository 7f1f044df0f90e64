#include "store_fixture.hpp"

#include <future>

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;

class JournalDeduplication : public test::StoreTest {
protected:
    NewEvent
    with_key(const std::string& id, const std::string& key, const std::string& digest = "same") {
        NewEvent added{event_of(id, clock_.now()), {lane()}};
        auto deduplication = std::make_shared<Deduplication>();
        deduplication->key = key;
        deduplication->digest = digest;
        deduplication->expires_at = clock_.now() + 5min;
        added.deduplication = std::move(deduplication);
        return added;
    }

    std::vector<Repeat> append_once(std::vector<NewEvent> events, bool all_or_nothing = false) {
        return io_.wait(journal().append_once(std::move(events), all_or_nothing)).value();
    }

    std::vector<Repeat> append_once(NewEvent added) {
        std::vector<NewEvent> events;
        events.push_back(std::move(added));
        return append_once(std::move(events));
    }

    std::int64_t events() { return query("SELECT COUNT(*) FROM events"); }
};

TEST_F(JournalDeduplication, WritesTheFirstEventOfAKeyOnlyAlsoAfterARestart) {
    open();
    EXPECT_TRUE(append_once(with_key("e1", "k")).empty());
    EXPECT_TRUE(append_once(with_key("e2", "another")).empty());
    for (int i = 0; i < 2; ++i) {
        const auto repeats = append_once(with_key("e3", "k"));
        ASSERT_EQ(1U, repeats.size());
        EXPECT_EQ(0U, repeats[0].index);
        EXPECT_EQ("e1", repeats[0].first_id);
        EXPECT_TRUE(repeats[0].is_same);
        reopen();
    }
    EXPECT_EQ((std::set<std::string>{"e1", "e2"}), ids_of(claim(lane()).deliveries));
}

TEST_F(JournalDeduplication, OfManyAtOnceOneWins) {
    constexpr std::size_t kRepeats = 50;
    open();
    const LaneId to = lane();
    std::vector<std::future<Result<std::vector<Repeat>>>> answers;
    for (std::size_t i = 0; i < kRepeats; ++i) {
        std::vector<NewEvent> events;
        events.push_back(with_key("e" + std::to_string(i), "k"));
        answers.push_back(boost::asio::co_spawn(
            io_.executor(),
            journal().append_once(std::move(events), false),
            boost::asio::use_future));
    }
    std::size_t repeated = 0;
    std::set<std::string> firsts;
    for (auto& answer : answers) {
        for (const Repeat& repeat : answer.get().value()) {
            ++repeated;
            firsts.insert(repeat.first_id);
        }
    }
    EXPECT_EQ(kRepeats - 1, repeated);
    EXPECT_EQ(firsts, ids_of(claim(to).deliveries));
    EXPECT_EQ(1, events());
}

TEST_F(JournalDeduplication, ARepeatWithinOneCallIsOneToo) {
    open();
    std::vector<NewEvent> events;
    events.push_back(with_key("e1", "k"));
    events.push_back(with_key("e2", "k"));
    events.push_back(NewEvent{event_of("e3", clock_.now()), {}});
    const auto repeats = append_once(std::move(events));
    ASSERT_EQ(1U, repeats.size());
    EXPECT_EQ(1U, repeats[0].index);
    EXPECT_EQ("e1", repeats[0].first_id);
    EXPECT_EQ(2, this->events());
}

TEST_F(JournalDeduplication, AnotherContentUnderTheKeyIsToldApart) {
    open();
    append_once(with_key("e1", "k"));
    const auto repeats = append_once(with_key("e2", "k", "different"));
    ASSERT_EQ(1U, repeats.size());
    EXPECT_FALSE(repeats[0].is_same);
    EXPECT_EQ(1, events());
}

TEST_F(JournalDeduplication, AllOrNothingWritesNothingIfOneContentDiffers) {
    open();
    append_once(with_key("e1", "k1"));
    std::vector<NewEvent> wrong;
    wrong.push_back(with_key("e2", "k0"));
    wrong.push_back(with_key("e3", "k1", "different"));
    const auto repeats = append_once(std::move(wrong), true);
    ASSERT_EQ(1U, repeats.size());
    EXPECT_EQ(1U, repeats[0].index);
    EXPECT_FALSE(repeats[0].is_same);
    EXPECT_EQ(1, events());
    std::vector<NewEvent> right;
    right.push_back(with_key("e4", "k0"));
    right.push_back(with_key("e5", "k1"));
    EXPECT_EQ(1U, append_once(std::move(right), true).size());
    EXPECT_EQ(2, events());
}

TEST_F(JournalDeduplication, AKeyIsFreeAgainAndForgottenAfterItsTime) {
    open();
    append_once(with_key("e1", "k"));
    clock_.advance(5min - 1ms);
    EXPECT_EQ(1U, append_once(with_key("e2", "k")).size());
    clock_.advance(1ms);
    EXPECT_TRUE(append_once(with_key("e3", "k")).empty());
    EXPECT_EQ("e3", append_once(with_key("e4", "k")).at(0).first_id);
    clock_.advance(5min);
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM deduplication") == 0; }));
}

}  // namespace
}  // namespace eventbus
