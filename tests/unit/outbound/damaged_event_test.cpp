#include "dispatcher_fixture.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <string>

// Events that the store has lost, or holds as they were not written, on their way to targets.
namespace eventbus {
namespace {

using test::body_of;
using test::HttpSink;
using test::target_at;

constexpr char kQueueArn[] = "arn:aws:sqs:us-east-1:000000000000:dlq";

class DamagedEvent : public test::DispatcherTest {
protected:
    DamagedEvent() {
        Target with_queue = target_at(sink_.url(), "with-queue");
        with_queue.dead_letter_arn = kQueueArn;
        with_queue_ = add_target(with_queue);
        without_queue_ = add_target("without-queue", sink_.url());
    }

    // Changes the closed database behind the store's back.
    void change(const char* sql) {
        store_.reset();
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open((store_options_.folder / "eventbusd.db").c_str(), &db), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
        open_store();
    }

    std::map<LaneId, DeadLetter> letters_by_lane() {
        std::map<LaneId, DeadLetter> by_lane;
        for (DeadLetter& letter : dead_letters()) {
            EXPECT_EQ(letter.error_code, "CORRUPT");
            EXPECT_NE(letter.error_message.find("damaged in the store"), std::string::npos);
            EXPECT_EQ(letter.rule_arn, "arn:aws:events:us-east-1:000000000000:rule/orders");
            EXPECT_EQ(letter.attempts, 0);
            const LaneId lane = letter.lane;
            EXPECT_TRUE(by_lane.emplace(lane, std::move(letter)).second);
        }
        return by_lane;
    }

    HttpSink sink_;
    LaneId with_queue_ = 0;
    LaneId without_queue_ = 0;
};

TEST_F(DamagedEvent, BecomesADeadLetterInTheQueueOfItsTargetAndNobodyGetsIt) {
    struct Case {
        const char* why;
        const char* sql;
    };

    const Case cases[] = {
        {"its text is another",
         "UPDATE events SET envelope = replace(envelope, 'shop', 'pohs') WHERE event_id = 'e'"},
        {"it seems to be too old", "UPDATE events SET accepted_at = 1 WHERE event_id = 'e'"},
        {"its row is lost", "DELETE FROM events WHERE event_id = 'e'"},
    };
    std::size_t sound = 0;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        put("e", {with_queue_, without_queue_});
        put("sound", {with_queue_, without_queue_}, R"({"sound":true})");
        sound += 2;
        change(c.sql);
        start();
        wait_until_nothing_is_owed();
        const auto letters = letters_by_lane();
        ASSERT_EQ(letters.size(), 2U);
        EXPECT_EQ(letters.at(with_queue_).queue_arn, kQueueArn);
        EXPECT_EQ(letters.at(with_queue_).target_id, "with-queue");
        EXPECT_EQ(letters.at(with_queue_).target_arn, sink_.url());
        EXPECT_EQ(letters.at(without_queue_).queue_arn, "");
        EXPECT_EQ(letters.at(without_queue_).target_id, "without-queue");
        EXPECT_EQ(letters.at(without_queue_).target_arn, sink_.url());
        EXPECT_EQ(sink_.wait_for(sound).size(), sound);
        drain();
        EXPECT_EQ(io_.wait(journal().purge_dead_letters({})).value(), 2U);
    }
    for (const std::string& request : sink_.requests()) {
        EXPECT_NE(body_of(request).find(R"("sound":true)"), std::string::npos) << request;
    }
}

TEST_F(DamagedEvent, NamesTheRuleAndTheTargetThoughTheTargetIsRemoved) {
    put("e", {with_queue_});
    targets_.remove(with_queue_);
    change("UPDATE events SET envelope = '{'");
    start();
    wait_until_nothing_is_owed();
    EXPECT_EQ(letters_by_lane().at(with_queue_).target_id, "with-queue");
}

TEST_F(DamagedEvent, BecomesADeadLetterWhenItIsToBeSentAtOnce) {
    auto event = test::make_event("{}", "e");
    event->accepted_at = clock_.now();
    std::vector<NewEvent> events;
    events.push_back({event, {with_queue_}});
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    Outcome failed;
    failed.kind = Outcome::Kind::retry;
    failed.id = {1, with_queue_};
    failed.next_attempt_at = clock_.now() + std::chrono::hours(1);
    std::vector<Outcome> outcomes;
    outcomes.push_back(std::move(failed));
    journal().record(std::move(outcomes));
    ASSERT_TRUE(io_.wait(journal().flush()));
    change("UPDATE events SET envelope = '{'");
    start();
    const auto refused =
        io_.wait(journal().redeliver("e", event->bus_arn, with_queue_, clock_.now()));
    EXPECT_EQ(refused.error().kind(), Errc::conflict);
    wait_until_nothing_is_owed();
    EXPECT_EQ(letters_by_lane().at(with_queue_).queue_arn, kQueueArn);
    EXPECT_TRUE(sink_.requests().empty());
}

}  // namespace
}  // namespace eventbus
