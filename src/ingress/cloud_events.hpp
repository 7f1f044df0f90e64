#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/http/message.hpp"

#include <string>
#include <vector>

namespace eventbus::ingress {

// What of a CloudEvent becomes the detail: its data (an object as it is, everything else as the
// member "data" or "data_base64" of one), or the whole event in the JSON format, which keeps its id
// and its extensions.
enum class CloudEventDetail { data, event };

struct CloudEvents {
    enum class Form { one, batch };

    Form form = Form::one;
    std::vector<PutEventsEntry> entries;  // source, type as detail-type, time, subject as resource
};

// Reads CloudEvents 1.0 in any of the HTTP binding's modes: structured and batched by Content-Type,
// binary otherwise. `request.body` may be given spare bytes and is moved from. Errors refuse the
// whole request: Errc::malformed with the place (SerializationException), Errc::invalid_argument
// (ValidationException) for what the specification forbids.
[[nodiscard]] Result<CloudEvents> read_cloud_events(
    http::Request& request,
    CloudEventDetail detail);

// Where in a body of that form a pointer into a PutEvents body ("/Entries/0/Source") points.
std::string pointer_in(CloudEvents::Form form, std::string_view put_events_pointer);

}  // namespace eventbus::ingress
