#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/core/rule.hpp"
#include "eventbus/match/event_pattern.hpp"

#include <string_view>

namespace eventbus::bus {

// An absent pattern may also be spelled as an empty object.
bool is_absent_pattern(std::string_view pattern);

// What PutRule demands of a rule's own texts, each with its error.
[[nodiscard]] Result<void> check_has_trigger(const Rule& rule);
[[nodiscard]] Result<void> check_schedule(const Rule& rule);

// Null if the rule has no pattern.
[[nodiscard]] Result<EventPatternPtr> compile_pattern(
    const Rule& rule,
    const CatalogLimits& limits);

// All three; the first error.
[[nodiscard]] Result<EventPatternPtr> check_rule(const Rule& rule, const CatalogLimits& limits);

}  // namespace eventbus::bus
