#pragma once

#include "eventbus/base/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace eventbus::bus {

// How long replays pause between two pages, so that live events keep the upper hand. No clock.
class ReplayPace {
public:
    // Whatever is behind, a replay does not stand still for ever.
    static constexpr Millis kPauseMax{1'000};

    ReplayPace(unsigned share_percent, std::uint64_t backlog_max)
        : share_percent_(share_percent), backlog_max_(backlog_max) {}

    // After a page that has taken `took`. The journal answers more slowly the busier it is, so this
    // share of its time shrinks with what live events leave.
    Millis pause_after(Millis took, std::uint64_t backlog) {
        least_backlog_ = std::min(least_backlog_, backlog);
        if (backlog - least_backlog_ > backlog_max_) {
            return kPauseMax;
        }
        const auto rest = took * (100 - share_percent_) / share_percent_;
        return std::clamp(rest, Millis{0}, kPauseMax);
    }

    // Before the first page, and when nothing is left to replay.
    void reset() { least_backlog_ = std::numeric_limits<std::uint64_t>::max(); }

private:
    const unsigned share_percent_;
    const std::uint64_t backlog_max_;
    std::uint64_t least_backlog_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace eventbus::bus
