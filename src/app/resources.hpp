#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/config/problem.hpp"

#include "daemon.hpp"

namespace eventbus {

// What the catalog is to allow, from the configuration.
CatalogOptions catalog_options(const Config& config);
DestinationCatalogOptions destination_options(const Config& config);

// Loads the rule files that the configuration names and checks every bus and rule as the API would:
// constraints, patterns, schedules, targets. Everything, or every problem with its place.
[[nodiscard]] Checked<ManagedResources> load_managed_resources(const Config& config);

}  // namespace eventbus
