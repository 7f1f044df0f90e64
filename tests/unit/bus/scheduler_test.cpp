#include "eventbus/bus/scheduler.hpp"

#include "eventbus/base/time_text.hpp"

#include "intake_verbs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

// A real scheduler on a real store; the clock stands at 16:18:00 on a Friday until a test moves it.
class SchedulerTest : public testing::Test {
protected:
    SchedulerTest() { start(); }

    void start(bool catch_up_once = false) {
        SchedulerOptions options;
        options.catch_up_once = catch_up_once;
        scheduler_ = Scheduler::create(
            daemon_.io().executor(),
            daemon_.catalog(),
            daemon_.store().catalog(),
            daemon_.journal(),
            daemon_.clock(),
            daemon_.metrics(),
            options);
        ASSERT_EQ(outcome(daemon_.wait(scheduler_->load())), "ok");
    }

    void restart(bool catch_up_once = false) {
        scheduler_.reset();
        daemon_.restart();
        start(catch_up_once);
    }

    void schedule(const std::string& rule, const std::string& expression) {
        ASSERT_EQ(daemon_.put_rule(rule, "", "", expression), "ok");
        ASSERT_EQ(daemon_.put_targets(rule, {"t"}), "ok");
        tick();
    }

    void tick() { ASSERT_EQ(outcome(daemon_.wait(scheduler_->tick())), "ok"); }

    void pass(Millis time) {
        daemon_.clock().advance(time);
        tick();
    }

    // The times of the events that wait for the rule's target, and were not looked at before.
    std::string runs(const std::string& rule) {
        ClaimRequest request;
        request.owner = "test";
        request.lane =
            daemon_.wait(daemon_.journal().lane(rule_arn(daemon_.home, "default", rule), "t"))
                .value();
        request.now = daemon_.clock().now() + 24h * 365;
        request.limit = 1000;
        std::string times;
        for (const auto& delivery :
             daemon_.wait(daemon_.journal().claim(request)).value().deliveries) {
            const auto json = nlohmann::json::parse(delivery.event->envelope);
            times += (times.empty() ? "" : " ") + json["time"].get<std::string>().substr(11, 8);
        }
        return times;
    }

    void set_state(const std::string& rule, RuleState state) {
        ASSERT_EQ(
            outcome(daemon_.wait(daemon_.catalog().set_rule_state(daemon_.ref(rule), state))),
            "ok");
        tick();
    }

    std::uint64_t skipped() { return daemon_.counted("eventbusd_schedule_runs_skipped_total"); }

    BusDaemon daemon_;
    std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, ARunIsAnEventForTheTargetsOfItsRuleAlone) {
    listen(daemon_);  // takes every event of the default bus
    schedule("tick", "rate(1 minute)");
    pass(60s);
    ClaimRequest request;
    request.owner = "test";
    request.lane =
        daemon_.wait(daemon_.journal().lane(rule_arn(daemon_.home, "default", "tick"), "t"))
            .value();
    request.now = daemon_.clock().now();
    request.limit = 10;
    const auto claimed = daemon_.wait(daemon_.journal().claim(request)).value().deliveries;
    ASSERT_EQ(claimed.size(), 1U);
    const Event& event = *claimed[0].event;
    EXPECT_EQ(
        event.envelope,
        R"({"version":"0","id":")" + event.id +
            R"(","detail-type":"Scheduled Event","source":"aws.events","account":"000000000000",)"
            R"("time":"2026-11-20T16:19:00Z","region":"us-east-1",)"
            R"("resources":["arn:aws:events:us-east-1:000000000000:rule/tick"],"detail":{}})");
    EXPECT_EQ(event.bus_arn, bus_arn("default"));
    EXPECT_EQ(daemon_.owed(), 1U) << "another rule got it";
    EXPECT_EQ(daemon_.counted("eventbusd_schedule_runs_total"), 1U);
}

TEST_F(SchedulerTest, ARateRunsForTheFirstTimeOnePeriodAfterItWasMade) {
    schedule("r", "rate(5 minutes)");
    pass(4min + 59s);
    EXPECT_EQ(runs("r"), "");
    pass(1s);
    EXPECT_EQ(runs("r"), "16:23:00");
    pass(1s);
    EXPECT_EQ(runs("r"), "");
    pass(5min);
    EXPECT_EQ(runs("r"), "16:28:00");
}

