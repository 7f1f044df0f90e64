#include "event_age.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::FakeClock;

class EventAgeTest : public ::testing::Test {
protected:
    Millis age_of(WallTime accepted_at) {
        return age_.age_of(accepted_at, clock_.now(), clock_.steady_now());
    }

    void jump(Millis by) { clock_.set_wall(clock_.now() + by); }

    FakeClock clock_;
    EventAge age_;
};

TEST_F(EventAgeTest, IsTheTimeSinceAcceptance) {
    const WallTime accepted = clock_.now();
    EXPECT_EQ(age_of(accepted), 0s);
    clock_.advance(1h);
    EXPECT_EQ(age_of(accepted), 1h);
    EXPECT_EQ(age_of(accepted - 30h), 31h) << "accepted by an earlier run of the daemon";
}

TEST_F(EventAgeTest, LeavesJumpsOfTheCalendarOut) {
    const WallTime accepted = clock_.now();
    age_of(accepted);
    clock_.advance(10min);
    jump(24h);
    clock_.advance(10min);
    EXPECT_EQ(age_of(accepted), 20min);
    const WallTime after = clock_.now();
    clock_.advance(5min);
    EXPECT_EQ(age_of(after), 5min) << "accepted after the jump, so it knows nothing of it";
    jump(2h);
    EXPECT_EQ(age_of(accepted), 25min);
    EXPECT_EQ(age_of(after), 5min);
}

TEST_F(EventAgeTest, LetsEventsGrowYoungerWhenTheCalendarJumpsBack) {
    const WallTime accepted = clock_.now();
    age_of(accepted);
    clock_.advance(2h);
    jump(-1h);
    EXPECT_EQ(age_of(accepted), 1h);
    jump(1h);
    EXPECT_LE(age_of(accepted), 2h);
}

TEST_F(EventAgeTest, DoesNotTakeSlewingForAJump) {
    const WallTime accepted = clock_.now();
    age_of(accepted);
    for (int i = 0; i < 100; ++i) {
        clock_.advance(1min);
        jump(1s);
        age_of(accepted);
    }
    EXPECT_EQ(age_of(accepted), 100min + 100s);
}

TEST_F(EventAgeTest, CountsAJumpOnceThoughAThreadWithAnOlderReadingSawItToo) {
    const WallTime accepted = clock_.now();
    age_of(accepted);
    clock_.advance(1s);
    const SteadyTime older = clock_.steady_now();
    clock_.advance(1s);
    age_of(accepted);
    jump(24h);
    age_.read(clock_.now(), older);
    EXPECT_EQ(age_of(accepted), 2s);
}

TEST_F(EventAgeTest, LeavesOutTheJumpForEventsWhoseCalendarRanALittleAheadBeforeIt) {
    age_of(clock_.now());
    clock_.advance(10min);
    const WallTime accepted = clock_.now() + 10s;  // slewed, and read by nobody since
    jump(24h);
    EXPECT_LE(age_of(accepted), 0s);
}

}  // namespace
}  // namespace eventbus
