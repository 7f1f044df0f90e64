#include "operators.hpp"

#include <charconv>

namespace eventbus::matching {
namespace {

// A Java int literal: an optional sign and decimal digits, within 32 bits.
std::optional<int> parse_java_int(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return std::nullopt;
        }
    }
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

// The texts of the errors are the service's; none has a location.
Result<AddressBlock> parse_block(std::string_view text) {
    const auto error = [](std::string message) {
        return Error(Errc::malformed, std::move(message));
    };
    // The service splits at every slash and drops empty pieces from the end: "10.0.0.0/8/" is fine.
    while (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
        return error("Malformed CIDR, one '/' required");
    }
    const std::optional<int> bits = parse_java_int(text.substr(slash + 1));
    if (!bits) {
        return error("Malformed CIDR, mask bits must be an integer");
    }
    if (*bits < 0) {
        return error("Malformed CIDR, mask bits must not be negative");
    }
    const std::string address_text(text.substr(0, slash));
    AddressBlock block;
    switch (parse_address(address_text, block.first)) {
        case AddressText::unlike:
            return error("Nonstandard IP address: " + address_text);
        case AddressText::invalid:
            return error("Invalid IP address: " + address_text);
        case AddressText::valid:
            break;
    }
    const int bits_end = block.first.v6 ? 128 : 32;
    if (*bits >= bits_end) {
        return error(
            block.first.v6 ? "IPv6 mask bits must be < 128" : "IPv4 mask bits must be < 32");
    }
    block.last = block.first;
    for (int bit = *bits; bit < bits_end; ++bit) {
        const auto byte = static_cast<std::size_t>(bit) / 8;
        const int mask = 0x80 >> (bit % 8);
        block.first.bytes[byte] = static_cast<std::uint8_t>(block.first.bytes[byte] & ~mask);
        block.last.bytes[byte] = static_cast<std::uint8_t>(block.last.bytes[byte] | mask);
    }
    return block;
}

}  // namespace

bool AddressBlock::accepts(const Leaf& leaf) const {
    Address found;
    return leaf.kind == Leaf::Kind::string &&
           parse_address(leaf.text, found) == AddressText::valid && found.v6 == first.v6 &&
           first <= found && found <= last;
}

std::optional<Matcher> read_cidr(PatternReader& in) {
    in.next();
    const auto text = read_string_operand(in, "prefix match pattern must be a string");
    if (!text) {
        return std::nullopt;
    }
    const auto block = parse_block(*text);
    if (!block) {
        return in.fail_without_location(block.error().message());
    }
    if (!read_only_key(in)) {
        return std::nullopt;
    }
    return *block;
}

}  // namespace eventbus::matching
