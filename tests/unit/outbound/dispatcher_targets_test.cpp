#include "dispatcher_fixture.hpp"
#include "support/file_size_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

// Targets that are down, paused or gone, what a lane says of itself, and time that jumps.
namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::FileSizeLimit;
using test::HttpSink;
using test::target_at;

class DispatchToTargets : public test::DispatcherTest {
protected:
    void start_with_a_breaker() {
        options_.breaker = BreakerOptions();
        options_.breaker.probe_interval = Millis{200};
        start();
    }
};

TEST_F(DispatchToTargets, LeavesATargetThatIsDownAloneAndDeliversEverythingOnceItIsBack) {
    std::atomic<bool> is_up{false};
    HttpSink sink([&](const std::string&, int) { return HttpSink::status(is_up ? 200 : 503); });
    const auto lane = add_target("t1", sink.url());
    start_with_a_breaker();
    put_many("e", 500, {lane});
    sink.wait_for(16);  // until it opened, then probes
    EXPECT_LE(sink.requests().size(), 20U) << "500 deliveries wait, and burn no attempts";
    is_up = true;
    wait_until_nothing_is_owed();
    EXPECT_TRUE(dead_letters().empty());
    const auto metrics = metrics_.render();
    EXPECT_NE(
        metrics.find(R"(eventbusd_deliveries_total{outcome="delivered"} 500)"),
        std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("eventbusd_breaker_opened_total 1"), std::string::npos) << metrics;
}

TEST_F(DispatchToTargets, TriesATargetThatIsDownAtOnceWhenItIsResumedOrPutAnew) {
    std::atomic<bool> is_up{false};
    HttpSink sink([&](const std::string&, int) { return HttpSink::status(is_up ? 200 : 503); });
    const auto lane = add_target("t1", sink.url());
    options_.breaker = BreakerOptions();
    options_.breaker.probe_interval = std::chrono::hours{1};
    start();
    const std::vector<LaneId> lanes = {lane};
    const auto is_down = [&] { return io_.wait(dispatcher_->statuses(lanes)).at(0).is_down; };
    for (const bool is_put_anew : {false, true}) {
        is_up = false;
        put_many(is_put_anew ? "f" : "e", 30, {lane});
        eventually(is_down);
        is_up = true;
        if (is_put_anew) {
            targets_.put(lane, target_at(sink.url(), "t1"));
        } else {
            targets_.set_state(lane, TargetState::Kind::paused);
            targets_.set_state(lane, TargetState::Kind::active);
        }
        wait_until_nothing_is_owed();
    }
}

TEST_F(DispatchToTargets, WaitsForAJournalThatCanBeWrittenWithAProbeThatIsDue) {
    std::atomic<bool> is_up{false};
    HttpSink sink([&](const std::string&, int) { return HttpSink::status(is_up ? 200 : 503); });
    const auto lane = add_target("t1", sink.url());
    start_with_a_breaker();
    put_many("e", 200, {lane});
    const std::vector<LaneId> lanes = {lane};
    const auto status = [&] { return io_.wait(dispatcher_->statuses(lanes)).at(0); };
    eventually([&] { return status().is_down; });
    std::optional<FileSizeLimit> no_room(16);
    eventually([&] { return !journal().status().writable; });
    // Due all that time, and not begun.
    auto due_since = clock_.now();
    eventually([&] {
        const auto probe_at = status().next_probe_at;
        if (!probe_at || *probe_at > clock_.now()) {
            due_since = clock_.now();
        }
        return clock_.now() - due_since > 500ms;
    });
    is_up = true;
    no_room.reset();
    wait_until_nothing_is_owed();
}

TEST_F(DispatchToTargets, EndsWhatIsTooOldBeforeItsTurnWithoutAnAttempt) {
    HttpSink sink;
    Target target = target_at(sink.url());
    target.retry_policy = RetryPolicy{185, 60};
    const auto lane = add_target(target);
    start();
    auto event = test::make_event("{}", "old");
    event->accepted_at = clock_.now() - 61s;
    std::vector<NewEvent> events;
    events.push_back({std::move(event), {lane}});
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    const auto letters = wait_for_dead_letters(1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].exhausted_retry_condition, "MaximumEventAgeInSeconds");
    EXPECT_EQ(letters[0].error_code, "TIMEOUT");
    EXPECT_EQ(letters[0].attempts, 0);
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(DispatchToTargets, KeepsWhatAPausedTargetIsOwedUntilItIsResumed) {
    HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    const auto other = add_target("t2", sink.url());
    targets_.set_state(lane, TargetState::Kind::paused);
    start();
    put_many("e", 300, {lane});
    put("other", {other});
    sink.wait_for(1);
    restart();
    EXPECT_EQ(sink.requests().size(), 1U);
    EXPECT_EQ(journal().status().backlog, 300U);
    targets_.set_state(lane, TargetState::Kind::active);
    sink.wait_for(301);
    wait_until_nothing_is_owed();
    EXPECT_EQ(sink.requests().size(), 301U);
}

TEST_F(DispatchToTargets, DoesNotCountThePauseOfATargetTowardsTheAgeOfItsEvents) {
    HttpSink sink;
    Target target = target_at(sink.url());
    target.retry_policy = RetryPolicy{185, 60};
    const auto lane = add_target(target);
    targets_.set_state(lane, TargetState::Kind::paused);
    start();
    auto event = test::make_event("{}", "kept");
    event->accepted_at = clock_.now() - 2h;
    TargetState state;
    state.pauses = {{event->accepted_at + 1s, clock_.now()}};
    targets_.put_state(lane, state);
    std::vector<NewEvent> events;
    events.push_back({std::move(event), {lane}});
    ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    EXPECT_EQ(sink.wait_for(1).size(), 1U);
    wait_until_nothing_is_owed();
}

