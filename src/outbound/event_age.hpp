#pragma once

#include "eventbus/base/clock.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace eventbus {

// How old events are, by a calendar that may jump. An age is the difference of two calendar times;
// when the calendar jumps forward, every event that was accepted before would seem to have aged by
// the jump, and a jump of a day would end the retries of all of them. So jumps are noticed, by
// comparing with the steady clock, and taken off. A jump back makes events younger, which costs
// retries but loses nothing. Safe from any thread.
class EventAge {
public:
    // A jump is noticed between two readings of the clocks, so somebody must take them now and
    // then.
    void read(WallTime now, SteadyTime steady_now);

    Millis age_of(WallTime accepted_at, WallTime now, SteadyTime steady_now);

private:
    struct Jump {
        WallTime from;
        Millis by;
    };

    struct Reading {
        WallTime wall;
        SteadyTime steady;
    };

    void notice(const Reading& reading);

    std::mutex mutex_;
    std::optional<Reading> last_;
    std::vector<Jump> jumps_;  // the latest few
};

}  // namespace eventbus
