#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventbus {

// Lower-case hexadecimal.
std::string to_hex(std::span<const std::uint8_t> bytes);

// RFC 4648 base64 with padding. Decoding refuses anything that encoding would not have written.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// RFC 3986 percent-encoding of everything outside `A-Za-z0-9-._~`, with upper-case digits.
std::string percent_encode(std::string_view bytes);

}  // namespace eventbus
