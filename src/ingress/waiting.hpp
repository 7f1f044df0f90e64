#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/event_history.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// What holds a delivery back that is otherwise due.
struct Waiting {
    std::string_view reason;  // "ORDER", "PAUSED", "TARGET_DOWN", "BATCH", "RATE"
    std::optional<WallTime> since;
    std::optional<WallTime> until;  // as far as that is known
    std::string behind_event;       // ORDER: the event that its key is at
};

// nullopt: nothing but its turn, or the time of its next attempt. `target` is null if it has been
// removed, `status` if the deliverer cannot be asked.
std::optional<Waiting> waiting_of(
    const DeliveryTrace& delivery,
    const BoundTarget* target,
    const LaneStatus* status,
    WallTime now);

}  // namespace eventbus::ingress
