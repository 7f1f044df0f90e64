#include "circuit_breaker.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <random>
#include <string>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;
using Verdict = CircuitBreaker::Verdict;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
// The middle of the jitter: probes come exactly when the interval says.
constexpr std::uint64_t kNoJitter = 6'000;

class Breaker : public ::testing::Test {
protected:
    // Calls one after the other: '.' alive, 'x' failing.
    void calls(const std::string& verdicts, Millis apart = 0ms) {
        for (const char verdict : verdicts) {
            const auto ticket = breaker_.start(now());
            end(ticket, verdict == 'x' ? Verdict::failing : Verdict::alive);
            clock_.advance(apart);
        }
    }

    void end(CircuitBreaker::Ticket ticket, Verdict verdict) {
        breaker_.finish(ticket, verdict, options_, now(), kNoJitter);
    }

    SteadyTime now() const { return clock_.steady_now(); }

    std::size_t calls_max() const { return breaker_.calls_max(now()); }

    test::FakeClock clock_;
    BreakerOptions options_;
    CircuitBreaker breaker_;
};

TEST_F(Breaker, OpensAfterFiveFailuresInARow) {
    calls("xxxx.");
    clock_.advance(1s);
    calls("xxxx");
    EXPECT_EQ(breaker_.state(), State::closed);
    EXPECT_EQ(calls_max(), kUnlimited);
    calls("x");
    EXPECT_EQ(breaker_.state(), State::open);
    EXPECT_EQ(calls_max(), 0U);
    EXPECT_EQ(breaker_.next_probe_at(), now() + 30s);
}

TEST_F(Breaker, OpensWhenSeventyPercentOfTenCallsHaveFailed) {
    calls("xxx.xxx.x", 1s);
    EXPECT_EQ(breaker_.state(), State::closed) << "nine calls are too few";
    calls("x");
    EXPECT_EQ(breaker_.state(), State::open) << "8 of 10";
}

TEST_F(Breaker, ForgetsWhatIsOlderThanAMinute) {
    calls("xxx.xxx.x", 1s);
    clock_.advance(60s);
    calls("x");
    EXPECT_EQ(breaker_.state(), State::closed);
    calls("...", 1s);
    EXPECT_EQ(breaker_.state(), State::closed);
}

TEST_F(Breaker, StaysClosedWhileEnoughCallsSucceed) {
    for (int i = 0; i < 1'000; ++i) {
        calls("xx..", 100ms);
    }
    EXPECT_EQ(breaker_.state(), State::closed) << "half fail, never five in a row";
}

TEST_F(Breaker, WantsMoreFailuresInARowOfATargetThatHasJustSucceeded) {
    calls(".xxxxx");
    EXPECT_EQ(breaker_.state(), State::closed) << "chance, at a high rate";
    clock_.advance(1s);
    calls("x");
    EXPECT_EQ(breaker_.state(), State::open) << "no success for a second";
}

TEST_F(Breaker, OpensAfterTwentyFailuresInARowHoweverFastTheyCome) {
    calls(std::string(100, '.') + std::string(19, 'x'));
    EXPECT_EQ(breaker_.state(), State::closed);
    calls("x");
    EXPECT_EQ(breaker_.state(), State::open);
}

TEST_F(Breaker, OpensAgainAfterFiveFailuresThatFollowAProbe) {
    calls("xxxxx");
    clock_.advance(30s);
    calls(".xxxxx");
    EXPECT_EQ(breaker_.state(), State::open) << "a probe alone proves little";
}

struct RandomFailures {
    int calls_per_second;
    std::chrono::hours during;
    double down_max;  // share of the time
};

class BreakerOfAFlakyTarget : public ::testing::TestWithParam<RandomFailures> {};

