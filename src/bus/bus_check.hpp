#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"

#include <string>
#include <string_view>

namespace eventbus::bus {

// What a BusRef means.
struct BusAddress {
    std::string arn;
    std::string name;
    Namespace ns;
};

BusAddress address_of(const BusRef& ref);

// What CreateEventBus demands beyond the constraints of its shape, each with its error.
[[nodiscard]] Result<void> check_bus_name(std::string_view name);
[[nodiscard]] Result<void> check_dead_letter_config(const std::string& config_json);

// A target's dead letters stay in the region of its rule.
[[nodiscard]] Result<void> check_dead_letter_region(const Target& target, const Namespace& of_rule);

// How many tags a bus or a rule may have.
[[nodiscard]] Result<void> check_tags(const Tags& tags);

}  // namespace eventbus::bus
