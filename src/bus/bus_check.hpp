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

}  // namespace eventbus::bus
