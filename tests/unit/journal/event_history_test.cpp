#include "store_fixture.hpp"

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;
using namespace std::chrono_literals;
using namespace std::string_literals;

class JournalEventHistory : public test::StoreTest {
protected:
    Attempt attempt(int number, const std::string& error_code = "", std::string response = "") {
        Attempt made;
        made.number = number;
        made.started_at = clock_.now();
        made.duration = 12ms;
        made.http_status = error_code.empty() ? 200 : 500;
        made.error_code = error_code;
        made.error_message = error_code.empty() ? "" : "It failed.";
        made.response = std::move(response);
        return made;
    }

    void note(Outcome outcome, Attempt made) {
        outcome.attempt = std::move(made);
        record(std::move(outcome));
        flush();
    }

    EventRecord find(const std::string& id) { return io_.wait(journal().find_event(id)).value(); }

    DeliveryTrace only_delivery(const std::string& id) {
        const EventRecord found = find(id);
        EXPECT_EQ(1U, found.entries.size());
        EXPECT_EQ(1U, found.entries.at(0).deliveries.size());
        return found.entries.at(0).deliveries.at(0);
    }

    Result<Redelivery> redeliver(const std::string& id, LaneId to) {
        return io_.wait(journal().redeliver(id, test::kBusArn, to, clock_.now()));
    }

    EventPage list(EventFilter filter, std::size_t limit = 100) {
        return io_.wait(journal().events(std::move(filter), std::nullopt, limit)).value();
    }
};

TEST_F(JournalEventHistory, FollowsADeliveryFromPendingToDelivered) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("other", {to});
    DeliveryTrace seen = only_delivery("e1");
    EXPECT_TRUE(seen.is_owed);
    EXPECT_FALSE(seen.is_held);
    EXPECT_EQ("rule-t1", seen.rule_arn);
    EXPECT_EQ("t1", seen.target_id);
    EXPECT_EQ(0, seen.attempts_made);

    const Delivery delivery = claim(to, 1).deliveries.at(0);
    EXPECT_TRUE(only_delivery("e1").is_held);

    const Attempt failed = attempt(1, "TIMEOUT", "so\0 much \xff"s);
    note(retry(delivery.id, clock_.now() + 10s, 1), failed);
    seen = only_delivery("e1");
    EXPECT_TRUE(seen.is_owed);
    EXPECT_FALSE(seen.is_held);
    EXPECT_EQ(clock_.now() + 10s, seen.due_at);
    EXPECT_EQ(1, seen.attempts_made);
    EXPECT_EQ(std::vector<Attempt>{failed}, seen.attempts);

    clock_.advance(10s);
    const Attempt good = attempt(2);
    note(delivered(delivery.id), good);
    seen = only_delivery("e1");
    EXPECT_FALSE(seen.is_owed);
    EXPECT_EQ((std::vector<Attempt>{failed, good}), seen.attempts);
    reopen();
    EXPECT_EQ(2U, only_delivery("e1").attempts.size());
    EXPECT_TRUE(find("e2").entries.empty());
}

TEST_F(JournalEventHistory, ShowsEveryLaneOfAnEventAndEveryBusThatItEntered) {
    open();
    const LaneId one = lane("t1");
    const LaneId two = lane("t2");
    append("e1", {two, one});
    append("e1", {});
    const EventRecord found = find("e1");
    ASSERT_EQ(2U, found.entries.size());
    ASSERT_EQ(2U, found.entries[0].deliveries.size());
    EXPECT_EQ("t1", found.entries[0].deliveries[0].target_id);
    EXPECT_EQ("t2", found.entries[0].deliveries[1].target_id);
    EXPECT_TRUE(found.entries[1].deliveries.empty());
}

