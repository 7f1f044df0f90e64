#include "dispatcher_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::header_of;
using test::HttpSink;
using test::target_at;

class Dispatch : public test::DispatcherTest {};

std::multiset<std::string> webhook_ids(const std::vector<std::string>& requests) {
    std::multiset<std::string> ids;
    for (const auto& request : requests) {
        ids.insert(header_of(request, "webhook-id"));
    }
    return ids;
}

TEST_F(Dispatch, DeliversWhatIsCommitted) {
    HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    start();
    put("e1", {lane}, R"({"a":1})");
    const auto request = sink.wait_for(1).front();
    EXPECT_EQ(body_of(request), test::make_event(R"({"a":1})", "e1")->envelope);
    EXPECT_EQ(header_of(request, "webhook-id"), "msg_e1_" + std::to_string(lane));
    wait_until_nothing_is_owed();
    const auto metrics = metrics_.render();
    EXPECT_NE(
        metrics.find("eventbusd_deliveries_total{outcome=\"delivered\"} 1"),
        std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("eventbusd_attempts_total{kind=\"webhook\"} 1"), std::string::npos)
        << metrics;
}

TEST_F(Dispatch, AppliesTheInputFormOfTheTarget) {
    HttpSink sink;
    Target target = target_at(sink.url());
    target.input_transformer.emplace();
    target.input_transformer->input_paths_map = {{"n", "$.detail.n"}};
    target.input_transformer->input_template = R"({"n": <n>, "rule": "<aws.events.rule-name>"})";
    const auto lane = add_target(target);
    start();
    put("e1", {lane}, R"({"n":1.0})");
    EXPECT_EQ(body_of(sink.wait_for(1).front()), R"({"n": 1.0, "rule": "orders"})");
}

TEST_F(Dispatch, LetsAHangingTargetHoldBackNobodyElse) {
    HttpSink hanging([](const std::string&, int) { return std::string(); });
    HttpSink good;
    const auto slow = add_target("slow", hanging.url());
    const auto fast = add_target("fast", good.url());
    start();
    put_many("e", 100, {slow, fast});
    EXPECT_EQ(webhook_ids(good.wait_for(100)).size(), 100U);
    EXPECT_LE(hanging.wait_for(8).size(), 8U) << "a lane has so many calls in flight at most";
    EXPECT_LE(good.most_at_once(), 8);
    drain(0ms);
}

TEST_F(Dispatch, TriesAgainUntilTheTargetAcceptsWithTheSameWebhookId) {
    HttpSink sink(
        [](const std::string&, int nth) { return HttpSink::status(nth < 5 ? 503 : 200); });
    const auto lane = add_target("t1", sink.url());
    start();
    put("e1", {lane});
    const auto requests = sink.wait_for(6);
    wait_until_nothing_is_owed();
    EXPECT_EQ(sink.requests().size(), 6U);
    EXPECT_EQ(webhook_ids(requests).count("msg_e1_" + std::to_string(lane)), 6U);
    EXPECT_TRUE(dead_letters().empty());
}

TEST_F(Dispatch, GoesOnAfterARestartWhereItStopped) {
    std::atomic<bool> is_up{false};
    HttpSink sink([&](const std::string&, int) {
        return is_up ? HttpSink::status(200) : HttpSink::status(503, "Retry-After: 3000\r\n");
    });
    const auto lane = add_target("t1", sink.url());
    start();
    put_many("e", 20, {lane});
    sink.wait_for(20);
    restart();
    is_up = true;
    put("e-20", {lane});
    sink.wait_for(21);
    drain();
    EXPECT_EQ(sink.requests().size(), 21U) << "the retries are not due for most of an hour";

    // Nothing may be due later than the schedule allows, so a shorter schedule stands for a
    // calendar that jumped back.
    store_.reset();
    open_store();
    options_.schedule.cap = options_.schedule.retry_after_max = Millis{1};
    start();
    sink.wait_for(41);
    wait_until_nothing_is_owed();
    const auto ids = webhook_ids(sink.requests());
    EXPECT_EQ(ids.size(), 41U);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 21U);
}

