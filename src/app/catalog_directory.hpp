#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/outbound/target_directory.hpp"

namespace eventbus {

// Lets the deliverer see the live buses, which stand above it.
class CatalogDirectory final : public TargetDirectory {
public:
    CatalogDirectory(Catalog& catalog, EventIntake& intake, const Clock& clock)
        : catalog_(catalog), intake_(intake), clock_(clock) {}

    BoundTargetPtr find(LaneId lane) const override {
        return catalog_.snapshot()->find_target(lane, clock_.steady_now());
    }

    bool is_local_bus(std::string_view bus_arn) const override {
        return catalog_.snapshot()->find_bus(bus_arn) != nullptr;
    }

    Result<NewEvent> route(const Event& event, std::string_view bus_arn) const override {
        return intake_.route(event, bus_arn);
    }

    boost::asio::awaitable<Result<void>> disable(BoundTargetPtr target, std::string reason)
        const override;

private:
    Catalog& catalog_;
    EventIntake& intake_;
    const Clock& clock_;
};

}  // namespace eventbus