TEST_F(SchedulerTest, ACronRunsAtItsMinutes) {
    schedule("c", "cron(0/10 * * * ? *)");
    pass(2min);
    pass(10min);
    EXPECT_EQ(runs("c"), "16:20:00 16:30:00");
}

TEST_F(SchedulerTest, ARuleWithAPatternTooGetsBoth) {
    ASSERT_EQ(daemon_.put_rule("both", kAnyOrder, "", "rate(1 minute)"), "ok");
    ASSERT_EQ(daemon_.put_targets("both", {"t"}), "ok");
    tick();
    EXPECT_EQ(put_one(daemon_, order()), "ok");
    pass(60s);
    EXPECT_EQ(daemon_.owed(), 2U);
}

TEST_F(SchedulerTest, AScheduleAloneMatchesNoEvent) {
    schedule("tick", "rate(1 minute)");
    EXPECT_EQ(put_one(daemon_, order()), "ok");
    EXPECT_EQ(daemon_.owed(), 0U);
}

TEST_F(SchedulerTest, AnotherScheduleReplacesTheTimer) {
    schedule("r", "rate(2 minutes)");
    pass(60s);
    schedule("r", "rate(5 minutes)");
    pass(4min);
    EXPECT_EQ(runs("r"), "");
    pass(60s);
    EXPECT_EQ(runs("r"), "16:24:00");
}

TEST_F(SchedulerTest, TheSameScheduleAgainLeavesTheTimerAlone) {
    schedule("r", "rate(2 minutes)");
    pass(60s);
    schedule("r", "rate(2 minutes)");
    pass(60s);
    EXPECT_EQ(runs("r"), "16:20:00");
}

TEST_F(SchedulerTest, ADisabledRuleStandsStillAndStartsAnewWhenEnabled) {
    schedule("r", "rate(2 minutes)");
    set_state("r", RuleState::disabled);
    pass(10min);
    EXPECT_EQ(runs("r"), "");
    set_state("r", RuleState::enabled);
    EXPECT_EQ(runs("r"), "");
    pass(2min);
    EXPECT_EQ(runs("r"), "16:30:00");
    EXPECT_EQ(skipped(), 0U);
}

TEST_F(SchedulerTest, ADeletedRuleRunsNoMoreAndLeavesNothingBehind) {
    schedule("r", "rate(1 minute)");
    pass(60s);
    EXPECT_EQ(runs("r"), "16:19:00");
    ASSERT_EQ(
        outcome(daemon_.wait(daemon_.catalog().remove_targets(daemon_.ref("r"), {"t"}, false))),
        "ok");
    ASSERT_EQ(outcome(daemon_.wait(daemon_.catalog().delete_rule(daemon_.ref("r"), false))), "ok");
    pass(10min);
    EXPECT_EQ(runs("r"), "");
    for (const auto& entry : daemon_.wait(daemon_.store().catalog().load()).value()) {
        EXPECT_NE(entry.kind, "schedule") << entry.key;
    }
}

TEST_F(SchedulerTest, ARestartKeepsTheTimer) {
    schedule("r", "rate(10 minutes)");
    pass(4min);
    restart();
    pass(5min);
    restart();
    EXPECT_EQ(runs("r"), "");
    pass(60s);
    EXPECT_EQ(runs("r"), "16:28:00");
    restart();
    EXPECT_EQ(daemon_.counted("eventbusd_schedule_runs_total"), 0U) << "a run was made twice";
    EXPECT_EQ(skipped(), 0U);
}

TEST_F(SchedulerTest, ARunThatIsUpToAMinuteLateIsStillMade) {
    schedule("r", "rate(10 minutes)");
    daemon_.clock().advance(11min);
    restart();
    EXPECT_EQ(runs("r"), "16:28:00");
    EXPECT_EQ(skipped(), 0U);
}

TEST_F(SchedulerTest, MissedRunsAreSkippedOnceAndCounted) {
    schedule("r", "rate(10 minutes)");
    daemon_.clock().advance(35min);
    restart();
    EXPECT_EQ(runs("r"), "");
    EXPECT_EQ(skipped(), 3U);
    restart();
    EXPECT_EQ(skipped(), 0U) << "skipped twice";
    pass(5min);
    EXPECT_EQ(runs("r"), "16:58:00");
}

