#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/replays.hpp"
#include "eventbus/core/replay.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventbus::bus {

using ReplaysByArn = std::map<std::string, std::shared_ptr<const Replay>, std::less<>>;

// What may be asked of replays, and what becomes of them; no I/O, no clock. Each function gives the
// replay as it is to be stored.

// What StartReplay demands. `last_seq` is where the archive ends now.
[[nodiscard]] Result<Replay> replay_to_start(
    const ReplaysByArn& replays,
    const CatalogSnapshot& catalog,
    const Namespace& caller,
    Replay wanted,
    std::int64_t last_seq,
    std::size_t active_max,
    WallTime now);

[[nodiscard]] Result<Replay>
replay_to_cancel(const ReplaysByArn& replays, const Namespace& caller, const std::string& name);

// The next step of an active replay that needs no event: it starts, is cancelled, or cannot go on.
// nullopt: it is running, and a page is due.
std::optional<Replay>
next_state(const Replay& replay, const CatalogSnapshot& catalog, WallTime now);

ArchiveRead next_page(const Replay& replay, const ReplayPage& page);
// After a page; an empty one completes the replay.
Replay advanced(Replay replay, const std::vector<ArchivedEvent>& page, WallTime now);

// Replays that ended so long ago that the service, too, would have forgotten them.
std::vector<std::string> forgotten(const ReplaysByArn& replays, WallTime now);

}  // namespace eventbus::bus
