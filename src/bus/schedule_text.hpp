#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace eventbus::bus {

// A number without sign and leading zeros, of at most nine digits.
std::optional<int> read_number(std::string_view text);

// At least one part; neighbouring separators make empty ones.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace eventbus::bus
