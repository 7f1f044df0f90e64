#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace eventbus::http {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);

// Of the parts one after the other. A context per thread and algorithms that are looked up once:
// OpenSSL 3 looks an algorithm up by name at each use unless it has been fetched, which costs more
// than the hash.
Digest hmac_sha256(
    std::span<const std::uint8_t> key,
    std::initializer_list<std::string_view> parts);

}  // namespace eventbus::http
