#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;

class JournalOutcome : public test::StoreTest {
protected:
    Delivery append_and_claim(const std::string& id, LaneId to) {
        append(id, {to});
        return claim(to).deliveries.at(0);
    }

    void die(const std::string& id, LaneId to, const std::string& queue = {}) {
        record(dead(append_and_claim(id, to), queue));
        flush();
    }
};

TEST_F(JournalOutcome, MakesADeadLetterThatOutlivesTheEvent) {
    options_.history_keep = 0ms;
    open();
    const LaneId to = lane();
    clock_.advance(5s);
    const Delivery delivery = append_and_claim("e1", to);
    record(dead(delivery, "arn:aws:sqs:us-east-1:000000000000:q"));
    flush();
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 0; }));
    reopen();

    EXPECT_EQ(0U, journal().status().backlog);
    EXPECT_EQ(1U, journal().status().dead_letters);
    const auto letters = dead_letters();
    ASSERT_EQ(1U, letters.size());
    const DeadLetter& letter = letters[0];
    EXPECT_GT(letter.id, 0);
    EXPECT_EQ("arn:aws:sqs:us-east-1:000000000000:q", letter.queue_arn);
    EXPECT_EQ(to, letter.lane);
    EXPECT_EQ("rule-t1", letter.rule_arn);
    EXPECT_EQ("t1", letter.target_id);
    EXPECT_EQ("https://example.com/hook", letter.target_arn);
    EXPECT_EQ("ERROR_FROM_TARGET", letter.error_code);
    EXPECT_EQ("HTTP 500", letter.error_message);
    EXPECT_EQ(3, letter.attempts);
    EXPECT_EQ("MaximumRetryAttempts", letter.exhausted_retry_condition);
    EXPECT_EQ(clock_.now(), letter.dead_at);
    EXPECT_EQ(delivery.event->id, letter.event->id);
    EXPECT_EQ(delivery.event->envelope, letter.event->envelope);
    EXPECT_EQ(delivery.event->accepted_at, letter.event->accepted_at);
}

TEST_F(JournalOutcome, ListsDeadLettersByPageAndFilter) {
    open();
    const LaneId to = lane();
    for (int i = 0; i < 6; ++i) {
        die("e" + std::to_string(i), to, i % 2 == 0 ? "even" : "odd");
    }
    const auto first = dead_letters({}, 0, 4);
    ASSERT_EQ(4U, first.size());
    const auto second = dead_letters({}, first.back().id, 4);
    ASSERT_EQ(2U, second.size());
    EXPECT_EQ("e4", second[0].event->id);

    struct Case {
        const char* why;
        std::function<void(DeadLetterFilter&)> set;
        std::size_t found;
    };

    const auto id = first[1].id;
    const std::vector<Case> cases = {
        {"all", [](auto&) {}, 6},
        {"queue", [](auto& f) { f.queue_arn = "odd"; }, 3},
        {"the default queue", [](auto& f) { f.queue_arn = ""; }, 0},
        {"rule", [](auto& f) { f.rule_arn = "rule-t1"; }, 6},
        {"another rule", [](auto& f) { f.rule_arn = "rule-t2"; }, 0},
        {"target", [](auto& f) { f.target_id = "t1"; }, 6},
        {"error", [](auto& f) { f.error_code = "TIMEOUT"; }, 0},
        {"ids",
         [&](auto& f) {
             f.ids = {9999, first[3].id, id, id};
         },
         2},
        {"id and queue",
         [&](auto& f) {
             f.ids = {id};
             f.queue_arn = "even";
         },
         0},
        {"injection", [](auto& f) { f.queue_arn = "' OR 1=1 --"; }, 0},
    };
    for (const Case& c : cases) {
        DeadLetterFilter filter;
        c.set(filter);
        EXPECT_EQ(c.found, dead_letters(filter).size()) << c.why;
    }
}

