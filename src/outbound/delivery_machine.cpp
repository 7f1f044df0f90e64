#include "delivery_machine.hpp"

#include <cassert>

namespace eventbus {

bool is_too_old(const RetryPolicy& policy, Millis age) {
    return age > std::chrono::seconds{policy.maximum_event_age_seconds};
}

std::optional<DeliveryDecision> DeliveryMachine::start(Millis age) {
    assert(state_ == DeliveryState::pending || state_ == DeliveryState::backing_off);
    if (!is_too_old(policy_, age)) {
        state_ = DeliveryState::in_flight;
        return std::nullopt;
    }
    state_ = DeliveryState::dead_lettered;
    DeliveryDecision decision;
    decision.kind = DeliveryDecision::Kind::dead_letter;
    decision.exhausted_retry_condition = kAgeLimit;
    return decision;
}

DeliveryDecision DeliveryMachine::finish(
    const AttemptResult& result,
    Millis age,
    WallTime now,
    std::uint64_t random) {
    assert(state_ == DeliveryState::in_flight);
    auto decision = decide(policy_, schedule_, result, attempts_, now - age, now, random);
    switch (decision.kind) {
        case DeliveryDecision::Kind::delivered:
            state_ = DeliveryState::delivered;
            break;
        case DeliveryDecision::Kind::retry:
            state_ = DeliveryState::backing_off;
            break;
        case DeliveryDecision::Kind::dead_letter:
            state_ = DeliveryState::dead_lettered;
            break;
    }
    return decision;
}

}  // namespace eventbus