TEST_F(JournalEventHistory, KeepsTheFirstAttemptAndTheLatestOnes) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    for (int number = 1; number <= 50; ++number) {
        clock_.advance(1s);
        const Delivery delivery = claim(to).deliveries.at(0);
        note(retry(delivery.id, clock_.now() + 1s, number), attempt(number, "TIMEOUT"));
    }
    const DeliveryTrace seen = only_delivery("e1");
    EXPECT_EQ(50, seen.attempts_made);
    ASSERT_EQ(20U, seen.attempts.size());
    EXPECT_EQ(1, seen.attempts.front().number);
    EXPECT_EQ(32, seen.attempts[1].number);
    EXPECT_EQ(50, seen.attempts.back().number);
}

TEST_F(JournalEventHistory, KeepsOneKibibyteOfAnAnswerAndCountsItAsHistory) {
    options_.history_keep = 1h;
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("nobody", {});
    note(delivered(claim(to).deliveries.at(0).id), attempt(1, "", std::string(5'000, 'x')));
    EXPECT_EQ(std::string(1'024, 'x'), only_delivery("e1").attempts.at(0).response);
    EXPECT_EQ(
        query("SELECT SUM(bytes) FROM events") + query("SELECT SUM(bytes) FROM attempts"),
        query("SELECT history_bytes FROM counters"));
    clock_.advance(2h);
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 0; }));
    EXPECT_EQ(0, query("SELECT COUNT(*) FROM attempts"));
    EXPECT_EQ(0, query("SELECT history_bytes FROM counters"));
}

TEST_F(JournalEventHistory, APurgeLeavesTheAttemptsOfWhatIsOwed) {
    options_.history_keep = 1h;
    open();
    const LaneId to = lane();
    for (const char* id : {"a", "b", "c"}) {
        append(id, {to});
    }
    const auto claimed = claim(to).deliveries;
    note(delivered(claimed.at(0).id), attempt(1));
    note(retry(claimed.at(1).id, clock_.now() + 48h, 1), attempt(1, "TIMEOUT"));
    note(delivered(claimed.at(2).id), attempt(1));
    clock_.advance(2h);
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 1; }));
    EXPECT_EQ(1U, only_delivery("b").attempts.size());
    EXPECT_EQ(1, query("SELECT COUNT(*) FROM attempts"));
}

TEST_F(JournalEventHistory, ADeadLetterTakesItsAttemptsAlong) {
    options_.history_keep = 0ms;
    open();
    const LaneId to = lane();
    append("e1", {to});
    const Delivery delivery = claim(to).deliveries.at(0);
    note(retry(delivery.id, clock_.now(), 1), attempt(1, "TIMEOUT"));
    note(dead(delivery), attempt(2, "ERROR_FROM_TARGET", "no"));
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 0; }));
    EXPECT_EQ(2, query("SELECT COUNT(*) FROM dead_letter_attempts"));
    const EventRecord found = find("e1");
    EXPECT_TRUE(found.entries.empty());
    ASSERT_EQ(1U, found.dead_letters.size());
    ASSERT_EQ(1U, io_.wait(journal().redrive({}, clock_.now())).value());
    EXPECT_EQ(0, query("SELECT COUNT(*) FROM dead_letter_attempts"));
}

TEST_F(JournalEventHistory, AnOutcomeThatIsToldTwiceIsOneAttempt) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const Delivery delivery = claim(to).deliveries.at(0);
    note(delivered(delivery.id), attempt(1));
    note(delivered(delivery.id), attempt(2));
    EXPECT_EQ(1U, only_delivery("e1").attempts.size());
}

TEST_F(JournalEventHistory, RedeliversWhatWasDeliveredAfresh) {
    test::Listener listener;
    open();
    const LaneId to = lane();
    append("e1", {to});
    note(delivered(claim(to).deliveries.at(0).id), attempt(1));
    journal().set_listener(&listener);
    clock_.advance(1h);
    EXPECT_EQ(Redelivery::sent_again, redeliver("e1", to).value());
    const auto heard = listener.hear(1);
    ASSERT_EQ(1U, heard.size());
    EXPECT_EQ("e1", heard[0].event->id);
    EXPECT_EQ(clock_.now(), heard[0].event->accepted_at);
    EXPECT_EQ(0, heard[0].attempts);
    EXPECT_EQ(2U, find("e1").entries.size());
}

