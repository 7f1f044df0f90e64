#include "event_age.hpp"

namespace eventbus {
namespace {

// Slewing and scheduling delays stay far below; a smaller jump costs no event its retries.
constexpr Millis kJumpMin = std::chrono::minutes{1};
constexpr std::size_t kJumpsKept = 16;

}  // namespace

void EventAge::read(WallTime now, SteadyTime steady_now) {
    const std::lock_guard lock(mutex_);
    notice({now, steady_now});
}

Millis EventAge::age_of(WallTime accepted_at, WallTime now, SteadyTime steady_now) {
    const std::lock_guard lock(mutex_);
    notice({now, steady_now});
    Millis age = now - accepted_at;
    for (const Jump& jump : jumps_) {
        if (accepted_at <= jump.from) {
            age -= jump.by;
        }
    }
    return age;
}

void EventAge::notice(const Reading& reading) {
    if (last_) {
        if (reading.steady < last_->steady) {
            return;  // read earlier than the last one, by another thread
        }
        const auto passed = std::chrono::duration_cast<Millis>(reading.steady - last_->steady);
        const Millis ahead = reading.wall - last_->wall - passed;
        if (ahead > kJumpMin) {
            if (jumps_.size() == kJumpsKept) {
                jumps_.erase(jumps_.begin());
            }
            // Nobody saw when within the interval it jumped; everything accepted until its end, by
            // the old calendar, counts, and what is too little for a jump decides nothing here.
            jumps_.push_back({last_->wall + passed + kJumpMin, ahead});
        }
    }
    last_ = reading;
}

}  // namespace eventbus
