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

void LanePace::follow(std::shared_ptr<RateLimiter> shared, std::shared_ptr<RateLimiter> own) {
    if (shared_ != shared || own_ != own) {
        shared_ = std::move(shared);
        own_ = std::move(own);
        turn_.reset();
    }
}

SteadyTime LanePace::turn(SteadyTime now) {
    if (!turn_) {
        turn_ = now;
        for (RateLimiter* limiter : {shared_.get(), own_.get()}) {
            turn_ = limiter == nullptr ? *turn_ : std::max(*turn_, limiter->reserve(now));
        }
    }
    return std::max(*turn_, now);
}

}  // namespace eventbus
