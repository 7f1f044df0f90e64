#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace eventbus {

namespace bus {
class CronSchedule;
}

// When a rule is due by itself: `rate(…)` or `cron(…)`, in UTC. A plain value; it knows no clock.
class ScheduleExpression {
public:
    // The error is PutRule's (code ValidationException), the same for everything that can be wrong.
    [[nodiscard]] static Result<ScheduleExpression> parse(std::string_view text);

    // The first run after `after` of a schedule that was started at `since`, or nullopt if there is
    // none. A rate counts from `since`, and runs for the first time one period later.
    std::optional<WallTime> next_after(WallTime after, WallTime since) const;

    bool is_rate() const { return cron_ == nullptr; }

private:
    ScheduleExpression(Millis period, std::shared_ptr<const bus::CronSchedule> cron);

    Millis period_;  // of a rate
    std::shared_ptr<const bus::CronSchedule> cron_;
};

}  // namespace eventbus
