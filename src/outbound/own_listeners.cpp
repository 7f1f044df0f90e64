#include "eventbus/outbound/own_listeners.hpp"

#include <ifaddrs.h>

#include <algorithm>
#include <memory>

namespace eventbus {
namespace {

namespace ip = boost::asio::ip;

ip::address unwrapped(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    }
    return address;
}

// Whether the address is one of this machine's at the moment.
bool is_local(const ip::address& address) {
    if (address.is_loopback()) {
        return true;
    }
    ifaddrs* found = nullptr;
    if (::getifaddrs(&found) != 0) {
        return true;  // nobody knows; the port is ours
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(found, ::freeifaddrs);
    for (const ifaddrs* at = found; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr) {
            continue;
        }
        if (at->ifa_addr->sa_family == AF_INET && address.is_v4()) {
            const auto* own = reinterpret_cast<const sockaddr_in*>(at->ifa_addr);
            if (ntohl(own->sin_addr.s_addr) == address.to_v4().to_uint()) {
                return true;
            }
        } else if (at->ifa_addr->sa_family == AF_INET6 && address.is_v6()) {
            const auto* own = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr);
            const auto bytes = address.to_v6().to_bytes();
            if (std::equal(bytes.begin(), bytes.end(), own->sin6_addr.s6_addr)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

void OwnListeners::add(const std::string& host, std::uint16_t port) {
    boost::system::error_code not_literal;
    const auto address = ip::make_address(host, not_literal);
    const std::lock_guard lock(mutex_);
    listeners_.push_back({not_literal ? ip::address() : unwrapped(address), port});
}

bool OwnListeners::include(const ip::address& address, std::uint16_t port) const {
    const auto wanted = unwrapped(address);
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(listeners_, [&](const Listener& own) {
        return own.port == port &&
               (own.address.is_unspecified() ? is_local(wanted) : own.address == wanted);
    });
}

AddressPolicy without_own_listeners(AddressPolicy policy, std::shared_ptr<const OwnListeners> own) {
    return [policy = std::move(policy),
            own = std::move(own)](const ip::address& address, std::uint16_t port) {
        return policy(address, port) && !own->include(address, port);
    };
}

}  // namespace eventbus
