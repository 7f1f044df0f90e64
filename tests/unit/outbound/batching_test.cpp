#include "dispatcher_fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::header_of;
using test::HttpSink;
using test::target_at;

// Batches and orders, from the journal to the target.
class DispatchBatches : public test::DispatcherTest {
protected:
    LaneId add_batching(const std::string& arn, Batching batching, const char* id = "t1") {
        Target target = target_at(arn, id);
        target.batching = batching;
        return add_target(std::move(target));
    }
};

// The ids of the events in a body that is an array of envelopes.
std::vector<std::string> ids_in(const std::string& request) {
    std::vector<std::string> ids;
    for (const auto& event : nlohmann::json::parse(body_of(request))) {
        ids.push_back(event["id"]);
    }
    return ids;
}

TEST_F(DispatchBatches, PostsAFullBatchAsOneArray) {
    HttpSink sink;
    const auto lane = add_batching(sink.url(), {3, 900, 262'144});
    start();
    put_many("e", 7, {lane});
    const auto requests = sink.wait_for(2);
    std::set<std::string> ids;
    for (const auto& request : requests) {
        const auto batch = ids_in(request);
        EXPECT_EQ(batch.size(), 3U);
        ids.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(ids, (std::set<std::string>{"e-0", "e-1", "e-2", "e-3", "e-4", "e-5"}));
    eventually([&] {
        (void)io_.wait(journal().flush());
        return journal().status().backlog == 1;
    });
    EXPECT_EQ(sink.requests().size(), 2U) << "the seventh waits for its window";
}

TEST_F(DispatchBatches, PostsWhatItHasWhenTheWindowEnds) {
    HttpSink sink;
    const auto lane = add_batching(sink.url(), {100, 1, 262'144});
    start();
    put("e1", {lane});
    put("e2", {lane});
    EXPECT_EQ(ids_in(sink.wait_for(1).front()), (std::vector<std::string>{"e1", "e2"}));
    wait_until_nothing_is_owed();
}

TEST_F(DispatchBatches, KeepsABatchAcrossARestart) {
    HttpSink sink;
    const auto lane = add_batching(sink.url(), {5, 900, 262'144});
    start();
    put_many("e", 3, {lane});
    restart();
    EXPECT_TRUE(sink.requests().empty());
    put_many("f", 2, {lane});
    EXPECT_EQ(
        ids_in(sink.wait_for(1).front()),
        (std::vector<std::string>{"e-0", "e-1", "e-2", "f-0", "f-1"}));
    wait_until_nothing_is_owed();
}

TEST_F(DispatchBatches, TriesAFailedBatchAgainWithTheSameIdAndEvents) {
    HttpSink sink(
        [](const std::string&, int nth) { return HttpSink::status(nth < 3 ? 503 : 200); });
    const auto lane = add_batching(sink.url(), {4, 900, 262'144});
    start();
    put_many("e", 4, {lane});
    const auto requests = sink.wait_for(4);
    wait_until_nothing_is_owed();
    EXPECT_EQ(sink.requests().size(), 4U);
    for (const auto& request : requests) {
        EXPECT_EQ(header_of(request, "webhook-id"), "msg_batch_4_e-0_" + std::to_string(lane));
        EXPECT_EQ(body_of(request), body_of(requests.front()));
    }
}

TEST_F(DispatchBatches, MakesADeadLetterOfEachMemberOfABatchThatIsRefused) {
    HttpSink sink([](const std::string&, int) { return HttpSink::status(400); });
    const auto lane = add_batching(sink.url(), {3, 900, 262'144});
    start();
    put_many("e", 3, {lane});
    const auto letters = wait_for_dead_letters(3);
    ASSERT_EQ(letters.size(), 3U);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.attempts, 1);
        EXPECT_EQ(letter.error_code, "ERROR_FROM_TARGET");
    }
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(DispatchBatches, AppendsABatchToALogFile) {
    const auto lane = add_batching("file:batched", {4, 900, 262'144});
    start();
    put_many("e", 6, {lane});
    eventually([&] {
        (void)io_.wait(journal().flush());
        return journal().status().backlog == 2;
    });
    const auto text = dir_.read("logs/batched.log");
    EXPECT_EQ(std::ranges::count(text, '\n'), 4);
}

TEST_F(DispatchBatches, PutsABatchOnAnotherBusAsOneCallOfTenEntriesAtMost) {
    HttpSink sink([](const std::string& request, int) {
        nlohmann::json answer = {{"FailedEntryCount", 0}, {"Entries", nlohmann::json::array()}};
        const auto body = nlohmann::json::parse(body_of(request));
        for (const auto& entry : body["Entries"]) {
            answer["Entries"].push_back({{"EventId", entry["EventbusdForwarding"]["Id"]}});
        }
        return HttpSink::status(200, {}, answer.dump());
    });
    sender_options_.remote_bus.timeout = 30s;
    Remote& remote = sender_options_.remote_bus.remotes.emplace_back();
    remote.account = "111111111111";
    remote.region = "eu-west-1";
    remote.endpoint = http::parse_url(sink.url()).value();
    const auto lane =
        add_batching("arn:aws:events:eu-west-1:111111111111:event-bus/central", {10, 1, 262'144});
    start();
    put_many("e", 23, {lane});
    std::vector<std::size_t> sizes;
    std::set<std::string> ids;
    for (const auto& request : sink.wait_for(3)) {
        EXPECT_EQ(header_of(request, "X-Amz-Target"), "AWSEvents.PutEvents");
        const auto entries = nlohmann::json::parse(body_of(request))["Entries"];
        sizes.push_back(entries.size());
        for (const auto& entry : entries) {
            ids.insert(entry["EventbusdForwarding"]["Id"]);
        }
    }
    std::ranges::sort(sizes);
    EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 10, 10}));
    EXPECT_EQ(ids.size(), 23U);
    wait_until_nothing_is_owed();
}

TEST_F(DispatchBatches, GivesABatchToACommandAsOneArray) {
    Command& command = sender_options_.command.commands["load"];
    command.program = {"/bin/sh", "-c", "cat >>\"$0\"; echo >>\"$0\"", (dir_ / "got").string()};
    const auto lane = add_batching("exec:load", {3, 900, 262'144});
    start();
    put_many("e", 3, {lane});
    wait_until_nothing_is_owed();
    const auto text = dir_.read("got");
    ASSERT_EQ(std::ranges::count(text, '\n'), 1) << "the program ran once";
    EXPECT_EQ(nlohmann::json::parse(text).size(), 3U);
}

TEST_F(DispatchBatches, CarriesABacklogOfBatchesBeyondTheWindow) {
    HttpSink sink;
    options_.window = 16;
    const auto lane = add_batching(sink.url(), {10, 900, 262'144});
    start();
    put_many("e", 500, {lane});
    std::set<std::string> ids;
    for (const auto& request : sink.wait_for(50)) {
        const auto batch = ids_in(request);
        EXPECT_EQ(batch.size(), 10U);
        ids.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(ids.size(), 500U);
    wait_until_nothing_is_owed();
}

// Puts an event with a key for a lane.
NewEvent keyed(const std::string& id, LaneId lane, const std::string& key, WallTime now) {
    auto event = test::make_event("{}", id);
    event->accepted_at = now;
    NewEvent made{std::move(event), {lane}, {}};
    made.keys.push_back({lane, key});
    return made;
}

std::string event_id(const std::string& request) {
    return nlohmann::json::parse(body_of(request))["id"];
}

TEST_F(DispatchBatches, DeliversTheEventsOfOneKeyOneAfterTheOther) {
    constexpr int kEach = 40;
    HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    start();
    std::vector<NewEvent> events;
    for (int i = 0; i < kEach; ++i) {
        for (const char* key : {"a", "b", "c"}) {
            events.push_back(keyed(key + std::to_string(100 + i), lane, key, clock_.now()));
        }
    }
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    std::map<char, std::vector<std::string>> by_key;
    for (const auto& request : sink.wait_for(3 * kEach)) {
        const auto id = event_id(request);
        by_key[id.front()].push_back(id);
    }
    for (const auto& [key, ids] : by_key) {
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEach)) << key;
        EXPECT_TRUE(std::ranges::is_sorted(ids)) << key;
    }
    EXPECT_LE(sink.most_at_once(), 3);
    wait_until_nothing_is_owed();
}

TEST_F(DispatchBatches, LetsAFailingKeyBlockOnlyItself) {
    HttpSink sink([](const std::string& request, int) {
        return HttpSink::status(event_id(request) == "a0" ? 503 : 200, "Retry-After: 3000\r\n");
    });
    const auto lane = add_target("t1", sink.url());
    start();
    std::vector<NewEvent> events;
    for (int i = 0; i < 20; ++i) {
        events.push_back(keyed("a" + std::to_string(i), lane, "a", clock_.now()));
        events.push_back(keyed("b" + std::to_string(i), lane, "b", clock_.now()));
    }
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    sink.wait_for(21);
    eventually([&] {
        (void)io_.wait(journal().flush());
        return journal().status().backlog == 20;
    });
    std::set<std::string> seen;
    for (const auto& request : sink.requests()) {
        seen.insert(event_id(request));
    }
    EXPECT_EQ(seen.size(), 21U);
    EXPECT_TRUE(seen.contains("a0"));
    EXPECT_FALSE(seen.contains("a1"));
}

TEST_F(DispatchBatches, DoesNotTakeATargetForDeadBecauseOfOneFailingKey) {
    HttpSink sink([](const std::string& request, int) {
        return HttpSink::status(event_id(request).starts_with("a") ? 503 : 200);
    });
    Target target = test::target_at(sink.url());
    target.ordering_key = "$.detail.key";
    const auto lane = add_target(target);
    options_.breaker = BreakerOptions();
    start();
    const auto append = [&](const std::string& id, const std::string& key) {
        std::vector<NewEvent> events;
        events.push_back(keyed(id, lane, key, clock_.now()));
        ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    };
    append("a0", "a");
    append("a1", "a");
    sink.wait_for(25);  // more failures in a row than it takes
    append("b0", "b");
    eventually([&] {
        const auto requests = sink.requests();
        return std::ranges::any_of(requests, [](const std::string& request) {
            return event_id(request) == "b0";
        });
    });
    EXPECT_NE(metrics_.render().find("eventbusd_breaker_opened_total 0"), std::string::npos);
}

TEST_F(DispatchBatches, TakesAnOrderedTargetForDeadThatFailsForEveryKey) {
    HttpSink sink([](const std::string&, int) { return HttpSink::status(503); });
    Target target = test::target_at(sink.url());
    target.ordering_key = "$.detail.key";
    const auto lane = add_target(target);
    options_.breaker = BreakerOptions();
    start();
    std::vector<NewEvent> events;
    for (int i = 0; i < 5; ++i) {
        events.push_back(keyed("e" + std::to_string(i), lane, std::to_string(i), clock_.now()));
    }
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    eventually([&] {
        return metrics_.render().find("eventbusd_breaker_opened_total 1") != std::string::npos;
    });
}

}  // namespace
}  // namespace eventbus
