#pragma once

#include <cstdint>
#include <string_view>

namespace eventbus {

// CRC-32C (Castagnoli) of `bytes`, going on from the checksum of what came before them, or 0. Some
// 0.1 ns a byte where the processor has an instruction for it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace eventbus