TEST_F(Dispatch, DeliversABacklogLargerThanTheWindowOnce) {
    constexpr int kEvents = 500;
    HttpSink sink;
    options_.window = 16;
    const auto lane = add_target("t1", sink.url());
    put_many("old", kEvents, {lane});
    start();
    for (int i = 0; i < 10; ++i) {
        put_many("new" + std::to_string(i), 20, {lane});
    }
    sink.wait_for(kEvents + 200);
    wait_until_nothing_is_owed();
    const auto ids = webhook_ids(sink.requests());
    EXPECT_EQ(ids.size(), kEvents + 200U);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), kEvents + 200U);
}

TEST_F(Dispatch, MakesADeadLetterWithTheServicesAttributes) {
    HttpSink sink([](const std::string&, int) { return HttpSink::status(500); });
    Target target = target_at(sink.url(), "t1");
    target.retry_policy = RetryPolicy{2, 86'400};
    target.dead_letter_arn = "arn:aws:sqs:us-east-1:000000000000:dlq";
    target.input = R"({"constant":true})";
    const auto lane = add_target(target);
    start();
    put("e1", {lane}, R"({"a":1})");
    const auto letters = wait_for_dead_letters(1);
    ASSERT_EQ(letters.size(), 1U);
    const auto& letter = letters.front();
    EXPECT_EQ(letter.queue_arn, target.dead_letter_arn);
    EXPECT_EQ(letter.event->envelope, test::make_event(R"({"a":1})", "e1")->envelope)
        << "untransformed";
    EXPECT_EQ(letter.lane, lane);
    EXPECT_EQ(letter.rule_arn, "arn:aws:events:us-east-1:000000000000:rule/orders");
    EXPECT_EQ(letter.target_id, "t1");
    EXPECT_EQ(letter.target_arn, target.arn);
    EXPECT_EQ(letter.error_code, "ERROR_FROM_TARGET");
    EXPECT_FALSE(letter.error_message.empty());
    EXPECT_EQ(letter.attempts, 3);
    EXPECT_EQ(letter.exhausted_retry_condition, "MaximumRetryAttempts");
    EXPECT_EQ(sink.requests().size(), 3U);
    wait_until_nothing_is_owed();
}

TEST_F(Dispatch, DoesNotRetryWhatCannotSucceed) {
    struct Case {
        const char* id;
        std::string arn;
        std::optional<std::string> input_path;
        const char* code;
        int attempts;
    };

    HttpSink sink([](const std::string&, int) { return HttpSink::status(404); });
    const std::string bus = "arn:aws:events:us-east-1:000000000000:event-bus/nowhere";
    const Case cases[] = {
        {"refused", sink.url(), {}, "NO_RESOURCE", 1},
        {"no-such-path", sink.url(), "$.detail.missing", "INVALID_JSON", 0},
        {"service", "arn:aws:lambda:us-east-1:000000000000:function:f", {}, "NO_RESOURCE", 0},
        {"bus", bus, {}, "NO_RESOURCE", 1},
    };
    start();
    for (const auto& c : cases) {
        Target target = target_at(c.arn, c.id);
        target.input_path = c.input_path;
        const auto lane = add_target(target);
        put(c.id, {lane});
    }
    const auto letters = wait_for_dead_letters(std::size(cases));
    ASSERT_EQ(letters.size(), std::size(cases));
    for (const auto& c : cases) {
        const auto letter =
            std::ranges::find_if(letters, [&](const DeadLetter& l) { return l.target_id == c.id; });
        ASSERT_NE(letter, letters.end()) << c.id;
        EXPECT_EQ(letter->error_code, c.code) << c.id;
        EXPECT_EQ(letter->attempts, c.attempts) << c.id;
        EXPECT_EQ(letter->exhausted_retry_condition, "") << c.id;
    }
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(Dispatch, MakesDeadLettersOfWhatIsOwedToARemovedTarget) {
    HttpSink sink;
    const auto known = add_target("known", sink.url());
    const auto gone = add_target("gone", sink.url());
    targets_.remove(gone);
    start();
    put("e1", {known});
    sink.wait_for(1);
    wait_until_nothing_is_owed();
    targets_.remove(known);
    put("e2", {known, gone});
    const auto letters = wait_for_dead_letters(2);
    ASSERT_EQ(letters.size(), 2U);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.error_code, "NO_RESOURCE");
        EXPECT_EQ(letter.event->id, "e2");
        EXPECT_EQ(letter.target_id, letter.lane == known ? "known" : "gone");
    }
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(Dispatch, DeliversADeadLetterThatIsRedriven) {
    std::atomic<bool> is_fixed{false};
    HttpSink sink([&](const std::string&, int) { return HttpSink::status(is_fixed ? 200 : 400); });
    const auto lane = add_target("t1", sink.url());
    start();
    put("e1", {lane});
    wait_for_dead_letters(1);
    is_fixed = true;
    EXPECT_EQ(io_.wait(journal().redrive({}, clock_.now())).value(), 1U);
    sink.wait_for(2);
    wait_until_nothing_is_owed();
    EXPECT_TRUE(dead_letters().empty());
}

TEST_F(Dispatch, FollowsAChangeOfTheTarget) {
    HttpSink before;
    HttpSink after;
    const auto lane = add_target("t1", before.url());
    start();
    put("e1", {lane});
    before.wait_for(1);
    targets_.put(lane, target_at(after.url(), "t1"));
    put("e2", {lane});
    EXPECT_EQ(after.wait_for(1).size(), 1U);
    EXPECT_EQ(before.requests().size(), 1U);
}

// The numbers that put_many gave the events of a log file's lines.
std::vector<int> numbers_in(const std::string& text) {
    std::vector<int> numbers;
    constexpr std::string_view kMark = "\"detail\":{\"n\":";
    for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
        numbers.push_back(std::stoi(text.substr(at + kMark.size())));
    }
    return numbers;
}

