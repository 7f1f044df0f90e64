#include "archive_check.hpp"

#include "rule_check.hpp"
#include "service_error.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace eventbus::bus {

Result<EventPatternPtr> check_archive_pattern(const Archive& archive, const CatalogLimits& limits) {
    if (is_absent_pattern(archive.event_pattern)) {
        return EventPatternPtr();
    }
    if (archive.event_pattern.size() > limits.event_pattern_bytes) {
        return service_error::validation(
            "Parameter EventPattern for archive " + archive.name + " exceeds limit of " +
            std::to_string(limits.event_pattern_bytes) + ".");
    }
    auto pattern = compile_event_pattern(archive.event_pattern);
    if (!pattern) {
        return service_error::invalid_pattern(pattern.error().message(), pattern.error().where());
    }
    return std::move(*pattern);
}

Millis keep_of(const Archive& archive) {
    return std::chrono::days{archive.retention_days};
}

}  // namespace eventbus::bus
