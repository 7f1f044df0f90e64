#include "refusal_log.hpp"

#include "eventbus/base/log.hpp"

namespace eventbus {
namespace {

constexpr std::chrono::seconds kBetweenLines{10};

}  // namespace

std::uint64_t RefusalLog::count(Time now) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    Time::rep next = next_line_at_.load(std::memory_order_relaxed);
    const Time::rep later = (now + kBetweenLines).time_since_epoch().count();
    if (now.time_since_epoch().count() < next ||
        !next_line_at_.compare_exchange_strong(next, later, std::memory_order_relaxed)) {
        return 0;
    }
    return refused_.exchange(0, std::memory_order_relaxed);
}

void RefusalLog::note(const Error& refusal, Time now) {
    if (const std::uint64_t refused = count(now); refused > 0) {
        log::warn(
            "events are refused: more come than can be written",
            {{"refused", refused}, {"cause", refusal.message()}});
    }
}

}  // namespace eventbus
