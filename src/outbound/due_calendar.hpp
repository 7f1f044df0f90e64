#pragma once

#include "eventbus/base/clock.hpp"

#include <mutex>
#include <optional>

namespace eventbus {

// The calendar by which deliveries are due: that of the machine, but it never goes back. Due times
// are written down as calendar times; when the machine's calendar jumps back by a day, what was due
// in a second would otherwise be due a day later. After such a jump this one goes on by the steady
// clock until the machine's has caught up. Safe from any thread.
class DueCalendar {
public:
    WallTime now(WallTime wall, SteadyTime steady);

    // It cannot be earlier than `earliest`: something that was written down says so, so the
    // machine's calendar has jumped back since, perhaps while no daemon ran. What is years ahead is
    // not believed.
    void follow(WallTime earliest, WallTime wall, SteadyTime steady);

private:
    struct Reading {
        WallTime wall;
        SteadyTime steady;
    };

    WallTime read(WallTime wall, SteadyTime steady);

    std::mutex mutex_;
    std::optional<Reading> last_;  // the last time that it was that of the machine, or followed
};

}  // namespace eventbus
