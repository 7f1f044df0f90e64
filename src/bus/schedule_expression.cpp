#include "eventbus/bus/schedule_expression.hpp"

#include "service_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace eventbus {

namespace {

// A number without sign and leading zeros.
std::optional<int> read_number(std::string_view text) {
    constexpr std::size_t kDigitsMax = 9;
    const bool is_plain = !text.empty() && text.size() <= kDigitsMax &&
                          (text.size() == 1 || text.front() != '0') &&
                          std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_plain) {
        return std::nullopt;
    }
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

// What stands in "NAME(…)".
std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.ends_with(')')) {
        return std::nullopt;
    }
    return text.substr(name.size(), text.size() - name.size() - 1);
}

// "5 minutes": singular for 1 only, one blank, nothing around it.
bool is_rate(std::string_view text) {
    constexpr std::array<std::string_view, 3> kUnits{"minute", "hour", "day"};
    const auto parts = split(text, ' ');
    if (parts.size() != 2) {
        return false;
    }
    const auto count = read_number(parts[0]);
    if (!count || *count < 1) {
        return false;
    }
    auto unit = parts[1];
    if (*count > 1) {
        if (!unit.ends_with('s')) {
            return false;
        }
        unit.remove_suffix(1);
    }
    return std::ranges::find(kUnits, unit) != kUnits.end();
}

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

bool equals_ignoring_case(std::string_view text, std::string_view upper) {
    return std::ranges::equal(text, upper, [](char a, char b) {
        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
}

bool is_value(const CronField& field, std::string_view text) {
    for (const auto name : field.names) {
        if (equals_ignoring_case(text, name)) {
            return true;
        }
    }
    // Years and the like may be written with leading zeros ("05"), which says nothing wrong.
    while (text.size() > 1 && text.front() == '0') {
        text.remove_prefix(1);
    }
    const auto number = read_number(text);
    return number && *number >= field.min && *number <= field.max;
}

// "*", "5", "MON-FRI", and each with "/STEP". A range may wrap ("20-2").
bool is_item(const CronField& field, std::string_view text) {
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        const auto step = read_number(text.substr(slash + 1));
        if (!step || *step < 1 || *step > field.max) {
            return false;
        }
        text = text.substr(0, slash);
    }
    if (text == "*") {
        return true;
    }
    const auto dash = text.find('-');
    return is_value(field, text.substr(0, dash)) &&
           (dash == std::string_view::npos || is_value(field, text.substr(dash + 1)));
}

bool is_list(const CronField& field, std::string_view text) {
    return std::ranges::all_of(split(text, ','), [&](std::string_view item) {
        return is_item(field, item);
    });
}

// Besides lists: the last day (L), the last weekday (LW), the weekday nearest to a day (15W).
bool is_day_of_month(const CronField& field, std::string_view text) {
    if (text == "L" || text == "LW") {
        return true;
    }
    if (text.ends_with('W')) {
        return is_value(field, text.substr(0, text.size() - 1));
    }
    return is_list(field, text);
}

// Besides lists: the last such day of the month (5L, FRIL), the nth one (3#2, TUE#2).
bool is_day_of_week(const CronField& field, std::string_view text) {
    constexpr int kWeeksMax = 5;
    if (text == "L") {
        return true;
    }
    if (text.ends_with('L')) {
        return is_value(field, text.substr(0, text.size() - 1));
    }
    if (const auto hash = text.find('#'); hash != std::string_view::npos) {
        const auto nth = read_number(text.substr(hash + 1));
        return is_value(field, text.substr(0, hash)) && nth && *nth >= 1 && *nth <= kWeeksMax;
    }
    return is_list(field, text);
}

bool is_cron(std::string_view text) {
    static constexpr CronField kMinute{0, 59, {}};
    static constexpr CronField kHour{0, 23, {}};
    static constexpr CronField kDayOfMonth{1, 31, {}};
    static constexpr CronField kMonth{1, 12, kMonths};
    static constexpr CronField kDayOfWeek{1, 7, kWeekdays};
    // The service takes any year.
    static constexpr CronField kYear{0, 9999, {}};

    auto fields = split(text, ' ');
    if (fields.empty() || fields.front().empty() || fields.back().empty()) {
        return false;
    }
    std::erase(fields, std::string_view());  // several blanks count as one
    if (fields.size() != 6) {
        return false;
    }
    // A day is told by one of the two, and the other one says so.
    const bool is_any_day_of_month = fields[2] == "?";
    const bool is_any_day_of_week = fields[4] == "?";
    return is_any_day_of_month != is_any_day_of_week && is_list(kMinute, fields[0]) &&
           is_list(kHour, fields[1]) &&
           (is_any_day_of_month || is_day_of_month(kDayOfMonth, fields[2])) &&
           is_list(kMonth, fields[3]) &&
           (is_any_day_of_week || is_day_of_week(kDayOfWeek, fields[4])) &&
           is_list(kYear, fields[5]);
}

}  // namespace

Result<void> check_schedule_expression(std::string_view text) {
    const auto rate = inside(text, "rate(");
    const auto cron = inside(text, "cron(");
    if ((rate && is_rate(*rate)) || (cron && is_cron(*cron))) {
        return {};
    }
    return service_error::validation("Parameter ScheduleExpression is not valid.");
}

}  // namespace eventbus
