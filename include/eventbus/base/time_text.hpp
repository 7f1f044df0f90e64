#pragma once

#include "eventbus/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eventbus {

// "2026-11-20T16:18:00Z": seconds, no fraction, as the envelope's `time` wants it. Years 0000 to
// 9999; times outside are clamped to that range.
std::string format_time_seconds(WallTime time);

// "2026-11-20T16:18:00.123Z".
std::string format_time_millis(WallTime time);

// "20261120T161800Z", as Signature Version 4 wants it.
std::string format_time_basic(WallTime time);

// RFC 3339: "2026-11-20T16:18:00Z", with an optional fraction and with `Z` or an offset. nullopt
// for everything else, among it dates that do not exist and leap seconds.
std::optional<WallTime> parse_time_rfc3339(std::string_view text);

// "Fri, 20 Nov 2026 16:18:00 GMT" (RFC 9110 IMF-fixdate), for the Date header and for Retry-After.
std::string format_time_http(WallTime time);
std::optional<WallTime> parse_time_http(std::string_view text);

}  // namespace eventbus
