#pragma once

#include "eventbus/base/clock.hpp"

#include <chrono>

namespace eventbus {

// A token bucket that hands out moments instead of refusals: whoever asks gets the time of its own
// turn, now or later, so that several users of one limit take turns without a queue. After a pause
// the tokens of a tenth of a second, one at least, may go at once; over any second the rate holds
// within that tenth. Without clock or lock: owned by one strand.
class RateLimiter {
public:
    // `per_second` is positive.
    explicit RateLimiter(double per_second) { set_rate(per_second); }

    // Turns that were given keep their time.
    void set_rate(double per_second);

    // The moment of the next turn, `now` at the earliest. It is the caller's and cannot be given
    // back.
    SteadyTime reserve(SteadyTime now);

private:
    std::chrono::nanoseconds interval_{};
    std::chrono::nanoseconds burst_{};
    // When the bucket is full again; turns are early by at most burst_.
    SteadyTime full_at_ = SteadyTime::min();
};

}  // namespace eventbus
