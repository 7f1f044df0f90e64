#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace eventbus::matching {

// Hashes for tables that hold rules and are probed with what events bring. An event can provoke a
// false hit, which its rule's own check refuses; it cannot make a chain longer.

inline std::uint64_t load8(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, 8);
    return word;
}

// Up to eight bytes as a number; together with the length it identifies them. Reads no byte beyond.
inline std::uint64_t load_short(const char* from, std::size_t size) {
    if (size >= 4) {
        std::uint32_t low = 0;
        std::uint32_t high = 0;
        std::memcpy(&low, from, 4);
        std::memcpy(&high, from + size - 4, 4);
        return low | static_cast<std::uint64_t>(high) << 32;
    }
    if (size == 0) {
        return 0;
    }
    const auto byte = [from](std::size_t at) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(from[at]));
    };
    return byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t hash_words(std::uint64_t first, std::uint64_t last, std::uint64_t seed) {
    return mix(
        first ^ 0x9e3779b97f4a7c15,
        mix(last ^ 0xbf58476d1ce4e5b9, seed ^ 0x94d049bb133111eb));
}

inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t hash = seed + left;
    for (; left > 16; at += 16, left -= 16) {
        hash = hash_words(load8(at), load8(at + 8), hash);
    }
    if (left > 8) {
        return hash_words(load8(at), load8(at + left - 8), hash);
    }
    return hash_words(load_short(at, left), left, hash);
}

}  // namespace eventbus::matching
