#pragma once

#include "compiled_pattern.hpp"

namespace eventbus::matching {

// Whether the wildcards that the service would look for together are too complex
// (wildcard_complexity.hpp). Together are those of one field, of all `$or` branches that agree in
// every field before it in the order of evaluation.
bool wildcards_too_complex(const EventPattern& pattern);

}  // namespace eventbus::matching