TEST_F(Dispatch, WritesLogFilesLineByLine) {
    const auto lane = add_target("log", "file:orders");
    start();
    put_many("e", 200, {lane});
    wait_until_nothing_is_owed();
    std::vector<int> expected(200);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(numbers_in(dir_.read("logs/orders.log")), expected)
        << "in order, as they fit the window";
    put_many("f", 2'000, {lane});
    wait_until_nothing_is_owed();
    EXPECT_EQ(numbers_in(dir_.read("logs/orders.log")).size(), 2'200U);
}

TEST_F(Dispatch, KeepsOneEventOnOneLine) {
    Target target = target_at("file:lines", "log");
    target.input_transformer.emplace();
    target.input_transformer->input_template = "{\"a\":\n \"b\",\r\n\"c\": 1}";
    const auto lane = add_target(target);
    start();
    put("e1", {lane});
    wait_until_nothing_is_owed();
    EXPECT_EQ(dir_.read("logs/lines.log"), "{\"a\":  \"b\",  \"c\": 1}\n");
}

TEST_F(Dispatch, PutsEventsOnAnotherBusOnceAndNoFurther) {
    HttpSink sink;
    const std::string other = "arn:aws:events:us-east-1:000000000000:event-bus/other";
    const std::string home = "arn:aws:events:us-east-1:000000000000:event-bus/default";
    const auto forward = add_target("forward", other);
    const auto hook = add_target("hook", sink.url());
    const auto back = add_target("back", home);
    targets_.put_bus(other, {hook, back});
    targets_.put_bus(home, {forward});
    start();
    put("e1", {forward});
    const auto letters = wait_for_dead_letters(1);
    wait_until_nothing_is_owed();
    EXPECT_EQ(sink.wait_for(1).size(), 1U);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].error_code, "LOOP_DETECTED");
    EXPECT_EQ(letters[0].target_id, "back");
    EXPECT_EQ(letters[0].event->visited_buses, (std::vector<std::string>{home, other}));
}

// Fails inside at first, as a bug would.
class BrokenAtFirst final : public TargetSender {
public:
    std::size_t batch_max() const override { return 4; }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery> batch) override {
        const int nth = calls_++;
        if (nth == 0) {
            throw std::runtime_error("a bug");
        }
        std::vector<AttemptResult> results(nth == 1 ? 0 : batch.size());
        co_return results;
    }

private:
    std::atomic<int> calls_{0};
};

TEST_F(Dispatch, SurvivesASenderThatFailsInside) {
    BrokenAtFirst sender;
    const auto lane = add_target("t1", "https://x.example/");
    start_with([&](const Target&) { return &sender; });
    put("e1", {lane});
    wait_until_nothing_is_owed();
    EXPECT_TRUE(dead_letters().empty());
    const auto metrics = metrics_.render();
    EXPECT_NE(metrics.find("eventbusd_deliveries_total{outcome=\"retried\"} 2"), std::string::npos)
        << metrics;
    drain();
}

