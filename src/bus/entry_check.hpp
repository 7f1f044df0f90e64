#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/event_intake.hpp"

#include <optional>
#include <vector>

namespace eventbus::bus {

// What refuses a whole request of PutEvents: the shape's constraints, then the total size.
[[nodiscard]] Result<void> check_put_events(
    const std::vector<PutEventsEntry>& entries,
    std::size_t bytes_max);

// What refuses one entry by itself; nullopt if nothing does.
std::optional<PutEventsResult> check_entry(const PutEventsEntry& entry);

PutEventsResult refused_entry(std::string code, std::string message);

}  // namespace eventbus::bus
