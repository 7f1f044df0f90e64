#include "due_calendar.hpp"

#include <algorithm>

namespace eventbus {
namespace {

constexpr Millis kFollowedMax = std::chrono::hours{24 * 366};

}  // namespace

WallTime DueCalendar::now(WallTime wall, SteadyTime steady) {
    const std::lock_guard lock(mutex_);
    return read(wall, steady);
}

void DueCalendar::follow(WallTime earliest, WallTime wall, SteadyTime steady) {
    const std::lock_guard lock(mutex_);
    if (earliest > read(wall, steady) && earliest - wall <= kFollowedMax) {
        last_ = {earliest, steady};
    }
}

WallTime DueCalendar::read(WallTime wall, SteadyTime steady) {
    if (last_) {
        const WallTime passed =
            last_->wall + std::chrono::duration_cast<Millis>(steady - last_->steady);
        if (passed > wall) {
            return passed;
        }
    }
    last_ = {wall, steady};
    return wall;
}

}  // namespace eventbus