TEST_F(DispatchToTargets, DisablesATargetThatIsGoneAndMakesDeadLettersOfTheRest) {
    HttpSink sink([](const std::string&, int) { return HttpSink::status(410); });
    Target target = target_at(sink.url());
    target.delivery.concurrency = 1;
    const auto lane = add_target(target);
    start();
    put_many("e", 100, {lane});
    const auto letters = wait_for_dead_letters(100);
    EXPECT_EQ(letters.size(), 100U);
    EXPECT_LT(sink.requests().size(), 100U) << "the rest is not even tried";
    EXPECT_EQ(targets_.find(lane)->state.kind, TargetState::Kind::disabled);
    EXPECT_EQ(letters.front().attempts, 1);
    EXPECT_EQ(letters.back().attempts, 0);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.error_code, "NO_RESOURCE");
    }
}

TEST_F(DispatchToTargets, TellsHowItGoesInALane) {
    HttpSink sink([](const std::string&, int) { return HttpSink::status(503); });
    const auto lane = add_target("t1", sink.url());
    options_.breaker = BreakerOptions();
    start();
    put_many("e", 20, {lane});
    LaneStatus status;
    eventually([&] {
        status = io_.wait(dispatcher_->statuses({lane})).front();
        return status.is_down && status.in_flight == 0;
    });
    EXPECT_EQ(status.lane, lane);
    EXPECT_EQ(status.last_error_code, "ERROR_FROM_TARGET");
    EXPECT_NE(status.last_error_message.find("503"), std::string::npos);
    ASSERT_TRUE(status.next_probe_at);
    EXPECT_GT(*status.next_probe_at, clock_.now());
    EXPECT_EQ(io_.wait(dispatcher_->statuses({lane + 99})).front().lane, lane + 99);
}

TEST_F(DispatchToTargets, TellsWhatALaneWaitsFor) {
    HttpSink sink;
    Target slow = target_at(sink.url(), "slow");
    slow.delivery.rate_per_second = 1;
    Target batching = target_at(sink.url(), "batching");
    batching.batching = Batching{10, 900, 262'144};
    const std::vector<LaneId> lanes = {add_target(slow), add_target(batching)};
    start();
    put_many("e", 3, lanes);
    std::vector<LaneStatus> statuses;
    eventually([&] {
        statuses = io_.wait(dispatcher_->statuses(lanes));
        return statuses[0].rate_turn_at && statuses[1].batch;
    });
    EXPECT_LE(*statuses[0].rate_turn_at, clock_.now() + 2s);
    EXPECT_FALSE(statuses[0].batch);
    EXPECT_FALSE(statuses[1].rate_turn_at);
    EXPECT_LE(statuses[1].batch->begun_at, clock_.now());
    EXPECT_GT(statuses[1].batch->goes_at, statuses[1].batch->begun_at + 899s);
}

// A clock whose calendar a test may move.
class JumpyClock final : public Clock {
public:
    WallTime now() const override { return clock_.now() + jump.load(); }

    SteadyTime steady_now() const override { return clock_.steady_now(); }

    std::atomic<Millis> jump{Millis::zero()};

private:
    SystemClock clock_;
};

// A dispatcher whose calendar a test may move.
class DispatchByACalendarThatJumps : public DispatchToTargets {
protected:
    void start_with_calendar() {
        calendar_ = &jumpy_;
        senders_ = SenderSet::create(*client_, targets_, clock_, sender_options_).value();
        dispatcher_ = Dispatcher::create(
            io_.executor(),
            journal(),
            targets_,
            [this](const Target& target) { return senders_->find(target); },
            jumpy_,
            metrics_,
            options_);
        ASSERT_TRUE(io_.wait(dispatcher_->start()));
    }

    void TearDown() override {
        drain();  // it uses the clock no more
        DispatchToTargets::TearDown();
    }

    JumpyClock jumpy_;
};

TEST_F(DispatchByACalendarThatJumps, ExpiresNothingWhenItJumpsByTwoDays) {
    HttpSink sink;
    const auto lane = add_target("t1", sink.url());
    const auto other = add_target("t2", sink.url());
    targets_.set_state(lane, TargetState::Kind::paused);
    start_with_calendar();
    put("waits", {lane});
    jumpy_.jump = 48h;
    put("passes", {other});
    sink.wait_for(1);
    targets_.set_state(lane, TargetState::Kind::active);
    sink.wait_for(2);
    wait_until_nothing_is_owed();
    EXPECT_TRUE(dead_letters().empty());
}

TEST_F(DispatchByACalendarThatJumps, MakesEveryRetryInItsTimeWhenItJumpsBackByADay) {
    constexpr int kEvents = 100;
    std::atomic<bool> is_up = false;
    HttpSink sink([&](const std::string&, int) { return HttpSink::status(is_up ? 200 : 503); });
    options_.window = 16;
    const auto lane = add_target("t1", sink.url());
    start_with_calendar();
    put_many("e", kEvents, {lane});
    sink.wait_for(kEvents);
    jumpy_.jump = -24h;
    is_up = true;
    wait_until_nothing_is_owed();
    EXPECT_TRUE(dead_letters().empty());
}

}  // namespace
}  // namespace eventbus