TEST_F(JournalOutcome, RedriveOwesTheDeliveryAfresh) {
    test::Listener listener;
    open();
    const LaneId to = lane();
    die("e1", to, "a");
    die("e2", to, "b");
    journal().set_listener(&listener);
    clock_.advance(48h);
    DeadLetterFilter filter;
    filter.queue_arn = "a";
    EXPECT_EQ(1U, io_.wait(journal().redrive(filter, clock_.now())).value());

    const auto heard = listener.hear(1);
    ASSERT_EQ(1U, heard.size());
    EXPECT_EQ("e1", heard[0].event->id);
    EXPECT_EQ(clock_.now(), heard[0].event->accepted_at);
    EXPECT_EQ(clock_.now(), heard[0].due_at);
    EXPECT_EQ(0, heard[0].attempts);
    EXPECT_EQ(1U, dead_letters().size());
    EXPECT_EQ(1U, journal().status().dead_letters);
    reopen();
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(to).deliveries));
}

TEST_F(JournalOutcome, RedriveOfManyGoesOverSeveralGroups) {
    constexpr std::uint64_t kLetters = 2'000;
    open();
    const LaneId to = lane();
    std::vector<NewEvent> events;
    for (std::uint64_t i = 0; i < kLetters; ++i) {
        events.push_back(NewEvent{event_of("e" + std::to_string(i), clock_.now()), {to}});
    }
    ASSERT_TRUE(try_append(std::move(events)).has_value());
    std::vector<Outcome> outcomes;
    for (const Delivery& delivery : claim(to, kLetters).deliveries) {
        outcomes.push_back(dead(delivery));
    }
    ASSERT_EQ(kLetters, outcomes.size());
    journal().record(std::move(outcomes));
    flush();
    ASSERT_EQ(kLetters, journal().status().dead_letters);

    EXPECT_EQ(kLetters, io_.wait(journal().redrive({}, clock_.now())).value());
    EXPECT_EQ(0U, journal().status().dead_letters);
    EXPECT_EQ(kLetters, ids_of(claim(to, kLetters + 1).deliveries).size());
    EXPECT_EQ(0U, io_.wait(journal().redrive({}, clock_.now())).value());
}

TEST_F(JournalOutcome, AppendsFollowUpsOnceHoweverOftenItIsTold) {
    test::Listener listener;
    open();
    const LaneId to = lane("t1");
    const LaneId next = lane("t2");
    const Delivery delivery = append_and_claim("e1", to);
    journal().set_listener(&listener);
    for (int i = 0; i < 3; ++i) {
        Outcome outcome = delivered(delivery.id);
        outcome.follow_ups.push_back(NewEvent{event_of("follow-up", clock_.now()), {next}});
        record(std::move(outcome));
        flush();
    }
    EXPECT_EQ(std::set<std::string>{"follow-up"}, ids_of(listener.hear(1)));
    EXPECT_TRUE(listener.hear(0).empty());
    EXPECT_EQ(1U, journal().status().backlog);
    EXPECT_EQ(2, query("SELECT COUNT(*) FROM events"));
}

TEST_F(JournalOutcome, IsHarmlessForADeliveryThatIsNoLongerOwed) {
    open();
    const LaneId to = lane();
    const Delivery delivery = append_and_claim("e1", to);
    record(delivered(delivery.id));
    record(retry(delivery.id, clock_.now(), 2));
    record(dead(delivery));
    record(delivered({999'999, to}));
    flush();
    EXPECT_EQ(0U, journal().status().backlog);
    EXPECT_EQ(0U, journal().status().dead_letters);
    EXPECT_TRUE(claim(to).deliveries.empty());
}

TEST_F(JournalOutcome, CountsAgreeWithTheTables) {
    open();
    const LaneId one = lane("t1");
    const LaneId two = lane("t2");
    append("both", {one, two}, 100);
    append("nobody", {}, 200);
    record(delivered(claim(one).deliveries.at(0).id));
    flush();
    EXPECT_EQ(
        query("SELECT SUM(bytes) FROM events WHERE event_id = 'nobody'"),
        query("SELECT history_bytes FROM counters"));
    record(dead(claim(two).deliveries.at(0)));
    flush();
    EXPECT_EQ(query("SELECT SUM(bytes) FROM events"), query("SELECT history_bytes FROM counters"));
    EXPECT_EQ(0, query("SELECT owed FROM counters"));
    EXPECT_EQ(1, query("SELECT dead_letters FROM counters"));
}

}  // namespace
}  // namespace eventbus
