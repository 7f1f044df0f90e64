#include "store_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;

class JournalAppend : public test::StoreTest {};

TEST_F(JournalAppend, KeepsEverythingOwedOverARestart) {
    open();
    const LaneId first = lane("t1");
    const LaneId second = lane("t2");
    append("both", {first, second});
    append("second only", {second});
    append("nobody", {});
    reopen();

    EXPECT_EQ(first, lane("t1"));
    EXPECT_EQ(second, lane("t2"));
    EXPECT_EQ(3U, journal().status().backlog);
    EXPECT_EQ(clock_.now(), journal().status().oldest_accepted_at);
    const auto lanes = backlog();
    ASSERT_EQ(2U, lanes.size());
    EXPECT_EQ(first, lanes[0].lane);
    EXPECT_EQ(1U, lanes[0].owed);
    EXPECT_EQ(clock_.now(), lanes[0].next_due_at);
    EXPECT_EQ(2U, lanes[1].owed);
    EXPECT_EQ(std::set<std::string>{"both"}, ids_of(claim(first).deliveries));
    EXPECT_EQ((std::set<std::string>{"both", "second only"}), ids_of(claim(second).deliveries));
}

TEST_F(JournalAppend, ReadsBackEveryPartOfAnEvent) {
    open();
    const LaneId to = lane();
    auto event = std::make_shared<Event>(*event_of("e1", clock_.now()));
    event->envelope = "{\"detail\":{\"n\":1.50,\"t\":\"\xC3\xA9\\u0000\"}}";
    event->trace_header = "Root=1-5f8";
    event->visited_buses = {"arn:one", "arn:\"two\"", test::kBusArn};
    ASSERT_TRUE(try_append(std::vector<NewEvent>{NewEvent{event, {to}}}).has_value());

    const auto claimed = claim(to).deliveries;
    ASSERT_EQ(1U, claimed.size());
    const Event& read = *claimed[0].event;
    EXPECT_EQ(event->id, read.id);
    EXPECT_EQ(event->bus_arn, read.bus_arn);
    EXPECT_EQ(event->accepted_at, read.accepted_at);
    EXPECT_EQ(event->envelope, read.envelope);
    EXPECT_EQ(event->trace_header, read.trace_header);
    EXPECT_EQ(event->visited_buses, read.visited_buses);
    EXPECT_EQ(0, claimed[0].attempts);
    EXPECT_EQ(event->accepted_at, claimed[0].due_at);
}

TEST_F(JournalAppend, TellsTheListenerBeforeTheCallerAndCountsItsDeliveriesAsClaimed) {
    test::Listener listener;
    open();
    journal().set_listener(&listener);
    const LaneId to = lane();
    append("e1", {to});
    const auto heard = listener.hear(0);
    ASSERT_EQ(1U, heard.size());
    EXPECT_EQ("e1", heard[0].event->id);
    EXPECT_TRUE(claim(to).deliveries.empty());
    EXPECT_FALSE(claim(to).next_due_at.has_value());
    reopen();  // a restart voids the claim
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(to).deliveries));
}

TEST_F(JournalAppend, OwesALaneOnlyOncePerEvent) {
    open();
    const LaneId to = lane();
    append("e1", {to, to, to});
    EXPECT_EQ(1U, journal().status().backlog);
}

TEST_F(JournalAppend, MergesConcurrentCallersIntoFewCommits) {
    test::Listener listener;
    open();
    journal().set_listener(&listener);
    const LaneId to = lane();
    Counter& commits = metrics_.counter("eventbusd_commits_total", "");
    const std::uint64_t commits_before = commits.value();
    constexpr int kCallers = 64;
    constexpr int kAppendsEach = 40;
    auto caller = [this, to](int number) -> boost::asio::awaitable<int> {
        int accepted = 0;
        for (int i = 0; i < kAppendsEach; ++i) {
            const std::string id = std::to_string(number) + "/" + std::to_string(i);
            std::vector<LaneId> owed{to};
            std::vector<NewEvent> events;
            events.push_back(NewEvent{event_of(id, clock_.now()), std::move(owed)});
            const auto appended = co_await journal().append(std::move(events));
            accepted += appended.has_value() ? 1 : 0;
        }
        co_return accepted;
    };
    std::vector<std::future<int>> callers;
    for (int i = 0; i < kCallers; ++i) {
        callers.push_back(io_.start(caller(i)));
    }
    int accepted = 0;
    for (auto& answer : callers) {
        accepted += answer.get();
    }
    EXPECT_EQ(kCallers * kAppendsEach, accepted);
    EXPECT_LT(commits.value() - commits_before, kCallers * kAppendsEach / 4U);
    EXPECT_EQ(static_cast<std::size_t>(kCallers * kAppendsEach), ids_of(listener.hear(1)).size());
    EXPECT_EQ(kCallers * kAppendsEach, query("SELECT COUNT(*) FROM deliveries"));
}