// Where half of something is done nothing can go on: the process ends with what its threads throw,
// and the next one resumes from the journal.
TEST_F(Dispatch, EndsTheThreadThatItRunsOnWhenItCannotGoOnWithALane) {
    class NoMemory final : public TargetDirectory {
    public:
        BoundTargetPtr find(LaneId) const override { throw std::bad_alloc(); }

        bool is_local_bus(std::string_view) const override { return false; }

        Result<NewEvent> route(const Event&, std::string_view) const override {
            throw std::bad_alloc();
        }

        boost::asio::awaitable<Result<void>> disable(BoundTargetPtr, std::string) const override {
            co_return Result<void>();
        }
    };

    put("e1", {add_target("t1", "https://example.com/")});
    const NoMemory directory;
    boost::asio::io_context context;
    const auto dispatcher = Dispatcher::create(
        context.get_executor(),
        journal(),
        directory,
        [](const Target&) { return nullptr; },
        clock_,
        metrics_,
        options_);
    auto started = boost::asio::co_spawn(context, dispatcher->start(), boost::asio::use_future);
    EXPECT_THROW(context.run_for(30s), std::bad_alloc);
    EXPECT_TRUE(started.get());
    store_.reset();  // before the context that it answers on, and before its listener
}

TEST_F(Dispatch, DrainsWithoutLosingOrRepeatingAnything) {
    constexpr int kEvents = 300;
    HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    options_.window = 32;
    start();
    put_many("e", kEvents, {lane});
    sink.wait_for(20);
    restart();
    sink.wait_for(kEvents);
    wait_until_nothing_is_owed();
    const auto ids = webhook_ids(sink.requests());
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(kEvents));
    EXPECT_EQ(
        std::set<std::string>(ids.begin(), ids.end()).size(),
        static_cast<std::size_t>(kEvents));
}

// Answers nobody.
class Stuck final : public TargetSender {
public:
    std::size_t batch_max() const override { return 1; }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery>) override {
        boost::asio::steady_timer never(co_await boost::asio::this_coro::executor);
        never.expires_at(boost::asio::steady_timer::time_point::max());
        co_await never.async_wait(boost::asio::use_awaitable);
        co_return std::vector<AttemptResult>();
    }
};

TEST_F(Dispatch, DeliversBesideMoreHangingTargetsThanItHasCalls) {
    HttpSink sink;
    Stuck stuck;
    senders_ = SenderSet::create(*client_, targets_, clock_, sender_options_).value();
    start_with([&](const Target& target) {
        return target.arn == "https://stuck.example/" ? &stuck : senders_->find(target);
    });
    std::vector<LaneId> hanging;
    for (int i = 0; i < 200; ++i) {
        hanging.push_back(add_target("stuck" + std::to_string(i), "https://stuck.example/"));
    }
    put_many("e", 8, hanging);
    const auto good = add_target("good", sink.url());
    put_many("f", 20, {good});
    EXPECT_EQ(webhook_ids(sink.wait_for(20)).size(), 20U);
    drain(0ms);
}

// A place that may be called so often a second, by all targets together.
class Limited final : public TargetSender {
public:
    explicit Limited(double per_second) : per_second_(per_second) {}

    std::size_t batch_max() const override { return 1; }

    std::optional<RateLimit> rate_limit(const BoundTarget& target) const override {
        return RateLimit{target.target.arn, per_second_};
    }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery>) override {
        ++calls;
        std::vector<AttemptResult> results(1);
        co_return results;
    }

    std::atomic<int> calls{0};

private:
    const double per_second_;
};

TEST_F(Dispatch, MakesWhatExceedsASharedRateWaitAndLosesNothing) {
    Limited place(200);
    start_with([&](const Target&) { return &place; });
    const auto one = add_target("t1", "https://shared.example/");
    const auto two = add_target("t2", "https://shared.example/");
    const auto begun_at = std::chrono::steady_clock::now();
    put_many("e", 60, {one, two});
    wait_until_nothing_is_owed();
    const auto took = std::chrono::steady_clock::now() - begun_at;
    EXPECT_EQ(place.calls, 120);
    EXPECT_TRUE(dead_letters().empty());
    EXPECT_GE(took, 450ms)
        << "120 calls at 200 a second, of which a tenth of a second's go at once";
}

