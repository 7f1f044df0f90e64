#include "lane_target.hpp"

#include "http_verdict.hpp"

#include <algorithm>

namespace eventbus {
namespace {

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
        case TargetKind::other_service:
            break;
    }
    return "none";
}

}  // namespace

LaneTargetPtr make_lane_target(
    BoundTargetPtr bound,
    const SenderFor& sender_for,
    const DispatcherOptions& options) {
    auto made = std::make_shared<LaneTarget>();
    const Target& target = bound->target;
    made->bound = bound;
    made->retry_policy = target.retry_policy.value_or(options.retry_policy);
    const auto kind = target_kind(target.arn);
    made->kind = kind_name(kind);
    made->sender = sender_for(target);
    if (made->sender == nullptr) {
        made->problem = permanent_failure(
            "NO_RESOURCE",
            "This daemon cannot call " + target.arn +
                ": it delivers to http and https URLs, API destinations, event buses and log "
                "files.");
        return made;
    }
    auto form = compile_input_form(target);
    if (!form) {
        made->problem = permanent_failure("INVALID_PARAMETER", form.error().message());
        return made;
    }
    made->form = std::move(*form);
    made->batch_max = std::max<std::size_t>(made->sender->batch_max(), 1);
    // A log file has one writer, which also keeps its lines in order.
    made->concurrency =
        kind == TargetKind::log_file ? 1 : std::max<std::size_t>(options.concurrency, 1);
    return made;
}

LaneTargetPtr make_removed_target(BoundTargetPtr last_known) {
    auto made = std::make_shared<LaneTarget>();
    made->bound = std::move(last_known);
    made->is_removed = true;
    made->problem = permanent_failure("NO_RESOURCE", "The target has been removed from its rule.");
    made->batch_max = 64;
    return made;
}

}  // namespace eventbus
