#pragma once

#include "eventbus/core/event.hpp"
#include "eventbus/core/target.hpp"
#include "eventbus/http/message.hpp"

#include <string>

namespace eventbus {

// Gives a call the form of a CloudEvent 1.0: sets Content-Type and, in binary mode, the ce- fields.
// The attributes are those of the event (id, source, type = detail-type, time, subject = the first
// of its resources); `payload` holds what the target's input form has made, which becomes the data,
// or, for a target without one, the detail does.
void make_cloud_event(
    const Target& target,
    const Event& event,
    std::string& payload,
    http::Headers& headers);

// An attribute as the value of a ce- field: everything but printable ASCII, and '"' and '%', is
// percent-encoded.
std::string cloud_event_header_value(std::string_view attribute);

}  // namespace eventbus
