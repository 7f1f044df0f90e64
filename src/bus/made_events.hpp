#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/replay.hpp"
#include "eventbus/journal/archive_store.hpp"

#include <vector>

namespace eventbus::bus {

// The event of one run of a schedule, owed to the targets of its rule and to no other's.
NewEvent
scheduled_event(const CatalogSnapshot& catalog, const LiveRule& rule, WallTime due, WallTime now);

// A page of archived events as new ones on the bus of the replay, owed to its rules, or to those of
// FilterArns; in no archive.
std::vector<NewEvent> replayed_events(
    const CatalogSnapshot& catalog,
    const Replay& replay,
    const std::vector<ArchivedEvent>& page,
    WallTime now);

}  // namespace eventbus::bus
