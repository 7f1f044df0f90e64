#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/match/event_pattern.hpp"

namespace eventbus::bus {

// The archive's pattern, or null if it keeps every event. The errors are PutRule's.
[[nodiscard]] Result<EventPatternPtr> check_archive_pattern(
    const Archive& archive,
    const CatalogLimits& limits);

// How long it keeps its events, as the ArchiveStore wants to know it.
Millis keep_of(const Archive& archive);

}  // namespace eventbus::bus