TEST_F(Dispatch, WritesDownWhatEachAttemptMet) {
    HttpSink sink([](const std::string&, int nth) {
        return nth == 0 ? HttpSink::status(503, "", "busy, key was k3y-value")
                        : HttpSink::status(200);
    });
    Target target = target_at(sink.url(), "hook");
    target.http_parameters.emplace();
    target.http_parameters->header_parameters = {{"X-Api-Key", "k3y-value"}};
    const auto lane = add_target(std::move(target));
    start();
    put("e1", {lane});
    wait_until_nothing_is_owed();
    const auto found = io_.wait(journal().find_event("e1")).value();
    ASSERT_EQ(found.entries.size(), 1U);
    const auto& delivery = found.entries[0].deliveries.at(0);
    EXPECT_FALSE(delivery.is_owed);
    ASSERT_EQ(delivery.attempts.size(), 2U);
    const Attempt& first = delivery.attempts[0];
    EXPECT_EQ(first.number, 1);
    EXPECT_EQ(first.http_status, 503U);
    EXPECT_EQ(first.error_code, "ERROR_FROM_TARGET");
    EXPECT_EQ(first.response, "busy, key was ***");
    EXPECT_GT(first.started_at, clock_.now() - 60s);
    EXPECT_LT(first.duration, 60s);
    const Attempt& second = delivery.attempts[1];
    EXPECT_EQ(second.number, 2);
    EXPECT_EQ(second.http_status, 200U);
    EXPECT_EQ(second.error_code, "");
}

TEST_F(Dispatch, WritesDownWhyThereWasNothingToSend) {
    Target target = target_at("https://h.test/", "hook");
    target.input_path = "$.detail.missing";
    const auto lane = add_target(std::move(target));
    start();
    put("e1", {lane});
    const auto letters = wait_for_dead_letters(1);
    ASSERT_EQ(letters.size(), 1U);
    const auto record = io_.wait(journal().dead_letter(letters[0].id)).value();
    ASSERT_EQ(record.attempts.size(), 1U);
    EXPECT_EQ(record.attempts[0].error_code, letters[0].error_code);
    EXPECT_EQ(record.attempts[0].duration, 0ms);
}

TEST_F(Dispatch, KeepsARateThatATargetHasOfItsOwn) {
    HttpSink sink;
    Target target = target_at(sink.url());
    target.delivery.rate_per_second = 50;
    const auto lane = add_target(target);
    start();
    const auto begun_at = std::chrono::steady_clock::now();
    put_many("e", 30, {lane});
    sink.wait_for(30);
    EXPECT_GE(std::chrono::steady_clock::now() - begun_at, 450ms);
    wait_until_nothing_is_owed();
}

TEST_F(Dispatch, KeepsTheTimeoutAndTheConcurrencyOfATarget) {
    // The daemon's own count: the sink may hear late that a call has been given up.
    std::atomic<int> most_at_once{0};
    HttpSink hanging([&](const std::string&, int) {
        const auto calls =
            static_cast<int>(metrics_.gauge("eventbusd_attempts_in_flight", "").value());
        int most = most_at_once;
        while (calls > most && !most_at_once.compare_exchange_weak(most, calls)) {
        }
        return std::string();
    });
    Target target = target_at(hanging.url());
    target.delivery.timeout_seconds = 1;
    target.delivery.concurrency = 3;
    target.retry_policy = RetryPolicy{0, 86'400};
    const auto lane = add_target(target);
    start();
    put_many("e", 6, {lane});
    const auto letters = wait_for_dead_letters(6);
    ASSERT_EQ(letters.size(), 6U);
    EXPECT_EQ(letters.front().error_code, "TIMEOUT") << "the daemon's own timeout is 30 s";
    EXPECT_EQ(most_at_once, 3);
}

TEST_F(Dispatch, SharesItsCallsAmongMoreLanesThanItHasCalls) {
    sender_options_.log_file.sync = LogFileOptions::Sync::none;
    std::vector<LaneId> lanes;
    for (int i = 0; i < 600; ++i) {
        lanes.push_back(add_target("log" + std::to_string(i), "file:log" + std::to_string(i % 3)));
    }
    start();
    put_many("e", 3, lanes);
    wait_until_nothing_is_owed();
    std::size_t lines = 0;
    for (const char* name : {"logs/log0.log", "logs/log1.log", "logs/log2.log"}) {
        const auto text = dir_.read(name);
        lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
    }
    EXPECT_EQ(lines, 1800U);
}

}  // namespace
}  // namespace eventbus
