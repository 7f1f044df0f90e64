#pragma once

#include "eventbus/base/clock.hpp"

#include <cstdint>
#include <optional>

namespace eventbus::bus {

// Whether live events come in, as the number of the journal's appends tells. No clock.
class LiveTraffic {
public:
    // The next one may well come within this time of the last.
    static constexpr Millis kRemembered{1'000};

    bool is_there(SteadyTime now, std::uint64_t appends) {
        if (appends != appends_) {
            appends_ = appends;
            seen_at_ = now;
        }
        return seen_at_ && now - *seen_at_ < kRemembered;
    }

private:
    std::uint64_t appends_ = 0;
    std::optional<SteadyTime> seen_at_;
};

}  // namespace eventbus::bus
