#include "due_calendar.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::FakeClock;

class DueCalendarTest : public ::testing::Test {
protected:
    WallTime now() { return calendar_.now(clock_.now(), clock_.steady_now()); }

    void follow(WallTime earliest) {
        calendar_.follow(earliest, clock_.now(), clock_.steady_now());
    }

    void jump(Millis by) { clock_.set_wall(clock_.now() + by); }

    FakeClock clock_;
    DueCalendar calendar_;
};

TEST_F(DueCalendarTest, IsThatOfTheMachine) {
    EXPECT_EQ(now(), clock_.now());
    clock_.advance(1h);
    EXPECT_EQ(now(), clock_.now());
    jump(24h);
    EXPECT_EQ(now(), clock_.now());
}

TEST_F(DueCalendarTest, GoesOnWhenThatOfTheMachineJumpsBackUntilItHasCaughtUp) {
    const WallTime begun = now();
    clock_.advance(1min);
    EXPECT_EQ(now(), begun + 1min);
    jump(-24h);
    for (int i = 0; i < 10'000; ++i) {
        clock_.advance(1ms);
        now();
    }
    EXPECT_EQ(now(), begun + 1min + 10s);
    jump(24h);
    EXPECT_EQ(now(), clock_.now());
    jump(1h);
    EXPECT_EQ(now(), clock_.now());
}

TEST_F(DueCalendarTest, FollowsWhatWasWrittenByACalendarThatWasAhead) {
    const WallTime begun = now();
    follow(begun + 24h);
    EXPECT_EQ(now(), begun + 24h);
    clock_.advance(1s);
    EXPECT_EQ(now(), begun + 24h + 1s);
    follow(begun);
    EXPECT_EQ(now(), begun + 24h + 1s);
}

TEST_F(DueCalendarTest, DoesNotBelieveWhatIsYearsAhead) {
    follow(clock_.now() + 24h * 365 * 50);
    EXPECT_EQ(now(), clock_.now());
    follow(WallTime::max());
    EXPECT_EQ(now(), clock_.now());
}

}  // namespace
}  // namespace eventbus
