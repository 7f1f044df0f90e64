#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;

class JournalDeadLetters : public test::StoreTest {
protected:
    void die(
        const std::string& id,
        LaneId to,
        const std::string& queue = {},
        const std::string& code = "TIMEOUT") {
        append(id, {to});
        Outcome outcome = dead(claim(to).deliveries.at(0), queue);
        outcome.dead_letter->error_code = code;
        outcome.dead_letter->error_message = "no " + id;
        Attempt attempt;
        attempt.number = 3;
        attempt.error_code = code;
        outcome.attempt = attempt;
        record(std::move(outcome));
        flush();
    }

    std::uint64_t count(DeadLetterFilter filter = {}) {
        return io_.wait(journal().count_dead_letters(std::move(filter))).value();
    }

    std::vector<PacedRedrive> redrives() { return io_.wait(journal().paced_redrives()).value(); }

    std::int64_t start_redrive(std::uint64_t letters_per_second) {
        return io_.wait(journal().start_paced_redrive({}, letters_per_second, clock_.now()))
            .value();
    }
};

TEST_F(JournalDeadLetters, AreFoundByEventAndTime) {
    open();
    const LaneId to = lane();
    const WallTime start = clock_.now();
    die("a", to);
    clock_.advance(1h);
    die("b", to);
    DeadLetterFilter filter;
    filter.event_id = "a";
    EXPECT_EQ(1U, count(filter));
    filter = {};
    filter.from = start + 1min;
    EXPECT_EQ(1U, count(filter));
    filter.to = start + 1h;
    EXPECT_EQ(0U, count(filter));
    filter.from.reset();
    EXPECT_EQ(1U, count(filter));
    EXPECT_EQ("a", dead_letters(filter).at(0).event->id);
    filter.ids = {dead_letters().at(1).id};
    EXPECT_EQ(0U, count(filter));
}

TEST_F(JournalDeadLetters, ShowTheirAttempts) {
    open();
    die("a", lane());
    const auto record = io_.wait(journal().dead_letter(dead_letters().at(0).id));
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ("a", record->letter.event->id);
    ASSERT_EQ(1U, record->attempts.size());
    EXPECT_EQ(3, record->attempts[0].number);
    EXPECT_EQ(Errc::not_found, io_.wait(journal().dead_letter(999)).error().kind());
}

TEST_F(JournalDeadLetters, AreGroupedByCauseTheLargestGroupFirst) {
    open();
    const LaneId to = lane();
    const WallTime start = clock_.now();
    die("a", to, "q", "THROTTLING");
    die("b", to, "q");
    clock_.advance(1h);
    die("c", to, "q");
    const auto groups = io_.wait(journal().group_dead_letters({})).value();
    ASSERT_EQ(2U, groups.size());
    EXPECT_EQ("TIMEOUT", groups[0].error_code);
    EXPECT_EQ("q", groups[0].queue_arn);
    EXPECT_EQ("rule-t1", groups[0].rule_arn);
    EXPECT_EQ("t1", groups[0].target_id);
    EXPECT_EQ(2U, groups[0].count);
    EXPECT_EQ(start, groups[0].oldest);
    EXPECT_EQ(start + 1h, groups[0].newest);
    EXPECT_EQ("no c", groups[0].example_message);
    EXPECT_EQ(dead_letters().back().id, groups[0].example_id);
    EXPECT_EQ("THROTTLING", groups[1].error_code);
}

TEST_F(JournalDeadLetters, ArePurgedByFilterAndLeaveNothingBehind) {
    open();
    const LaneId to = lane();
    die("a", to, "q");
    die("b", to, "other");
    DeadLetterFilter filter;
    filter.queue_arn = "q";
    EXPECT_EQ(1U, io_.wait(journal().purge_dead_letters(filter)).value());
    EXPECT_EQ("b", dead_letters().at(0).event->id);
    EXPECT_EQ(1U, journal().status().dead_letters);
    EXPECT_EQ(1, query("SELECT COUNT(*) FROM dead_letter_attempts"));
    EXPECT_EQ(0U, journal().status().backlog);
    EXPECT_EQ(1U, io_.wait(journal().purge_dead_letters({})).value());
    EXPECT_EQ(0U, count());
}

TEST_F(JournalDeadLetters, ExpireAfterTheirTimeAndAreCounted) {
    options_.dead_letters_keep = 1h;
    open();
    const LaneId to = lane();
    die("a", to);
    die("b", to);
    clock_.advance(30min);
    die("c", to);
    clock_.advance(31min);
    ASSERT_TRUE(eventually([&] { return count() == 1; }));
    EXPECT_EQ("c", dead_letters().at(0).event->id);
    EXPECT_EQ(2, metric("eventbusd_dead_letters_expired_total"));
    EXPECT_EQ(1U, journal().status().dead_letters);
}

TEST_F(JournalDeadLetters, AreCountedByQueueAndCause) {
    open();
    const LaneId to = lane();
    die("a", to, "q", "TIMEOUT");
    die("b", to, "q", "TIMEOUT");
    die("c", to, "", "THROTTLING");
    EXPECT_EQ(2, metric(R"(eventbusd_dead_letters_total{queue="q",error_code="TIMEOUT"})"));
    EXPECT_EQ(1, metric(R"(eventbusd_dead_letters_total{queue="",error_code="THROTTLING"})"));
}

TEST_F(JournalDeadLetters, APacedRedriveTakesItsTimeAndLeavesLaterLettersAlone) {
    open();
    const LaneId to = lane();
    for (const char* id : {"a", "b", "c", "d", "e"}) {
        die(id, to);
    }
    start_redrive(2);
    die("late", to);
    ASSERT_TRUE(eventually([&] { return redrives().empty(); }));
    EXPECT_EQ("late", dead_letters().at(0).event->id);
    const auto redriven = claim(to).deliveries;
    EXPECT_EQ((std::set<std::string>{"a", "b", "c", "d", "e"}), ids_of(redriven));
    EXPECT_EQ(0, redriven[0].attempts);
}

TEST_F(JournalDeadLetters, APacedRedriveSurvivesARestartAndCanBeCancelled) {
    open();
    const LaneId to = lane();
    for (int i = 0; i < 50; ++i) {
        die("e" + std::to_string(i), to);
    }
    DeadLetterFilter filter;
    filter.target_id = "t1";
    filter.from = clock_.now() - 1h;
    const auto id = io_.wait(journal().start_paced_redrive(filter, 1, clock_.now())).value();
    ASSERT_TRUE(eventually([&] { return count() < 50; }));
    reopen();
    ASSERT_EQ(1U, redrives().size());
    EXPECT_EQ(id, redrives()[0].id);
    EXPECT_EQ(filter, redrives()[0].filter);
    EXPECT_EQ(1U, redrives()[0].letters_per_second);
    const auto before = count();
    ASSERT_TRUE(eventually([&] { return count() < before; }));

    ASSERT_TRUE(io_.wait(journal().cancel_paced_redrive(id)).has_value());
    const auto left = count();
    EXPECT_GT(left, 0U);
    EXPECT_EQ(50U, left + journal().status().backlog);
    EXPECT_TRUE(redrives().empty());
    EXPECT_EQ(Errc::not_found, io_.wait(journal().cancel_paced_redrive(id)).error().kind());
}

}  // namespace
}  // namespace eventbus
