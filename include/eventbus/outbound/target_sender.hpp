#pragma once

#include "eventbus/core/delivery.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// One delivery, ready to go: the input form has been applied.
struct PreparedDelivery {
    Delivery delivery;
    BoundTargetPtr target;
    std::string payload;
    std::string webhook_id;  // the same in every attempt of this delivery
};

// How often a place may be called at most. Targets whose limits have the same key share one.
struct RateLimit {
    std::string key;
    double per_second = 0;  // positive
};

// Carries deliveries to one kind of place. Called from many lanes at once, each call on a strand of
// its own.
class TargetSender {
public:
    virtual ~TargetSender() = default;

    // How many deliveries of one lane one call may carry (1: a webhook; 10: PutEvents; more: a log
    // file).
    virtual std::size_t batch_max() const = 0;

    // The limit that the place itself has, as it is now. What exceeds it waits in the lanes:
    // nothing is dropped and no attempt is counted. Asked before every call; must not block.
    virtual std::optional<RateLimit> rate_limit(const BoundTarget&) const { return std::nullopt; }

    // Makes one attempt for each; the results are in the same order and of the same number. Does
    // not throw for what a target can cause.
    virtual boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery> batch) = 0;
};

}  // namespace eventbus
