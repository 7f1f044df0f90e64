#include "eventbus/outbound/rate_limiter.hpp"

#include <algorithm>

namespace eventbus {
namespace {

using std::chrono::nanoseconds;

constexpr double kNanosPerSecond = 1e9;
constexpr nanoseconds kBurst = std::chrono::milliseconds{100};
// One turn a day at least, so that many turns given ahead stay far from overflow.
constexpr double kIntervalMax = 86'400 * kNanosPerSecond;

}  // namespace

void RateLimiter::set_rate(double per_second) {
    const double interval = std::clamp(kNanosPerSecond / per_second, 1.0, kIntervalMax);
    interval_ = nanoseconds{static_cast<nanoseconds::rep>(interval)};
    burst_ = std::max(kBurst - interval_, nanoseconds::zero());
}

SteadyTime RateLimiter::reserve(SteadyTime now) {
    full_at_ = std::max(full_at_, now);
    const SteadyTime turn = std::max(now, full_at_ - burst_);
    full_at_ += interval_;
    return turn;
}

}  // namespace eventbus
