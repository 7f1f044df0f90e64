#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/log.hpp"

#include <string>
#include <string_view>

// What a log line looks like. Kept apart from where it goes, so that it can be tested as text.
namespace eventbus::log {

// One line with its newline.
std::string
format_line(Format format, WallTime time, Level level, std::string_view message, Fields fields);

// `value` with everything escaped that could forge or reorder a line: control characters, DEL,
// U+2028/9 and bidi controls as \uXXXX, bytes that are not UTF-8 as \xXX, quotes and backslashes by
// a backslash. Cut at 2 KiB.
std::string escape(std::string_view value);

}  // namespace eventbus::log
