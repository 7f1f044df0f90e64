#include "address.hpp"

#include <algorithm>

namespace eventbus::matching {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// [0-9]+\.[0-9]+\.[0-9]+\.[0-9]+
bool looks_like_v4(std::string_view text) {
    int dots = 0;
    bool after_digit = false;
    for (const char c : text) {
        if (c == '.') {
            if (!after_digit || ++dots > 3) {
                return false;
            }
        } else if (!is_digit(c)) {
            return false;
        }
        after_digit = c != '.';
    }
    return dots == 3 && after_digit;
}

// [0-9a-fA-F:]*:[0-9a-fA-F:]*
bool looks_like_v6(std::string_view text) {
    const bool only_hex =
        std::all_of(text.begin(), text.end(), [](char c) { return c == ':' || hex_value(c) >= 0; });
    return only_hex && text.find(':') != std::string_view::npos;
}

bool parse_v4(std::string_view text, Address& out) {
    constexpr std::size_t kLongest = 15;  // what Java reads; more zeros are a host name to it
    if (text.size() > kLongest) {
        return false;
    }
    out = Address{};
    std::size_t octet = 0;
    int value = 0;
    for (const char c : text) {
        if (c == '.') {
            out.bytes[octet++] = static_cast<std::uint8_t>(value);
            value = 0;
        } else if ((value = value * 10 + (c - '0')) > 255) {
            return false;
        }
    }
    out.bytes[octet] = static_cast<std::uint8_t>(value);
    return true;
}

// Moves what follows "::" to the end of the address.
void spread_gap(Address& address, std::size_t gap, std::size_t used) {
    auto& bytes = address.bytes;
    std::copy_backward(bytes.begin() + gap, bytes.begin() + used, bytes.end());
    std::fill(bytes.begin() + gap, bytes.end() - (used - gap), std::uint8_t{0});
}

void unmap_v4(Address& address) {
    const auto& b = address.bytes;
    const bool mapped = std::all_of(b.begin(), b.begin() + 10, [](auto x) { return x == 0; }) &&
                        b[10] == 0xFF && b[11] == 0xFF;
    if (mapped) {
        address = Address{false, {b[12], b[13], b[14], b[15]}};
    }
}

bool parse_v6(std::string_view text, Address& out) {
    constexpr std::size_t kNone = 17;
    out = Address{.v6 = true, .bytes = {}};
    if (text.size() < 2 || (text[0] == ':' && text[1] != ':')) {
        return false;
    }
    std::size_t used = 0;
    std::size_t gap = kNone;
    std::size_t pos = text[0] == ':' ? 1 : 0;
    while (pos < text.size()) {
        if (text[pos] == ':') {
            if (gap != kNone) {
                return false;
            }
            gap = used;
            ++pos;
            continue;
        }
        int group = 0;
        for (; pos < text.size() && text[pos] != ':'; ++pos) {
            group = group * 16 + hex_value(text[pos]);
            if (group > 0xFFFF) {
                return false;
            }
        }
        if (used == out.bytes.size() || (pos + 1 == text.size())) {
            return false;  // too many groups, or a single colon at the end
        }
        out.bytes[used++] = static_cast<std::uint8_t>(group >> 8);
        out.bytes[used++] = static_cast<std::uint8_t>(group & 0xFF);
        ++pos;
    }
    if ((gap == kNone) != (used == out.bytes.size())) {
        return false;
    }
    if (gap != kNone) {
        spread_gap(out, gap, used);
    }
    unmap_v4(out);
    return true;
}

}  // namespace

AddressText parse_address(std::string_view text, Address& out) {
    if (text.empty() || (hex_value(text[0]) < 0 && text[0] != ':')) {
        return AddressText::unlike;
    }
    if (looks_like_v4(text)) {
        return parse_v4(text, out) ? AddressText::valid : AddressText::invalid;
    }
    if (looks_like_v6(text)) {
        return parse_v6(text, out) ? AddressText::valid : AddressText::invalid;
    }
    return AddressText::unlike;
}

}  // namespace eventbus::matching
