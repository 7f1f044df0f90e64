#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace eventbus {

// Full jitter: the wait before retry n is uniform in [0, min(cap, base·2^n)]. With the defaults the
// service's 185 attempts span its 24 hours.
struct RetrySchedule {
    Millis base{1'000};
    Millis cap{960'000};
    Millis retry_after_max{3'600'000};  // what a target may ask for at most

    // The wait before the next try after `attempts` failed ones. `random` is 64 uniform bits.
    Millis delay(int attempts, std::uint64_t random) const;
};

// The limits of a RetryPolicy, as EXHAUSTED_RETRY_CONDITION names them.
inline constexpr char kAttemptsLimit[] = "MaximumRetryAttempts";
inline constexpr char kAgeLimit[] = "MaximumEventAgeInSeconds";

// What to do with a delivery after an attempt: the whole decision, without I/O or clock.
struct DeliveryDecision {
    enum class Kind { delivered, retry, dead_letter };

    Kind kind = Kind::delivered;
    WallTime next_attempt_at;               // Kind::retry
    std::string exhausted_retry_condition;  // Kind::dead_letter: which limit ended it, or empty
};

// `attempts` counts the attempt that `result` is of. The age of the event counts from its
// acceptance; a retry that would come after the age limit is not waited for.
DeliveryDecision decide(
    const RetryPolicy& policy,
    const RetrySchedule& schedule,
    const AttemptResult& result,
    int attempts,
    WallTime accepted_at,
    WallTime now,
    std::uint64_t random);

}  // namespace eventbus
