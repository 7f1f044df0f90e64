#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/outbound/rate_limiter.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace eventbus {

// The limiters that lanes share, by key. Owned by the dispatcher's strand.
class SharedRates {
public:
    // The limiter of that key, made when the first lane asks and kept while one holds it.
    std::shared_ptr<RateLimiter> find(const RateLimit& limit);

private:
    std::unordered_map<std::string, std::weak_ptr<RateLimiter>> limiters_;
    std::size_t sweep_at_ = 64;
};

// When a lane may start its next call, as far as rates are concerned. It holds one turn at a time:
// lanes that share a limit therefore take turns. Owned by the dispatcher's strand.
class LanePace {
public:
    // Either may be null: no limit.
    void follow(std::shared_ptr<RateLimiter> shared, std::shared_ptr<RateLimiter> own);

    // The moment of the lane's turn, `now` at the earliest. Asks the limiters once for each turn.
    SteadyTime turn(SteadyTime now);

    // The turn that the lane holds, if it lies ahead.
    std::optional<SteadyTime> waits_until(SteadyTime now) const {
        return turn_ && *turn_ > now ? turn_ : std::nullopt;
    }

    // The turn has been used for a call.
    void use() { turn_.reset(); }

private:
    std::shared_ptr<RateLimiter> shared_;
    std::shared_ptr<RateLimiter> own_;
    std::optional<SteadyTime> turn_;
};

}  // namespace eventbus
