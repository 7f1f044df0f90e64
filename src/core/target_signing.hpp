#pragma once

#include "eventbus/core/target.hpp"

#include <nlohmann/json.hpp>

namespace eventbus {

// Reads the member Signing of a target, as it came or as it is stored.
Signing read_signing(const nlohmann::ordered_json& json);

}  // namespace eventbus
