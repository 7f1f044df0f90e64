#include "eventbus/base/crc32c.hpp"

#include <array>
#include <cstring>

namespace eventbus {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1) != 0 ? value >> 1 ^ kPolynomial : value >> 1;
        }
        table[byte] = value;
    }
    return table;
}

constexpr auto kTable = make_table();

std::uint32_t by_table(std::string_view bytes, std::uint32_t crc) {
    for (const char c : bytes) {
        crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
    }
    return crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(
    std::string_view bytes,
    std::uint32_t crc) {
    std::uint64_t wide = crc;
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
        bytes.remove_prefix(sizeof word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (const char c : bytes) {
        narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(c));
    }
    return narrow;
}

#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
    const std::uint32_t crc = ~before;
#ifdef __x86_64__
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) {
        return ~by_instruction(bytes, crc);
    }
#endif
    return ~by_table(bytes, crc);
}

}  // namespace eventbus
