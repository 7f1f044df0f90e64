#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/event_intake.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventbus::ingress {

inline constexpr std::size_t kEntriesMax = 10;

// Reads the body of PutEvents. `body` is given spare bytes at its end and otherwise left as it is.
// Errors refuse the whole request: SerializationException for what is not JSON of the right types
// (Error::where is a JSON pointer), ValidationException for values outside the service's
// constraints. What makes a single entry fail is left to the intake.
[[nodiscard]] Result<std::vector<PutEventsEntry>> read_put_events(std::string& body);

// Reads the body of POST /events: one event in the spelling of the envelope (source, detail-type,
// detail, resources, time, event-bus-name), a list of up to kEntriesMax of them, or a PutEvents
// body. The text of `detail` is carried through as it is. Other members of an envelope, like id or
// account, are ignored, so that an event can be fed back as it was received. Entries that name no
// bus go to `default_bus`.
[[nodiscard]] Result<std::vector<PutEventsEntry>> read_plain_events(
    std::string& body,
    std::string_view default_bus);

}  // namespace eventbus::ingress
