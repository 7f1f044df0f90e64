#include "cron_schedule.hpp"

#include "schedule_text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace eventbus::bus {

namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 12>
    kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7>
    kWeekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

// One of cron's six fields: its numbers, and names for them counted from `min`.
struct CronField {
    int min;
    int max;
    std::span<const std::string_view> names;
};

constexpr CronField kMinute{0, 59, {}};
constexpr CronField kHour{0, 23, {}};
constexpr CronField kDayOfMonth{1, 31, {}};
constexpr CronField kMonth{1, 12, kMonths};
constexpr CronField kDayOfWeek{1, 7, kWeekdays};
// The service takes any year.
constexpr CronField kYear{0, kLastScheduleYear, {}};

bool equals_ignoring_case(std::string_view text, std::string_view upper) {
    return std::ranges::equal(text, upper, [](char a, char b) {
        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
}

std::optional<int> parse_value(const CronField& field, std::string_view text) {
    for (std::size_t i = 0; i < field.names.size(); ++i) {
        if (equals_ignoring_case(text, field.names[i])) {
            return field.min + static_cast<int>(i);
        }
    }
    // Years and the like may be written with leading zeros ("05"), which says nothing wrong.
    while (text.size() > 1 && text.front() == '0') {
        text.remove_prefix(1);
    }
    const auto number = read_number(text);
    return number && *number >= field.min && *number <= field.max ? number : std::nullopt;
}

// "*", "5", "MON-FRI", and each with "/STEP": "5/10" is every tenth from 5 on. A range may wrap
// ("20-2").
struct CronItem {
    int first = 0;
    int last = 0;
    int step = 1;
};

std::optional<CronItem> parse_item(const CronField& field, std::string_view text) {
    CronItem item;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto step = read_number(text.substr(slash + 1));
        if (!step || *step < 1 || *step > field.max) {
            return std::nullopt;
        }
        item.step = *step;
        text = text.substr(0, slash);
    }
    if (text == "*") {
        item.first = field.min;
        item.last = field.max;
        return item;
    }
    const auto dash = text.find('-');
    const auto first = parse_value(field, text.substr(0, dash));
    if (!first) {
        return std::nullopt;
    }
    item.first = *first;
    item.last = slash == std::string_view::npos ? *first : field.max;
    if (dash != std::string_view::npos) {
        const auto last = parse_value(field, text.substr(dash + 1));
        if (!last) {
            return std::nullopt;
        }
        item.last = *last;
    }
    return item;
}

template <std::size_t kBits>
bool parse_list(const CronField& field, std::string_view text, std::bitset<kBits>& due) {
    for (const auto part : split(text, ',')) {
        const auto item = parse_item(field, part);
        if (!item) {
            return false;
        }
        const int values = field.max - field.min + 1;
        const int span = item->last - item->first + (item->last < item->first ? values : 0);
        for (int offset = 0; offset <= span; offset += item->step) {
            const int value = field.min + (item->first - field.min + offset) % values;
            due.set(static_cast<std::size_t>(value));
        }
    }
    return true;
}

unsigned last_day_of(chrono::year_month month) {
    return unsigned{(month / chrono::last).day()};
}

// Sunday is 1, as in the expressions.
int weekday_of(chrono::year_month month, unsigned day) {
    const auto at = chrono::sys_days{month / chrono::day{day}};
    return static_cast<int>(chrono::weekday{at}.c_encoding()) + 1;
}

// The working day nearest to `day` without leaving the month.
unsigned nearest_weekday(chrono::year_month month, unsigned day) {
    switch (weekday_of(month, day)) {
        case 7:
            return day == 1 ? 3 : day - 1;
        case 1:
            return day == last_day_of(month) ? day - 2 : day + 1;
        default:
            return day;
    }
}

unsigned last_weekday(chrono::year_month month) {
    const unsigned last = last_day_of(month);
    switch (weekday_of(month, last)) {
        case 7:
            return last - 1;
        case 1:
            return last - 2;
        default:
            return last;
    }
}

}  // namespace

// Besides lists: the last day (L), the last weekday (LW), the weekday nearest to a day (15W).
std::optional<CronSchedule::DayRule> CronSchedule::parse_day_of_month(std::string_view text) {
    DayRule rule;
    if (text == "L" || text == "LW") {
        rule.kind = text == "L" ? DayRule::Kind::last_day : DayRule::Kind::last_weekday;
        return rule;
    }
    if (text.ends_with('W')) {
        const auto day = parse_value(kDayOfMonth, text.substr(0, text.size() - 1));
        rule.kind = DayRule::Kind::nearest_weekday;
        rule.day = day.value_or(0);
        return day ? std::optional(rule) : std::nullopt;
    }
    return parse_list(kDayOfMonth, text, rule.days) ? std::optional(rule) : std::nullopt;
}

