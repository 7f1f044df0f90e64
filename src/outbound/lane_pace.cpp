#include "lane_pace.hpp"

#include <algorithm>
#include <utility>

namespace eventbus {

std::shared_ptr<RateLimiter> SharedRates::find(const RateLimit& limit) {
    if (limiters_.size() >= sweep_at_) {
        std::erase_if(limiters_, [](const auto& entry) { return entry.second.expired(); });
        sweep_at_ = std::max<std::size_t>(64, limiters_.size() * 2);
    }
    auto& known = limiters_[limit.key];
    auto limiter = known.lock();
    if (limiter == nullptr) {
        limiter = std::make_shared<RateLimiter>(limit.per_second);
        known = limiter;
    } else {
        limiter->set_rate(limit.per_second);
    }
    return limiter;
}

void LanePace::follow(std::shared_ptr<RateLimiter> limiter) {
    if (limiter_ != limiter) {
        limiter_ = std::move(limiter);
        turn_.reset();
    }
}

SteadyTime LanePace::turn(SteadyTime now) {
    if (limiter_ == nullptr) {
        return now;
    }
    if (!turn_) {
        turn_ = limiter_->reserve(now);
    }
    return std::max(*turn_, now);
}

}  // namespace eventbus
