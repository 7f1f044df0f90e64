#pragma once

#include "eventbus/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace eventbus {

// Deepest nesting that is accepted anywhere: the service's own limit, and far below where recursive
// code fails.
inline constexpr std::size_t kJsonDepthMax = 1000;

// Appends `text` as a JSON string with its quotes. `text` must be valid UTF-8; control characters
// are escaped and nothing else is changed, so the result is as short as JSON allows.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// True if `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_valid_utf8(std::string_view text);

// The length of the longest front part of `text` that is: the offset of the first byte that is
// wrong.
std::size_t valid_utf8_prefix(std::string_view text);

// True if no bracket of `text` nests deeper than `depth_max`. Looks at brackets outside strings
// only and says nothing about the rest: call it before any parser that recurses.
bool json_depth_within(std::string_view text, std::size_t depth_max = kJsonDepthMax);

// Reads one JSON document for the control plane. Errors (Errc::malformed) say what was wrong and
// where ("line 3, column 7"): bad syntax, invalid UTF-8, nesting beyond kJsonDepthMax, and, unless
// `allow_duplicate_keys`, a repeated key, which the underlying library would resolve silently.
// Error::where is "line:column", counted in bytes from 1, of the start of what was wrong.
enum class DuplicateKeys { refuse, last_wins };
[[nodiscard]] Result<nlohmann::json> parse_json(
    std::string_view text,
    DuplicateKeys duplicates = DuplicateKeys::refuse);

// The same, keeping the order of the keys, for what is shown again.
[[nodiscard]] Result<nlohmann::ordered_json> parse_json_ordered(
    std::string_view text,
    DuplicateKeys duplicates = DuplicateKeys::refuse);

}  // namespace eventbus