// Besides lists: Saturday (L), the last such day of the month (5L, FRIL), the nth one (3#2, TUE#2).
std::optional<CronSchedule::DayRule> CronSchedule::parse_day_of_week(std::string_view text) {
    constexpr int kWeeksMax = 5;
    DayRule rule;
    rule.kind = DayRule::Kind::weekdays;
    if (text == "L") {
        rule.days.set(static_cast<std::size_t>(kDayOfWeek.max));
        return rule;
    }
    if (text.ends_with('L')) {
        const auto day = parse_value(kDayOfWeek, text.substr(0, text.size() - 1));
        rule.kind = DayRule::Kind::last_of_weekday;
        rule.day = day.value_or(0);
        return day ? std::optional(rule) : std::nullopt;
    }
    if (const auto hash = text.find('#'); hash != std::string_view::npos) {
        const auto day = parse_value(kDayOfWeek, text.substr(0, hash));
        const auto nth = read_number(text.substr(hash + 1));
        if (!day || !nth || *nth < 1 || *nth > kWeeksMax) {
            return std::nullopt;
        }
        rule.kind = DayRule::Kind::nth_of_weekday;
        rule.day = *day;
        rule.nth = *nth;
        return rule;
    }
    return parse_list(kDayOfWeek, text, rule.days) ? std::optional(rule) : std::nullopt;
}

std::optional<CronSchedule> CronSchedule::parse(std::string_view text) {
    auto fields = split(text, ' ');
    if (fields.front().empty() || fields.back().empty()) {
        return std::nullopt;
    }
    std::erase(fields, std::string_view());  // several blanks count as one
    if (fields.size() != 6) {
        return std::nullopt;
    }
    // A day is told by one of the two, and the other one says so.
    const bool is_any_day_of_month = fields[2] == "?";
    if (is_any_day_of_month == (fields[4] == "?")) {
        return std::nullopt;
    }
    CronSchedule cron;
    const auto day_rule =
        is_any_day_of_month ? parse_day_of_week(fields[4]) : parse_day_of_month(fields[2]);
    if (!day_rule || !parse_list(kMinute, fields[0], cron.minutes_) ||
        !parse_list(kHour, fields[1], cron.hours_) ||
        !parse_list(kMonth, fields[3], cron.months_) ||
        !parse_list(kYear, fields[5], cron.years_)) {
        return std::nullopt;
    }
    cron.day_rule_ = *day_rule;
    return cron;
}

std::bitset<32> CronSchedule::due_days(chrono::year_month month) const {
    const unsigned last = last_day_of(month);
    std::bitset<32> due;
    switch (day_rule_.kind) {
        case DayRule::Kind::days:
            for (unsigned day = 1; day <= last; ++day) {
                due[day] = day_rule_.days[day];
            }
            break;
        case DayRule::Kind::last_day:
            due.set(last);
            break;
        case DayRule::Kind::last_weekday:
            due.set(last_weekday(month));
            break;
        case DayRule::Kind::nearest_weekday:
            // A month without that day has none near it.
            if (const auto day = static_cast<unsigned>(day_rule_.day); day <= last) {
                due.set(nearest_weekday(month, day));
            }
            break;
        case DayRule::Kind::weekdays:
            for (unsigned day = 1; day <= last; ++day) {
                due[day] = day_rule_.days[static_cast<std::size_t>(weekday_of(month, day))];
            }
            break;
        case DayRule::Kind::last_of_weekday: {
            const int back = (weekday_of(month, last) - day_rule_.day + 7) % 7;
            due.set(last - static_cast<unsigned>(back));
            break;
        }
        case DayRule::Kind::nth_of_weekday: {
            const int first = 1 + (day_rule_.day - weekday_of(month, 1) + 7) % 7;
            if (const int day = first + 7 * (day_rule_.nth - 1); day <= static_cast<int>(last)) {
                due.set(static_cast<std::size_t>(day));
            }
            break;
        }
    }
    return due;
}

std::optional<chrono::sys_days> CronSchedule::next_day(chrono::sys_days from) const {
    const chrono::year_month_day start{from};
    const int first_year = std::max(0, int{start.year()});
    for (int year = first_year; year <= kLastScheduleYear; ++year) {
        if (!years_[static_cast<std::size_t>(year)]) {
            continue;
        }
        const bool is_first_year = year == int{start.year()};
        for (unsigned month = is_first_year ? unsigned{start.month()} : 1; month <= 12; ++month) {
            if (!months_[month]) {
                continue;
            }
            const auto at = chrono::year{year} / chrono::month{month};
            const bool is_first_month = is_first_year && month == unsigned{start.month()};
            const auto due = due_days(at);
            for (unsigned day = is_first_month ? unsigned{start.day()} : 1; day <= 31; ++day) {
                if (due[day]) {
                    return chrono::sys_days{at / chrono::day{day}};
                }
            }
        }
    }
    return std::nullopt;
}

std::optional<chrono::minutes> CronSchedule::next_minute(chrono::minutes of_day) const {
    auto minute = static_cast<std::size_t>(of_day.count() % 60);
    for (auto hour = static_cast<std::size_t>(of_day.count() / 60); hour < 24; ++hour) {
        for (; hours_[hour] && minute < 60; ++minute) {
            if (minutes_[minute]) {
                return chrono::hours{hour} + chrono::minutes{minute};
            }
        }
        minute = 0;
    }
    return std::nullopt;
}

std::optional<WallTime> CronSchedule::next_after(WallTime after) const {
    const auto from = chrono::floor<chrono::minutes>(after) + chrono::minutes{1};
    const auto today = chrono::floor<chrono::days>(from);
    const auto day = next_day(today);
    if (!day) {
        return std::nullopt;
    }
    const auto of_day = *day == today ? from - today : chrono::minutes{0};
    if (const auto minute = next_minute(of_day)) {
        return WallTime{*day} + *minute;
    }
    const auto later = next_day(today + chrono::days{1});
    if (!later) {
        return std::nullopt;
    }
    return WallTime{*later} + next_minute(chrono::minutes{0}).value();
}

}  // namespace eventbus::bus
