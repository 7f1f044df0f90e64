#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/replay.hpp"
#include "eventbus/journal/archive_store.hpp"

#include <cstddef>
#include <vector>

namespace eventbus::bus {

// The event of one run of a schedule, owed to the targets of its rule and to no other's.
NewEvent
scheduled_event(const CatalogSnapshot& catalog, const LiveRule& rule, WallTime due, WallTime now);

struct ReplayedEvents {
    std::vector<NewEvent> events;
    std::size_t taken = 0;  // of the archived ones; some of them may be damaged
};

// Archived events as new ones on the bus of the replay, owed to its rules, or to those of
// FilterArns; in no archive. Ends early, but not before the first, once they owe `deliveries_max`.
ReplayedEvents replayed_events(
    const CatalogSnapshot& catalog,
    const Replay& replay,
    const std::vector<ArchivedEvent>& page,
    std::size_t deliveries_max,
    WallTime now);

}  // namespace eventbus::bus
