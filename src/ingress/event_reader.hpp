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

struct PlainEvents {
    enum class Form { one, list, put_events };

    Form form = Form::put_events;
    std::vector<PutEventsEntry> entries;
};

// Reads the body of POST /events: one event in the spelling of the envelope (source, detail-type,
// detail, resources, time, event-bus-name, deduplication-id), a list of up to kEntriesMax of them,
// or a PutEvents body. The text of `detail` is carried through as it is. Other members of an
// envelope, like id or account, are ignored, so that an event can be fed back as it was received.
[[nodiscard]] Result<PlainEvents> read_plain_events(std::string& body);

// Where in a body of that form a pointer into a PutEvents body ("/Entries/0/EventBusName") points.
std::string pointer_in(PlainEvents::Form form, std::string_view put_events_pointer);

}  // namespace eventbus::ingress
