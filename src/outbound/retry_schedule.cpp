#include "eventbus/outbound/retry_schedule.hpp"

#include <algorithm>

namespace eventbus {
namespace {

// Beyond this many doublings every base is past every cap, and the shift would overflow.
constexpr int kDoublingsMax = 40;

// What a delivery may need from its due time to its attempt.
constexpr Millis kLastTryBeforeEnd = std::chrono::seconds{1};

DeliveryDecision dead_letter(std::string condition) {
    DeliveryDecision decision;
    decision.kind = DeliveryDecision::Kind::dead_letter;
    decision.exhausted_retry_condition = std::move(condition);
    return decision;
}

}  // namespace

Millis RetrySchedule::delay(int attempts, std::uint64_t random) const {
    const int doublings = std::clamp(attempts - 1, 0, kDoublingsMax);
    const auto longest = std::min<Millis::rep>(cap.count(), base.count() << doublings);
    // The remainder favours short waits by less than one part in 2^40: nothing beside the jitter
    // itself.
    return Millis{static_cast<Millis::rep>(random % (static_cast<std::uint64_t>(longest) + 1))};
}

DeliveryDecision decide(
    const RetryPolicy& policy,
    const RetrySchedule& schedule,
    const AttemptResult& result,
    int attempts,
    WallTime accepted_at,
    WallTime now,
    std::uint64_t random) {
    using Verdict = AttemptResult::Verdict;
    if (result.verdict == Verdict::delivered) {
        return {};
    }
    // A negative Retry-After is the service's way for a target to say "never again".
    if (result.verdict == Verdict::permanent ||
        (result.retry_after && *result.retry_after < Millis::zero())) {
        return dead_letter({});
    }
    if (attempts - 1 >= policy.maximum_retry_attempts) {
        return dead_letter(kAttemptsLimit);
    }
    const WallTime last_moment =
        accepted_at + std::chrono::seconds{policy.maximum_event_age_seconds};
    const Millis remaining = last_moment - now;
    Millis wait = schedule.delay(attempts, random);
    if (remaining <= Millis::zero() || wait > remaining) {
        return dead_letter(kAgeLimit);
    }
    if (result.retry_after) {
        // A target that asks for more than is left gets its last try at the end, early enough that
        // the event is not too old when it is made.
        const Millis latest = remaining - kLastTryBeforeEnd;
        wait = std::max(wait, std::min({*result.retry_after, schedule.retry_after_max, latest}));
    }
    DeliveryDecision decision;
    decision.kind = DeliveryDecision::Kind::retry;
    decision.next_attempt_at = now + wait;
    return decision;
}

}  // namespace eventbus
