#include "eventbus/outbound/senders.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace eventbus {
namespace {

namespace ip = boost::asio::ip;

// Addresses of either family with the length of their common prefix.
struct Block {
    ip::address address;
    unsigned prefix_bits = 0;

    bool contains(const ip::address& other) const {
        if (address.is_v4() != other.is_v4()) {
            return false;
        }
        return address.is_v4() ? same_prefix(address.to_v4().to_bytes(), other.to_v4().to_bytes())
                               : same_prefix(address.to_v6().to_bytes(), other.to_v6().to_bytes());
    }

private:
    template <class Bytes>
    bool same_prefix(const Bytes& a, const Bytes& b) const {
        const auto whole = prefix_bits / 8;
        if (!std::equal(a.begin(), a.begin() + whole, b.begin())) {
            return false;
        }
        const auto rest = prefix_bits % 8;
        const auto mask = static_cast<unsigned>(0xFF00 >> rest & 0xFF);
        return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
    }
};

using Blocks = std::vector<Block>;

Result<Block> parse_block(std::string_view text) {
    const auto wrong = [&] {
        return Error(
            Errc::malformed,
            "\"" + std::string(text) +
                "\" is not an address block: expected an address, or ADDRESS/BITS");
    };
    boost::system::error_code ec;
    const auto slash = text.find('/');
    Block block;
    block.address = ip::make_address(std::string(text.substr(0, slash)), ec);
    if (ec) {
        return wrong();
    }
    const unsigned bits_max = block.address.is_v4() ? 32 : 128;
    block.prefix_bits = bits_max;
    if (slash == std::string_view::npos) {
        return block;
    }
    const auto bits = text.substr(slash + 1);
    if (bits.empty() || bits.size() > 3 ||
        bits.find_first_not_of("0123456789") != std::string_view::npos) {
        return wrong();
    }
    block.prefix_bits = static_cast<unsigned>(std::stoul(std::string(bits)));
    if (block.prefix_bits > bits_max) {
        return wrong();
    }
    return block;
}

Result<Blocks> parse_blocks(const std::vector<std::string>& texts) {
    Blocks blocks;
    for (const auto& text : texts) {
        auto block = parse_block(text);
        if (!block) {
            return block.error();
        }
        blocks.push_back(*block);
    }
    return blocks;
}

template <std::size_t n>
Blocks built_in(const std::array<const char*, n>& texts) {
    Blocks blocks;
    for (const char* text : texts) {
        blocks.push_back(parse_block(text).value());
    }
    return blocks;
}

bool any_contains(const Blocks& blocks, const ip::address& address) {
    return std::ranges::any_of(blocks, [&](const Block& b) { return b.contains(address); });
}

// Never a place for a webhook: nobody's address, everybody's, or the cloud's own services.
constexpr std::array kNever = {
    "0.0.0.0/8",           // unspecified: the kernel connects it to this host
    "100.100.100.200/32",  // a metadata service inside the carrier NAT block
    "169.254.0.0/16",      // link-local, the metadata services among it
    "192.0.0.0/24",        // protocol assignments
    "192.0.2.0/24",        // documentation
    "192.88.99.0/24",      // 6to4 relays
    "198.18.0.0/15",       // benchmarking
    "198.51.100.0/24",     // documentation
    "203.0.113.0/24",      // documentation
    "224.0.0.0/4",         // multicast
    "240.0.0.0/4",         // reserved, and broadcast
    "::/128",              // unspecified
    "100::/64",            // discard
    "2001:2::/48",         // benchmarking
    "2001:10::/28",        // ORCHID, not routed
    "2001:20::/28",        // ORCHIDv2, not routed
    "2001:db8::/32",       // documentation
    "3fff::/20",           // documentation
    "5f00::/16",           // SRv6 segments
    "fd00:ec2::254/128",   // a metadata service
    "fe80::/10",           // link-local
    "fec0::/10",           // site-local, long withdrawn
    "ff00::/8",            // multicast
};

constexpr std::array kPrivate = {
    "10.0.0.0/8",
    "100.64.0.0/10",  // carrier NAT
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
};

// The forms in which an IPv6 address carries an IPv4 one that packets end up at.
struct EmbeddedForms {
    Block mapped = parse_block("::ffff:0:0/96").value();
    Block compatible = parse_block("::/96").value();
    Block nat64 = parse_block("64:ff9b::/96").value();
    Block nat64_local = parse_block("64:ff9b:1::/48").value();
    Block six_to_four = parse_block("2002::/16").value();
    Block teredo = parse_block("2001::/32").value();
};

using V6Bytes = ip::address_v6::bytes_type;

ip::address v4_of(const V6Bytes& b, std::array<std::size_t, 4> at, std::uint8_t flip = 0) {
    ip::address_v4::bytes_type bytes{};
    for (std::size_t i = 0; i < at.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(b[at[i]] ^ flip);
    }
    return ip::address_v4(bytes);
}

// The address, or those that hide in it. All of them must be allowed.
std::vector<ip::address> unwrap(const EmbeddedForms& forms, const ip::address& address) {
    if (address.is_v4()) {
        return {address};
    }
    constexpr std::array<std::size_t, 4> kLast{12, 13, 14, 15};
    const V6Bytes b = address.to_v6().to_bytes();
    const bool is_loopback_or_any = address.is_loopback() || address.is_unspecified();
    if (forms.mapped.contains(address) || forms.nat64.contains(address) ||
        (forms.compatible.contains(address) && !is_loopback_or_any)) {
        return {v4_of(b, kLast)};
    }
    if (forms.nat64_local.contains(address)) {
        // RFC 6052 lets the site choose the length of the prefix; these are the two in use.
        std::vector<ip::address> found;
        for (const auto& at : {kLast, std::array<std::size_t, 4>{6, 7, 9, 10}}) {
            if (const auto v4 = v4_of(b, at); !v4.is_unspecified()) {
                found.push_back(v4);
            }
        }
        return found.empty() ? std::vector{address} : found;
    }
    if (forms.six_to_four.contains(address)) {
        return {v4_of(b, {2, 3, 4, 5})};
    }
    if (forms.teredo.contains(address)) {
        return {v4_of(b, {4, 5, 6, 7}), v4_of(b, kLast, 0xFF)};
    }
    const bool is_isatap = (b[8] & 0xFD) == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
    if (is_isatap) {
        return {address, v4_of(b, kLast)};
    }
    return {address};
}

class Policy {
public:
    Policy(const EgressOptions& options, Blocks allow, Blocks deny)
        : allow_private_(options.allow_private), allow_(std::move(allow)), deny_(std::move(deny)) {}

    bool allows(const ip::address& address) const {
        if (any_contains(deny_, address)) {
            return false;
        }
        const auto real = unwrap(forms_, address);
        return std::ranges::all_of(real, [this](const ip::address& a) { return allows_real(a); });
    }

private:
    bool allows_real(const ip::address& address) const {
        if (any_contains(deny_, address)) {
            return false;
        }
        if (any_contains(allow_, address)) {
            return true;
        }
        return !any_contains(never_, address) &&
               (allow_private_ || !any_contains(private_, address));
    }

    const bool allow_private_;
    const Blocks allow_;
    const Blocks deny_;
    const Blocks never_ = built_in(kNever);
    const Blocks private_ = built_in(kPrivate);
    const EmbeddedForms forms_;
};

}  // namespace

Result<AddressPolicy> make_address_policy(const EgressOptions& options) {
    auto allow = parse_blocks(options.allow);
    if (!allow) {
        return allow.error();
    }
    auto deny = parse_blocks(options.deny);
    if (!deny) {
        return deny.error();
    }
    auto policy = std::make_shared<const Policy>(options, std::move(*allow), std::move(*deny));
    return AddressPolicy(
        [policy](const ip::address& address, std::uint16_t) { return policy->allows(address); });
}

}  // namespace eventbus
