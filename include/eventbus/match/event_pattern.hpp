#pragma once

#include "eventbus/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace eventbus {

inline constexpr std::size_t kEventPatternBytesMax = 4096;

// A compiled event pattern. Immutable and shared; the parts are in src/match/.
class EventPattern;
using EventPatternPtr = std::shared_ptr<const EventPattern>;

// Compiles a pattern. The error (Errc::malformed, code "InvalidEventPatternException") carries the
// message that the service gives after "Event pattern is not valid. Reason: ", with the line and
// column suffix that it adds; `where` is the JSON pointer of the place.
[[nodiscard]] Result<EventPatternPtr> compile_event_pattern(std::string_view text);

// Whether one event (a JSON object in UTF-8) matches one pattern. Errc::malformed if the event is
// not valid JSON.
[[nodiscard]] Result<bool> matches(const EventPattern& pattern, std::string_view event_json);

}  // namespace eventbus
