#pragma once

#include "eventbus/core/delivery.hpp"

#include "json_writer.hpp"

#include <vector>

namespace eventbus::ingress {

// The member "AttemptLog": what each attempt met, oldest first.
void write_attempt_log(JsonWriter& out, const std::vector<Attempt>& attempts);

}  // namespace eventbus::ingress
