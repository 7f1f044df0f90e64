#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/bus/managed_resources.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/config/problem.hpp"
#include "eventbus/config/resources.hpp"

#include <map>
#include <vector>

namespace eventbus {

// What the catalog is to allow, from the configuration.
CatalogOptions catalog_options(const Config& config);
DestinationCatalogOptions destination_options(const Config& config);

// What the rule files say, and where.
struct ManagedFiles {
    ManagedResources resources;
    Problems warnings;  // nothing that keeps the daemon from running
    // In the order of the resources of that kind.
    std::map<ManagedKind, std::vector<ConfigResource>> places;

    // A problem with one of the resources, at its place in the file.
    Problem problem(const ManagedProblem& problem) const;
};

// Loads the rule files that the configuration names and checks every bus and rule as the API would:
// constraints, patterns, schedules, targets. Everything, or every problem with its place.
[[nodiscard]] Checked<ManagedFiles> load_managed_files(const Config& config);

}  // namespace eventbus