TEST_F(SchedulerTest, CatchingUpMakesTheLastMissedRunAndNoOther) {
    schedule("r", "rate(10 minutes)");
    schedule("c", "cron(30 16 * * ? *)");
    daemon_.clock().advance(35min);
    restart(true);
    EXPECT_EQ(runs("r"), "16:48:00");
    EXPECT_EQ(runs("c"), "16:30:00");
    EXPECT_EQ(skipped(), 2U);
    restart(true);
    EXPECT_EQ(daemon_.owed(), 2U) << "caught up twice";
}

TEST_F(SchedulerTest, AYearOfMissedRunsIsOneSkip) {
    schedule("r", "cron(* * * * ? *)");
    daemon_.clock().advance(24h * 365 + 30s);
    tick();
    EXPECT_EQ(runs("r"), "16:18:00");  // half a minute late only
    EXPECT_EQ(skipped(), 60U * 24 * 365 - 1);
}

TEST_F(SchedulerTest, ACalendarSetBackRepeatsNothing) {
    schedule("r", "rate(10 minutes)");
    schedule("c", "cron(0/10 * * * ? *)");
    pass(10min);
    pass(2min);
    EXPECT_EQ(runs("r") + " " + runs("c"), "16:28:00 16:30:00");
    daemon_.clock().set_wall(FakeClock::kStart);
    tick();
    EXPECT_EQ(daemon_.owed(), 2U);
    pass(10min);  // the rate goes on a period later, the cron when the calendar has caught up
    EXPECT_EQ(runs("r") + runs("c"), "16:28:00");
    pass(12min);
    EXPECT_EQ(runs("c"), "16:40:00");
}

TEST_F(SchedulerTest, ACalendarThatWasWrongByYearsDoesNotStopASchedule) {
    daemon_.clock().set_wall(FakeClock::kStart + 24h * 3650);
    schedule("r", "rate(10 minutes)");
    schedule("c", "cron(0/10 * * * ? *)");
    pass(10min);
    runs("r");
    runs("c");
    daemon_.clock().set_wall(FakeClock::kStart);
    tick();
    pass(2min);
    EXPECT_EQ(runs("c"), "16:20:00");
    pass(8min);
    EXPECT_EQ(runs("r"), "16:28:00");
}

TEST_F(SchedulerTest, RulesOfFilesHaveSchedulesTooAndKeepTheirTimers) {
    const auto define = [&] {
        Rule rule;
        rule.name = "filed";
        rule.bus_name = "default";
        rule.schedule_expression = "rate(10 minutes)";
        rule.managed_by = "config:rules.yaml";
        rule.targets = {make_target("t")};
        ManagedCatalog wanted;
        wanted.rules = {rule};
        ASSERT_EQ(daemon_.set_managed(std::move(wanted)), "ok");
    };
    define();
    tick();
    pass(4min);
    scheduler_.reset();
    daemon_.restart();
    define();
    start();
    pass(6min);
    EXPECT_EQ(runs("filed"), "16:28:00");
}

TEST_F(SchedulerTest, ManySchedulesOfOneMinuteAllRun) {
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(daemon_.put_rule("r" + std::to_string(i), "", "", "cron(20 16 * * ? *)"), "ok");
    }
    tick();
    pass(2min);
    EXPECT_EQ(daemon_.counted("eventbusd_schedule_runs_total"), 300U);
    pass(1s);
    EXPECT_EQ(daemon_.counted("eventbusd_schedule_runs_total"), 300U);
}

TEST_F(SchedulerTest, TheMetricsTellTheNextRun) {
    schedule("never", "cron(0 0 30 2 ? *)");
    schedule("c", "cron(0 17 * * ? *)");
    const auto text = daemon_.metrics().render();
    EXPECT_NE(text.find("eventbusd_schedules 2\n"), std::string::npos) << text;
    EXPECT_EQ(
        daemon_.metrics().gauge("eventbusd_schedule_next_run_timestamp_seconds", "").value(),
        std::chrono::duration<double>((FakeClock::kStart + 42min).time_since_epoch()).count());
}

TEST_F(SchedulerTest, RunsByItselfUntilItIsStopped) {
    schedule("r", "rate(1 minute)");
    auto running = daemon_.io().start(scheduler_->run());
    daemon_.clock().advance(60s);
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (daemon_.owed() == 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_EQ(daemon_.owed(), 1U);
    daemon_.wait(scheduler_->stop());
    EXPECT_EQ(running.wait_for(30s), std::future_status::ready);
}

}  // namespace
}  // namespace eventbus::test
