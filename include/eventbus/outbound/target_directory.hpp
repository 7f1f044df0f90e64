#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/delivery.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace eventbus {

// What the deliverer needs to know of the buses; implemented above it. Safe from any thread.
class TargetDirectory {
public:
    virtual ~TargetDirectory() = default;

    // The target that a lane leads to now, or null if it has been removed.
    virtual BoundTargetPtr find(LaneId lane) const = 0;

    // Whether the ARN names a bus of this daemon.
    virtual bool is_local_bus(std::string_view bus_arn) const = 0;

    // The event as it enters another bus of this daemon, with what it owes there. Error::code():
    // LOOP_DETECTED if it has been there, THIRD_ACCOUNT_HOP_DETECTED if it has made all the hops it
    // may, NO_RESOURCE if there is no such bus.
    [[nodiscard]] virtual Result<NewEvent> route(const Event& event, std::string_view bus_arn)
        const = 0;

    // The target says that it is gone for good: from now on find() shows it as disabled, also after
    // a restart, until it is put anew or resumed. Done once for a target, whoever asks again.
    virtual boost::asio::awaitable<Result<void>> disable(BoundTargetPtr target, std::string reason)
        const = 0;
};

}  // namespace eventbus
