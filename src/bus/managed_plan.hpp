#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/managed_resources.hpp"
#include "eventbus/match/event_pattern.hpp"

#include "catalog_state.hpp"

#include <string>
#include <vector>

namespace eventbus::bus {

// A rule ready to be stored, with what its text compiles to; null if that is as before.
struct ReadyRule {
    Rule rule;
    EventPatternPtr pattern;
};

struct ReadyArchive {
    Archive archive;
    EventPatternPtr pattern;
};

// What has to change for the catalog to hold what the files say; what does so already is not in it.
// Among the buses, the default one stands for what the files add to it.
struct ManagedPlan {
    std::vector<EventBus> buses;
    std::vector<ReadyRule> rules;
    std::vector<ReadyArchive> archives;
    std::vector<std::string> old_buses;  // ARNs
    std::vector<RulePtr> old_rules;
    std::vector<std::string> old_archives;  // ARNs

    bool is_empty() const;
};

// Adds to `changes` what it amounts to, and every problem.
ManagedPlan plan_managed(
    const CatalogState& state,
    const CatalogOptions& options,
    WallTime now,
    ManagedCatalog wanted,
    ManagedChanges& changes);

}  // namespace eventbus::bus
