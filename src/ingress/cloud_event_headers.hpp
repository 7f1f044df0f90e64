#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/http/message.hpp"

#include <map>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// A name that a CloudEvent's attribute may have: lower-case letters and digits, not "data".
bool is_cloud_event_attribute(std::string_view name);

// One of those that the specification defines, all of which are texts.
bool is_defined_cloud_event_attribute(std::string_view name);

// The attributes in the ce- fields of a request in binary mode, decoded. Errors
// (Errc::invalid_argument): no ce-specversion, so it is no CloudEvent; a field that comes twice,
// has no attribute's name, or does not decode to UTF-8.
[[nodiscard]] Result<std::map<std::string, std::string, std::less<>>> read_cloud_event_headers(
    const http::Headers& headers);

}  // namespace eventbus::ingress
