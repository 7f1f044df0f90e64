#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/outbound/dispatcher.hpp"
#include "eventbus/outbound/input_transform.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace eventbus {

// Where a lane leads, made ready once per change of the target. Immutable. Either `sender` and
// `form` are there, or `problem` says why every delivery of the lane is a dead letter.
struct LaneTarget {
    BoundTargetPtr
        bound;  // the last one known; null if the target was gone before the first delivery
    bool is_removed = false;
    bool is_paused = false;
    TargetSender* sender = nullptr;
    std::shared_ptr<const InputForm> form;
    AttemptResult problem;
    RetryPolicy retry_policy;
    RetrySchedule schedule;
    std::optional<RateLimit> own_rate;  // that its rule gives it
    std::size_t concurrency = 1;
    std::size_t batch_max = 1;
    std::optional<Batching> batching;
    const char* kind = "none";  // as the metrics call it

    bool has_order() const { return bound != nullptr && !bound->target.ordering_key.empty(); }

    // Whether a batch travels as one JSON array, because the sender knows single payloads only.
    bool joins_batches() const { return batching && can_send() && sender->batch_max() == 1; }

    bool can_send() const { return sender != nullptr && form != nullptr; }
};

using LaneTargetPtr = std::shared_ptr<const LaneTarget>;

// `bound` is not null.
LaneTargetPtr make_lane_target(
    BoundTargetPtr bound,
    const SenderFor& sender_for,
    const DispatcherOptions& options);

// How long an attempt may take: what the target says, else the daemon's setting.
std::chrono::milliseconds attempt_timeout(
    const Target& target,
    std::chrono::milliseconds configured);

// The lane's target has been removed; `last_known` may be null.
LaneTargetPtr make_removed_target(BoundTargetPtr last_known);

}  // namespace eventbus
