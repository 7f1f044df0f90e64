#pragma once

#include "eventbus/outbound/senders.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace eventbus {

// Where this daemon itself listens. A webhook or an API destination that leads there would turn
// every event into a request that may make the next event. Safe from any thread.
class OwnListeners {
public:
    // `host` is an address or a name; with the unspecified address or a name, every address of this
    // machine counts.
    void add(const std::string& host, std::uint16_t port);

    bool include(const boost::asio::ip::address& address, std::uint16_t port) const;

private:
    struct Listener {
        boost::asio::ip::address address;
        std::uint16_t port = 0;
    };

    mutable std::mutex mutex_;
    std::vector<Listener> listeners_;  // guarded by mutex_
};

// `policy`, and not where `own` listens.
AddressPolicy without_own_listeners(AddressPolicy policy, std::shared_ptr<const OwnListeners> own);

}  // namespace eventbus
