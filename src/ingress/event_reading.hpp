#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/event_intake.hpp"

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::ingress {

// What both readers of events share.

Error wrong_type(std::string pointer, std::string_view expected);
Error repeated_member(std::string pointer);

// Gives `body` the spare bytes that simdjson reads beyond the end.
simdjson::padded_string_view pad(std::string& body);

// Epoch seconds; nullopt before 1970 or after the year 9999, and for what is not a number.
std::optional<WallTime> time_from_epoch(double seconds);

std::string entry_pointer(std::size_t index, std::string_view member);

// The members of `{"Entries": […]}`, already parsed.
Result<std::vector<PutEventsEntry>> read_entries(const simdjson::dom::object& request);

}  // namespace eventbus::ingress
