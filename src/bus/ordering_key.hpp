#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventbus::bus {

// The value that orders an event for a target: the JSON text of what is at `path` ("$.detail.id",
// of the form that PutTargets takes) in the envelope, so that "1" and 1 are two keys. Cut after
// 1 KiB: longer values that begin alike share a key. nullopt if there is nothing at the path; such
// an event waits for no other.
std::optional<std::string> ordering_key(std::string_view envelope, std::string_view path);

}  // namespace eventbus::bus
