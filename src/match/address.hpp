#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace eventbus::matching {

// An IP address. An IPv4 address that is written as IPv6 (::ffff:1.2.3.4 in hexadecimal) is the
// IPv4 address.
struct Address {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};  // an IPv4 address fills the first four

    std::strong_ordering operator<=>(const Address&) const = default;
};

enum class AddressText { valid, invalid, unlike };

// `unlike`: the text has not the form of an address at all, not even of a wrong one. Octets are
// decimal, leading zeros allowed; there are no zone ids and no dotted tails.
AddressText parse_address(std::string_view text, Address& out);

}  // namespace eventbus::matching