TEST_F(JournalEventHistory, RedeliversToALaneThatTheEventNeverOwed) {
    open();
    const LaneId to = lane();
    append("e1", {});
    EXPECT_EQ(Redelivery::sent_again, redeliver("e1", to).value());
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(to).deliveries));
}

TEST_F(JournalEventHistory, BringsADeliveryThatBacksOffForwardWithItsAttempts) {
    test::Listener listener;
    open();
    const LaneId to = lane();
    append("e1", {to});
    note(retry(claim(to).deliveries.at(0).id, clock_.now() + 1h, 3), attempt(3, "TIMEOUT"));
    journal().set_listener(&listener);
    EXPECT_EQ(Redelivery::brought_forward, redeliver("e1", to).value());
    const auto heard = listener.hear(1);
    ASSERT_EQ(1U, heard.size());
    EXPECT_EQ(3, heard[0].attempts);
    EXPECT_EQ(Redelivery::in_flight, redeliver("e1", to).value());
    EXPECT_TRUE(only_delivery("e1").is_held);
    EXPECT_EQ(1U, journal().status().backlog);
}

TEST_F(JournalEventHistory, RefusesToRedeliverWhatItDoesNotHave) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    EXPECT_EQ(Errc::not_found, redeliver("e2", to).error().kind());
    EXPECT_EQ(
        Errc::not_found,
        io_.wait(journal().redeliver("e1", "another-bus", to, clock_.now())).error().kind());
}

TEST_F(JournalEventHistory, ListsTheNewestFirstByFilterAndPage) {
    open();
    const LaneId to = lane();
    const WallTime start = clock_.now();
    for (int i = 0; i < 5; ++i) {
        append("e" + std::to_string(i), {to});
        clock_.advance(1h);
    }
    const auto claimed = claim(to).deliveries;
    note(retry(claimed.at(1).id, clock_.now() + 1h, 1), attempt(1, "TIMEOUT"));
    note(delivered(claimed.at(2).id), attempt(1));

    struct Case {
        const char* why;
        std::function<void(EventFilter&)> set;
        std::vector<std::string> found;
    };

    const std::vector<Case> cases = {
        {"all", [](auto&) {}, {"e4", "e3", "e2", "e1", "e0"}},
        {"from", [&](auto& f) { f.from = start + 3h; }, {"e4", "e3"}},
        {"to, exclusive", [&](auto& f) { f.to = start + 2h; }, {"e1", "e0"}},
        {"failed only", [](auto& f) { f.failed_only = true; }, {"e1"}},
        {"bus", [](auto& f) { f.bus_arn = test::kBusArn; }, {"e4", "e3", "e2", "e1", "e0"}},
        {"another bus", [](auto& f) { f.bus_arn = "x"; }, {}},
        {"no such source", [](auto& f) { f.source = "x"; }, {}},
        {"no such type", [](auto& f) { f.detail_type = "x"; }, {}},
    };
    for (const Case& c : cases) {
        EventFilter filter;
        c.set(filter);
        std::vector<std::string> found;
        for (const EventSummary& summary : list(filter).events) {
            found.push_back(summary.event->id);
        }
        EXPECT_EQ(c.found, found) << c.why;
    }
    const EventPage first = list({}, 3);
    ASSERT_TRUE(first.before.has_value());
    const EventPage second = io_.wait(journal().events({}, first.before, 3)).value();
    ASSERT_EQ(2U, second.events.size());
    EXPECT_EQ("e1", second.events[0].event->id);
    EXPECT_EQ(1U, second.events[0].owed);
    EXPECT_EQ(1U, second.events[0].failed_attempts);
    EXPECT_FALSE(second.before.has_value());
}

}  // namespace
}  // namespace eventbus