// 18 % of the calls fail, whatever happens: what is lost to openings is time that the target did
// not ask for.
TEST_P(BreakerOfAFlakyTarget, IsOpenForNextToNoTime) {
    const auto& row = GetParam();
    test::FakeClock clock;
    CircuitBreaker breaker;
    const BreakerOptions options;
    std::mt19937_64 random(18);
    const auto begun = clock.steady_now();
    const auto end = begun + row.during;
    SteadyTime::duration down{0};
    while (clock.steady_now() < end) {
        if (const auto probe_at = breaker.next_probe_at(); probe_at > clock.steady_now()) {
            const auto wait = std::chrono::ceil<Millis>(*probe_at - clock.steady_now());
            down += wait;
            clock.advance(wait);
        }
        const auto ticket = breaker.start(clock.steady_now());
        const auto verdict = random() % 100 < 18 ? Verdict::failing : Verdict::alive;
        breaker.finish(ticket, verdict, options, clock.steady_now(), random());
        clock.advance(Millis{1'000 / row.calls_per_second});
    }
    const double share = std::chrono::duration<double>(down) / (end - begun);
    RecordProperty("share", std::to_string(share));
    EXPECT_LE(share, row.down_max);
}

INSTANTIATE_TEST_SUITE_P(
    Rates,
    BreakerOfAFlakyTarget,
    ::testing::Values(
        RandomFailures{1'000, std::chrono::hours{1}, 0.0},
        RandomFailures{100, std::chrono::hours{10}, 0.0},
        RandomFailures{10, std::chrono::hours{100}, 0.0},
        RandomFailures{5, std::chrono::hours{200}, 0.03},
        RandomFailures{1, std::chrono::hours{1'000}, 0.01}));

TEST_F(Breaker, ProbesOnceWhenItsTimeHasComeAndStaysOpenIfThatFails) {
    calls("xxxxx");
    clock_.advance(29'999ms);
    EXPECT_EQ(calls_max(), 0U);
    clock_.advance(1ms);
    EXPECT_EQ(calls_max(), 1U);
    const auto probe = breaker_.start(now());
    EXPECT_EQ(breaker_.state(), State::half_open);
    EXPECT_EQ(calls_max(), 0U) << "one probe at a time";
    EXPECT_EQ(breaker_.next_probe_at(), std::nullopt);
    clock_.advance(5s);
    end(probe, Verdict::failing);
    EXPECT_EQ(breaker_.state(), State::open);
    EXPECT_EQ(breaker_.next_probe_at(), now() + 30s);
}

TEST_F(Breaker, SpreadsItsProbes) {
    for (const auto& [random, after] :
         {std::pair<std::uint64_t, Millis>{0, 24s}, {12'000, 36s}, {12'001, 24s}}) {
        CircuitBreaker breaker;
        for (int i = 0; i < 5; ++i) {
            breaker.finish(breaker.start(now()), Verdict::failing, options_, now(), random);
        }
        EXPECT_EQ(breaker.next_probe_at(), now() + after) << random;
    }
}

TEST_F(Breaker, ClosesInARampThatEachSuccessMakesWider) {
    calls("xxxxx");
    clock_.advance(30s);
    calls(".");
    EXPECT_EQ(breaker_.state(), State::closed);
    EXPECT_EQ(calls_max(), 1U);
    calls("...");
    EXPECT_EQ(calls_max(), 4U);
    calls("x");
    EXPECT_EQ(calls_max(), 4U) << "a failure adds nothing";
    calls(std::string(507, '.'));
    EXPECT_EQ(calls_max(), 511U);
    calls(".");
    EXPECT_EQ(calls_max(), kUnlimited) << "the ramp is over";
}

TEST_F(Breaker, TakesNoNoticeOfCallsFromBeforeItChangedItsMind) {
    const auto early = breaker_.start(now());
    const auto late = breaker_.start(now());
    calls("xxxxx");
    end(early, Verdict::alive);
    EXPECT_EQ(breaker_.state(), State::open) << "it may have succeeded minutes ago";
    clock_.advance(30s);
    calls(".");
    end(late, Verdict::failing);
    EXPECT_EQ(calls_max(), 1U);
    EXPECT_EQ(breaker_.state(), State::closed);
}

TEST_F(Breaker, TriesTheNextDeliveryWhenAProbeNeverWentOut) {
    calls("xxxxx");
    clock_.advance(30s);
    end(breaker_.start(now()), Verdict::nothing);
    EXPECT_EQ(breaker_.state(), State::open);
    EXPECT_EQ(calls_max(), 1U);
}

TEST_F(Breaker, IsAsNewAfterAReset) {
    calls("xxxxx");
    breaker_.reset();
    EXPECT_EQ(breaker_.state(), State::closed);
    EXPECT_EQ(calls_max(), kUnlimited);
    calls("xxxx");
    EXPECT_EQ(breaker_.state(), State::closed);
}

}  // namespace
}  // namespace eventbus