TEST_F(JournalAppend, RefusesAnEventThatFitsIntoNoRow) {
    open();
    const auto refused = try_append(
        std::vector<NewEvent>{NewEvent{event_of("huge", clock_.now(), 5 * 1024 * 1024), {}}});
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::limit_exceeded, refused.error().kind());
    append("small", {});
}

TEST_F(JournalAppend, AnswersOverloadAtOnce) {
    options_.queue_bytes_max = 1;
    open();
    // One caller at a time fits whatever its size; of many at once, most find the queue full.
    constexpr int kCallers = 200;
    std::vector<std::future<Result<void>>> callers;
    for (int i = 0; i < kCallers; ++i) {
        callers.push_back(io_.start(journal().append(std::vector<NewEvent>{
            NewEvent{event_of("e" + std::to_string(i), clock_.now(), 10'000), {}}})));
    }
    std::int64_t accepted = 0;
    int throttled = 0;
    for (auto& answer : callers) {
        const auto result = answer.get();
        if (result.has_value()) {
            ++accepted;
        } else {
            EXPECT_EQ(Errc::unavailable, result.error().kind());
            EXPECT_EQ("ThrottlingException", result.error().code());
            ++throttled;
        }
    }
    EXPECT_GT(accepted, 0);
    EXPECT_GT(throttled, 0);
    EXPECT_EQ(accepted, query("SELECT COUNT(*) FROM events"));
    append("afterwards", {});
}

TEST_F(JournalAppend, IsRefusedAfterClose) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    store_->close();
    store_->close();
    const auto refused =
        try_append(std::vector<NewEvent>{NewEvent{event_of("e2", clock_.now()), {}}});
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ServiceUnavailableException", refused.error().code());
    EXPECT_FALSE(std::filesystem::exists(database().string() + "-wal"));
    EXPECT_TRUE(io_.wait(journal().backlog()).has_error());
}

TEST_F(JournalAppend, WritesWhatIsQueuedWhenItCloses) {
    open();
    constexpr int kCallers = 50;
    std::vector<std::future<Result<void>>> callers;
    for (int i = 0; i < kCallers; ++i) {
        callers.push_back(io_.start(journal().append(
            std::vector<NewEvent>{NewEvent{event_of("e" + std::to_string(i), clock_.now()), {}}})));
    }
    store_->close();
    std::int64_t accepted = 0;
    for (auto& answer : callers) {
        accepted += answer.get().has_value() ? 1 : 0;
    }
    EXPECT_EQ(accepted, query("SELECT COUNT(*) FROM events"));
}

TEST_F(JournalAppend, GivesNoSequenceNumberTwice) {
    options_.history_keep = std::chrono::milliseconds(0);
    open();
    append("e1", {});
    append("e2", {});
    ASSERT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 0; }));
    reopen();
    append("e3", {lane()});
    EXPECT_EQ(3, query("SELECT event_seq FROM deliveries"));
}

TEST_F(JournalAppend, CountsTheCallsOfThoseWhoseEventsComeFromOutside) {
    open();
    append("e1", {lane("t1")});
    EXPECT_EQ(journal().status().appends, 1U);
    ASSERT_TRUE(io_.wait(journal().append_once({}, false)).has_value());
    EXPECT_EQ(journal().status().appends, 2U);
    ASSERT_TRUE(io_.wait(journal().append_with({}, {{"replay", "r", "{}"}}, Urgency::with_others))
                    .has_value());
    EXPECT_EQ(journal().status().appends, 2U);
}

TEST_F(JournalAppend, ShowsItsStateInTheMetrics) {
    open();
    append("e1", {lane("t1"), lane("t2")});
    clock_.advance(Millis(5000));
    const std::string text = metrics_.render();
    EXPECT_NE(std::string::npos, text.find("eventbusd_deliveries_backlog 2\n")) << text;
    EXPECT_NE(std::string::npos, text.find("eventbusd_oldest_pending_seconds 5\n")) << text;
    EXPECT_NE(std::string::npos, text.find("eventbusd_commit_events_total 1\n")) << text;
    store_.reset();
    metrics_.render();  // outlives the store
}

}  // namespace
}  // namespace eventbus
