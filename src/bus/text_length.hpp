#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace eventbus::bus {

inline bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// In characters, as the service counts, not in bytes.
inline std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

// The same as length_of(text) > max, but quick for the usual short text.
inline bool is_longer_than(std::string_view text, std::size_t max) {
    return text.size() > max && length_of(text) > max;
}

}  // namespace eventbus::bus
