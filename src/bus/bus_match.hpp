#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/delivery.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::bus {

// What an event on a bus amounts to.
struct BusMatches {
    bool is_readable = true;
    std::size_t rules = 0;
    std::vector<LaneId> owed;
    std::vector<OrderingKey> keys;
    ArchiveCopies archived;
};

// What the journal keeps, and what we write ourselves, has been checked, and is passed over where
// no rule looks.
enum class TextOrigin { caller, journal };

// By the rules and the archives of the bus. A replayed event goes into no archive.
BusMatches match_bus(const LiveBus& bus, std::string_view envelope, TextOrigin origin);

// By the rules alone; if `only_rules` names any, by those alone.
BusMatches
match_rules(const LiveBus& bus, std::string_view envelope, std::span<const std::string> only_rules);

// By the archives alone.
ArchiveCopies match_archives(const LiveBus& bus, std::string_view envelope);

}  // namespace eventbus::bus
