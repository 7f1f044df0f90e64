#include "delivery_machine.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using State = DeliveryState;
using Kind = DeliveryDecision::Kind;

// A delivery under a clock that stands still; answers come in words.
class Machine : public ::testing::Test {
protected:
    Machine() : accepted_at_(clock_.now()) {}

    Millis age() const { return clock_.now() - accepted_at_; }

    // One attempt, answered with a status; "" succeeds.
    DeliveryDecision attempt(const std::string& code, std::optional<Millis> retry_after = {}) {
        EXPECT_FALSE(machine_.start(age()));
        EXPECT_EQ(machine_.state(), State::in_flight);
        machine_.note_sent();
        AttemptResult result;
        result.code = code;
        result.retry_after = retry_after;
        result.verdict = code.empty()            ? AttemptResult::Verdict::delivered
                         : code == "NO_RESOURCE" ? AttemptResult::Verdict::permanent
                                                 : AttemptResult::Verdict::retriable;
        return machine_.finish(result, age(), clock_.now(), kRandom);
    }

    static constexpr std::uint64_t kRandom = 500;  // half a second while waits are short

    test::FakeClock clock_;
    const WallTime accepted_at_;
    RetryPolicy policy_{3, 60};
    RetrySchedule schedule_;
    DeliveryMachine machine_{policy_, schedule_, 0};
};

TEST_F(Machine, IsDeliveredAtTheFirstAttempt) {
    EXPECT_EQ(machine_.state(), State::pending);
    EXPECT_EQ(attempt("").kind, Kind::delivered);
    EXPECT_EQ(machine_.state(), State::delivered);
    EXPECT_EQ(machine_.attempts(), 1);
}

TEST_F(Machine, BacksOffBetweenItsAttempts) {
    const auto failed = attempt("TIMEOUT");
    EXPECT_EQ(failed.kind, Kind::retry);
    EXPECT_EQ(failed.next_attempt_at, clock_.now() + 500ms);
    EXPECT_EQ(machine_.state(), State::backing_off);
    clock_.advance(500ms);
    EXPECT_EQ(attempt("TIMEOUT").kind, Kind::retry);
    clock_.advance(500ms);
    EXPECT_EQ(attempt("").kind, Kind::delivered);
    EXPECT_EQ(machine_.attempts(), 3);
}

TEST_F(Machine, IsADeadLetterOnceItsRetriesAreUsedUp) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(attempt("TIMEOUT").kind, Kind::retry);
    }
    const auto last = attempt("TIMEOUT");
    EXPECT_EQ(last.kind, Kind::dead_letter);
    EXPECT_EQ(last.exhausted_retry_condition, kAttemptsLimit);
    EXPECT_EQ(machine_.state(), State::dead_lettered);
    EXPECT_EQ(machine_.attempts(), 4);
}

TEST_F(Machine, IsADeadLetterAtOnceWhenNothingCanHelp) {
    const auto refused = attempt("NO_RESOURCE");
    EXPECT_EQ(refused.kind, Kind::dead_letter);
    EXPECT_EQ(refused.exhausted_retry_condition, "");
    EXPECT_EQ(machine_.attempts(), 1);
}

TEST_F(Machine, IsNotRetriedWhenTheTargetSaysNeverAgain) {
    EXPECT_EQ(attempt("THROTTLING", -1s).kind, Kind::dead_letter);
}

TEST_F(Machine, WaitsUntilWhenTheTargetAsksFor) {
    EXPECT_EQ(attempt("THROTTLING", 20s).next_attempt_at, clock_.now() + 20s);
}

TEST_F(Machine, IsTriedOnceMoreBeforeItsEndWhenTheTargetAsksForMoreThanIsLeft) {
    const auto failed = attempt("THROTTLING", 1h);
    ASSERT_EQ(failed.kind, Kind::retry);
    clock_.advance(failed.next_attempt_at - clock_.now() + 300ms);  // nothing starts on the dot
    EXPECT_FALSE(machine_.start(age()));
}

TEST_F(Machine, EndsWithoutAnAttemptOnceTheEventIsTooOld) {
    EXPECT_EQ(attempt("TIMEOUT").kind, Kind::retry);
    clock_.advance(60s);
    ASSERT_FALSE(machine_.start(age())) << "at the limit it is not past it";
    DeliveryMachine parked(policy_, schedule_, 1);
    EXPECT_EQ(parked.state(), State::backing_off);
    clock_.advance(1ms);
    const auto ended = parked.start(age());
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->kind, Kind::dead_letter);
    EXPECT_EQ(ended->exhausted_retry_condition, kAgeLimit);
    EXPECT_EQ(parked.state(), State::dead_lettered);
    EXPECT_EQ(parked.attempts(), 1);
}

TEST_F(Machine, CountsNoAttemptForWhatCannotBeSent) {
    ASSERT_FALSE(machine_.start(age()));
    AttemptResult result;
    result.verdict = AttemptResult::Verdict::permanent;
    EXPECT_EQ(machine_.finish(result, age(), clock_.now(), 0).kind, Kind::dead_letter);
    EXPECT_EQ(machine_.attempts(), 0);
}

}  // namespace
}  // namespace eventbus
