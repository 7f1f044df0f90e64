#include "lane_target.hpp"

#include "http_verdict.hpp"

#include <algorithm>

namespace eventbus {
namespace {

// Dead letters without a call, written together.
constexpr std::size_t kDeadBatch = 64;

const char* kind_name(std::optional<TargetKind> kind) {
    switch (kind.value_or(TargetKind::other_service)) {
        case TargetKind::webhook:
            return "webhook";
        case TargetKind::event_bus:
            return "bus";
        case TargetKind::log_file:
            return "log_file";
        case TargetKind::api_destination:
            return "api_destination";
        case TargetKind::command:
            return "command";
        case TargetKind::other_service:
            break;
    }
    return "none";
}

RetrySchedule schedule_of(const DeliveryOverrides& overrides, RetrySchedule schedule) {
    const auto millis = [](std::int64_t seconds) { return Millis{seconds * 1'000}; };
    if (overrides.backoff_base_seconds) {
        schedule.base = millis(*overrides.backoff_base_seconds);
    }
    // A base beyond the configured cap is meant.
    schedule.cap = overrides.backoff_cap_seconds ? millis(*overrides.backoff_cap_seconds)
                                                 : std::max(schedule.cap, schedule.base);
    return schedule;
}

}  // namespace

std::chrono::milliseconds attempt_timeout(
    const Target& target,
    std::chrono::milliseconds configured) {
    return target.delivery.timeout_seconds ? std::chrono::seconds{*target.delivery.timeout_seconds}
                                           : configured;
}

LaneTargetPtr make_lane_target(
    BoundTargetPtr bound,
    const SenderFor& sender_for,
    const DispatcherOptions& options) {
    auto made = std::make_shared<LaneTarget>();
    const Target& target = bound->target;
    made->bound = bound;
    made->retry_policy = target.retry_policy.value_or(options.retry_policy);
    made->schedule = schedule_of(target.delivery, options.schedule);
    if (target.delivery.rate_per_second) {
        made->own_rate = RateLimit{
            "lane " + std::to_string(bound->lane),
            static_cast<double>(*target.delivery.rate_per_second)};
    }
    const auto kind = target_kind(target.arn);
    made->kind = kind_name(kind);
    made->is_paused = bound->state.kind == TargetState::Kind::paused;
    if (bound->state.kind == TargetState::Kind::disabled) {
        made->problem = permanent_failure(
            "NO_RESOURCE",
            "The target is disabled. " + bound->state.reason +
                " Put it anew or resume it to enable it.");
        made->batch_max = kDeadBatch;
        return made;
    }
    made->sender = sender_for(target);
    if (made->sender == nullptr) {
        made->problem = permanent_failure(
            "NO_RESOURCE",
            "This daemon cannot call " + target.arn +
                ": it delivers to http and https URLs, API destinations, event buses, log "
                "files and commands.");
        return made;
    }
    auto form = compile_input_form(target);
    if (!form) {
        made->problem = permanent_failure("INVALID_PARAMETER", form.error().message());
        return made;
    }
    made->form = std::move(*form);
    made->batching = target.batching;
    made->batch_max = target.batching ? static_cast<std::size_t>(target.batching->max_count)
                                      : std::max<std::size_t>(made->sender->batch_max(), 1);
    // A log file has one writer, which also keeps its lines in order.
    const auto wanted = target.delivery.concurrency
                            ? static_cast<std::size_t>(*target.delivery.concurrency)
                            : options.concurrency;
    made->concurrency = kind == TargetKind::log_file ? 1 : std::max<std::size_t>(wanted, 1);
    return made;
}

LaneTargetPtr make_removed_target(BoundTargetPtr last_known) {
    auto made = std::make_shared<LaneTarget>();
    made->bound = std::move(last_known);
    made->is_removed = true;
    made->problem = permanent_failure("NO_RESOURCE", "The target has been removed from its rule.");
    made->batch_max = kDeadBatch;
    return made;
}

}  // namespace eventbus
