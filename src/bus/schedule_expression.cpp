#include "eventbus/bus/schedule_expression.hpp"

#include "cron_schedule.hpp"
#include "schedule_text.hpp"
#include "service_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace eventbus {

namespace bus {

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

}  // namespace bus

namespace {

using namespace bus;

constexpr std::array<std::pair<std::string_view, std::chrono::minutes>, 3> kUnits{
    {{"minute", std::chrono::minutes{1}},
     {"hour", std::chrono::hours{1}},
     {"day", std::chrono::days{1}}}};

// What stands in "NAME(…)".
std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
    if (!text.starts_with(name) || !text.ends_with(')')) {
        return std::nullopt;
    }
    return text.substr(name.size(), text.size() - name.size() - 1);
}

// "5 minutes": singular for 1 only, one blank, nothing around it.
std::optional<Millis> parse_rate(std::string_view text) {
    const auto parts = split(text, ' ');
    if (parts.size() != 2) {
        return std::nullopt;
    }
    const auto count = read_number(parts[0]);
    if (!count || *count < 1) {
        return std::nullopt;
    }
    auto name = parts[1];
    if (*count > 1) {
        if (!name.ends_with('s')) {
            return std::nullopt;
        }
        name.remove_suffix(1);
    }
    for (const auto& [unit, length] : kUnits) {
        if (name == unit) {
            return Millis{length} * *count;
        }
    }
    return std::nullopt;
}

}  // namespace

ScheduleExpression::ScheduleExpression(Millis period, std::shared_ptr<const CronSchedule> cron)
    : period_(period), cron_(std::move(cron)) {}

Result<ScheduleExpression> ScheduleExpression::parse(std::string_view text) {
    if (const auto rate = inside(text, "rate(")) {
        if (const auto period = parse_rate(*rate)) {
            return ScheduleExpression(*period, nullptr);
        }
    } else if (const auto cron = inside(text, "cron(")) {
        if (auto parsed = CronSchedule::parse(*cron)) {
            return ScheduleExpression(
                Millis{0},
                std::make_shared<const CronSchedule>(std::move(*parsed)));
        }
    }
    return service_error::validation("Parameter ScheduleExpression is not valid.");
}

std::optional<WallTime> ScheduleExpression::next_after(WallTime after, WallTime since) const {
    if (cron_) {
        return cron_->next_after(std::max(after, since));
    }
    const auto periods = after < since ? 0 : (after - since) / period_;
    return since + (periods + 1) * period_;
}

}  // namespace eventbus
