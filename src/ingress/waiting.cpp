#include "waiting.hpp"

namespace eventbus::ingress {

std::optional<Waiting> waiting_of(
    const DeliveryTrace& delivery,
    const BoundTarget* target,
    const LaneStatus* status,
    WallTime now) {
    if (!delivery.is_owed || target == nullptr ||
        target->state.kind == TargetState::Kind::disabled) {
        return std::nullopt;  // over, or about to be
    }
    if (delivery.due_at == kNeverDue) {
        return Waiting{"ORDER", {}, {}, delivery.behind_event};
    }
    if (target->state.kind == TargetState::Kind::paused) {
        return Waiting{"PAUSED", target->state.since, {}, {}};
    }
    if (status == nullptr || delivery.due_at > now) {
        return std::nullopt;
    }
    if (status->is_down) {
        return Waiting{"TARGET_DOWN", {}, status->next_probe_at, {}};
    }
    const bool is_in_batch =
        status->batch && delivery.attempts_made == 0 && delivery.due_at >= status->batch->begun_at;
    if (is_in_batch) {
        return Waiting{"BATCH", status->batch->begun_at, status->batch->goes_at, {}};
    }
    // One of those in memory may be in a call that has had its turn.
    const bool may_be_called = delivery.is_held && status->in_flight > 0;
    if (status->rate_turn_at && !may_be_called) {
        return Waiting{"RATE", {}, status->rate_turn_at, {}};
    }
    return std::nullopt;
}

}  // namespace eventbus::ingress
