#pragma once

#include "eventbus/base/clock.hpp"

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

namespace eventbus::bus {

inline constexpr int kLastScheduleYear = 9999;

// What stands in "cron(…)": minutes, hours, days, months and years at which something is due. In
// UTC. Plain value.
class CronSchedule {
public:
    // nullopt if the service would refuse it.
    static std::optional<CronSchedule> parse(std::string_view text);

    // The first due minute after `after`, or nullopt if there is none before the year 10000.
    std::optional<WallTime> next_after(WallTime after) const;

private:
    // Which days of a month are due; exactly one of the two day fields tells.
    struct DayRule {
        enum class Kind {
            days,             // of the month: `days`
            last_day,         // L
            last_weekday,     // LW
            nearest_weekday,  // 15W: the weekday nearest to `day`, in the same month
            weekdays,         // of the week: `days`, Sunday is 1
            last_of_weekday,  // 6L: the last `day` of the month
            nth_of_weekday    // 6#3: the `nth` `day` of the month
        };

        Kind kind = Kind::days;
        std::bitset<32> days;
        int day = 0;
        int nth = 0;
    };

    static std::optional<DayRule> parse_day_of_month(std::string_view text);
    static std::optional<DayRule> parse_day_of_week(std::string_view text);

    // Bit n is day n of that month.
    std::bitset<32> due_days(std::chrono::year_month month) const;
    std::optional<std::chrono::sys_days> next_day(std::chrono::sys_days from) const;
    std::optional<std::chrono::minutes> next_minute(std::chrono::minutes of_day) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<13> months_;
    std::bitset<kLastScheduleYear + 1> years_;
    DayRule day_rule_;
};

}  // namespace eventbus::bus
