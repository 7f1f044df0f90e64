#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/arn.hpp"

#include <string>
#include <string_view>

namespace eventbus::bus {

// What an ARN given to the tagging operations names.
struct ResourceAddress {
    std::string bus_arn;
    std::string bus_name;
    std::string rule_name;  // empty: the bus itself
    Namespace ns;
};

[[nodiscard]] Result<ResourceAddress> resource_address(std::string_view arn);

}  // namespace eventbus::bus
