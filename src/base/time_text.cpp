#include "eventbus/base/time_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace eventbus {

namespace {

using namespace std::chrono_literals;
namespace chrono = std::chrono;

constexpr std::array<std::string_view, 7>
    kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12>
    kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr WallTime kEarliest = chrono::sys_days{chrono::year{0} / 1 / 1};
constexpr WallTime kLatest =
    WallTime{chrono::sys_days{chrono::year{9999} / 12 / 31} + 24h} - Millis{1};

struct CivilTime {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    unsigned millisecond = 0;
    unsigned weekday = 0;
};

CivilTime to_civil(WallTime time) {
    time = std::clamp(time, kEarliest, kLatest);
    const auto day = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date{day};
    const auto rest = static_cast<unsigned>((time - day).count());
    return {
        .year = static_cast<unsigned>(int{date.year()}),
        .month = unsigned{date.month()},
        .day = unsigned{date.day()},
        .hour = rest / 3'600'000,
        .minute = rest / 60'000 % 60,
        .second = rest / 1000 % 60,
        .millisecond = rest % 1000,
        .weekday = chrono::weekday{day}.c_encoding()};
}

std::optional<WallTime> from_civil(const CivilTime& t) {
    const chrono::year_month_day date{
        chrono::year{static_cast<int>(t.year)},
        chrono::month{t.month},
        chrono::day{t.day}};
    if (!date.ok() || t.hour > 23 || t.minute > 59 || t.second > 59) {
        return std::nullopt;
    }
    return WallTime{chrono::sys_days{date}} + chrono::hours{t.hour} + chrono::minutes{t.minute} +
           chrono::seconds{t.second} + Millis{t.millisecond};
}

// Writes `value` with leading zeros to exactly `width` places.
void put_digits(std::string& out, unsigned value, std::size_t width) {
    const std::size_t at = out.size();
    out.resize(at + width);
    for (std::size_t i = width; i > 0; --i) {
        out[at + i - 1] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

// `separator` 0 leaves the separators out (ISO 8601 basic format).
std::string date_and_time(const CivilTime& t, char date_separator, char time_separator) {
    std::string out;
    out.reserve(24);
    const auto separate = [&](char separator) {
        if (separator != '\0') {
            out.push_back(separator);
        }
    };
    put_digits(out, t.year, 4);
    separate(date_separator);
    put_digits(out, t.month, 2);
    separate(date_separator);
    put_digits(out, t.day, 2);
    out.push_back('T');
    put_digits(out, t.hour, 2);
    separate(time_separator);
    put_digits(out, t.minute, 2);
    separate(time_separator);
    put_digits(out, t.second, 2);
    return out;
}

// Reads a text from the front; every step says whether it found what it wanted.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool digits(unsigned& value, std::size_t width) {
        if (rest_.size() < width) {
            return false;
        }
        value = 0;
        for (const char c : rest_.substr(0, width)) {
            if (c < '0' || c > '9') {
                return false;
            }
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        rest_.remove_prefix(width);
        return true;
    }

    bool one_of(std::string_view accepted, char* found = nullptr) {
        if (rest_.empty() || accepted.find(rest_.front()) == std::string_view::npos) {
            return false;
        }
        if (found != nullptr) {
            *found = rest_.front();
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool word(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            return false;
        }
        rest_.remove_prefix(expected.size());
        return true;
    }

    // A fraction of a second of any length, of which the milliseconds are kept.
    bool fraction(unsigned& milliseconds) {
        std::size_t count = 0;
        milliseconds = 0;
        unsigned digit = 0;
        while (digits(digit, 1)) {
            milliseconds = count < 3 ? milliseconds * 10 + digit : milliseconds;
            ++count;
        }
        for (std::size_t i = count; i < 3; ++i) {
            milliseconds *= 10;
        }
        return count > 0;
    }

    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

}  // namespace

std::string format_time_seconds(WallTime time) {
    std::string out = date_and_time(to_civil(time), '-', ':');
    out.push_back('Z');
    return out;
}

std::string format_time_millis(WallTime time) {
    const CivilTime t = to_civil(time);
    std::string out = date_and_time(t, '-', ':');
    out.push_back('.');
    put_digits(out, t.millisecond, 3);
    out.push_back('Z');
    return out;
}

std::string format_time_basic(WallTime time) {
    std::string out = date_and_time(to_civil(time), '\0', '\0');
    out.push_back('Z');
    return out;
}

std::optional<WallTime> parse_time_rfc3339(std::string_view text) {
    Reader in(text);
    CivilTime t;
    const bool date_found = in.digits(t.year, 4) && in.one_of("-") && in.digits(t.month, 2) &&
                            in.one_of("-") && in.digits(t.day, 2);
    const bool time_found = date_found && in.one_of("Tt") && in.digits(t.hour, 2) &&
                            in.one_of(":") && in.digits(t.minute, 2) && in.one_of(":") &&
                            in.digits(t.second, 2);
    if (!time_found || (in.one_of(".") && !in.fraction(t.millisecond))) {
        return std::nullopt;
    }
    const auto local = from_civil(t);
    char zone = '\0';
    if (!local || !in.one_of("Zz+-", &zone)) {
        return std::nullopt;
    }
    if (zone == 'Z' || zone == 'z') {
        return in.done() ? local : std::nullopt;
    }
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!in.digits(hours, 2) || !in.one_of(":") || !in.digits(minutes, 2) || !in.done() ||
        hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    const auto offset = chrono::hours{hours} + chrono::minutes{minutes};
    return zone == '+' ? *local - offset : *local + offset;
}

std::string format_time_http(WallTime time) {
    const CivilTime t = to_civil(time);
    std::string out;
    out.reserve(29);
    out.append(kWeekdays[t.weekday]).append(", ");
    put_digits(out, t.day, 2);
    out.append(" ").append(kMonths[t.month - 1]).append(" ");
    put_digits(out, t.year, 4);
    out.push_back(' ');
    put_digits(out, t.hour, 2);
    out.push_back(':');
    put_digits(out, t.minute, 2);
    out.push_back(':');
    put_digits(out, t.second, 2);
    out.append(" GMT");
    return out;
}

std::optional<WallTime> parse_time_http(std::string_view text) {
    if (text.size() != 29) {
        return std::nullopt;
    }
    const auto month = std::ranges::find(kMonths, text.substr(8, 3));
    if (month == kMonths.end()) {
        return std::nullopt;
    }
    CivilTime t;
    t.month = static_cast<unsigned>(month - kMonths.begin()) + 1;
    Reader in(text.substr(5));
    const bool found = in.digits(t.day, 2) && in.word(" ") && in.word(*month) && in.word(" ") &&
                       in.digits(t.year, 4) && in.word(" ") && in.digits(t.hour, 2) &&
                       in.word(":") && in.digits(t.minute, 2) && in.word(":") &&
                       in.digits(t.second, 2);
    if (!found) {
        return std::nullopt;
    }
    const auto time = from_civil(t);
    // Writing it again checks the rest: the weekday, the punctuation and the zone.
    return time && format_time_http(*time) == text ? time : std::nullopt;
}

}  // namespace eventbus
