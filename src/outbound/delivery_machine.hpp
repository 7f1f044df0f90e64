#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/outbound/retry_schedule.hpp"

#include <cstdint>
#include <optional>

namespace eventbus {

enum class DeliveryState { pending, in_flight, backing_off, delivered, dead_lettered };

// One delivery from the moment it is owed to its end. Decides only: no I/O, no clock. Times are
// those of the caller, whose calendar may jump, so ages are given as such.
//
//   pending ────┐            ┌──► delivered
//               ├─► in flight┼──► dead lettered
//   backing off ┘            └──► backing off
//
// While its target is paused or its breaker open, a delivery is parked: the lane does not start it,
// which costs no attempt. One that has outlived its event's age limit ends without an attempt.
class DeliveryMachine {
public:
    // `attempts` have been made; `policy` and `schedule` outlive the machine.
    DeliveryMachine(const RetryPolicy& policy, const RetrySchedule& schedule, int attempts)
        : policy_(policy),
          schedule_(schedule),
          attempts_(attempts),
          state_(attempts == 0 ? DeliveryState::pending : DeliveryState::backing_off) {}

    DeliveryState state() const { return state_; }

    // Made so far.
    int attempts() const { return attempts_; }

    // Its turn has come, pending or backing off: nullopt if it is in flight now, else the end of an
    // event that is too old.
    std::optional<DeliveryDecision> start(Millis age);

    // In flight, it goes out: this is an attempt. What cannot even be sent is none.
    void note_sent() { ++attempts_; }

    // In flight, this became of it. `random` is 64 uniform bits.
    DeliveryDecision
    finish(const AttemptResult& result, Millis age, WallTime now, std::uint64_t random);

private:
    const RetryPolicy& policy_;
    const RetrySchedule& schedule_;
    int attempts_;
    DeliveryState state_;
};

// Whether an event of that age is past its limit.
bool is_too_old(const RetryPolicy& policy, Millis age);

}  // namespace eventbus
