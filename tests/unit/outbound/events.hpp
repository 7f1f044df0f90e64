#pragma once

#include "eventbus/core/arn.hpp"
#include "eventbus/core/delivery.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus::test {

inline const Namespace kHome{"000000000000", "us-east-1"};
inline constexpr WallTime kEventTime{Millis{1'795'191'480'000}};  // 2026-11-20T16:18:00Z

// An accepted event as the intake would have made it.
inline std::shared_ptr<Event> make_event(
    std::string_view detail,
    std::string id = "11111111-2222-4333-8444-555555555555") {
    static const std::vector<std::string> resources = {"arn:aws:s3:::bucket"};
    EnvelopeFields fields;
    fields.id = id;
    fields.detail_type = "order.created";
    fields.source = "shop";
    fields.account = kHome.account;
    fields.time = kEventTime;
    fields.region = kHome.region;
    fields.resources = resources;
    fields.detail = detail;
    auto event = std::make_shared<Event>();
    event->envelope = write_envelope(fields);
    event->id = std::move(id);
    event->bus_arn = event_bus_arn(kHome, "default");
    event->accepted_at = kEventTime;
    event->visited_buses = {event->bus_arn};
    return event;
}

// A target of the rule "orders" on the default bus.
inline BoundTargetPtr bind(Target target, LaneId lane = 1) {
    Rule rule;
    rule.name = "orders";
    rule.arn = rule_arn(kHome, "default", rule.name);
    rule.bus_arn = event_bus_arn(kHome, "default");
    rule.targets.push_back(std::move(target));
    return std::make_shared<const BoundTarget>(
        lane,
        std::make_shared<const Rule>(std::move(rule)),
        0,
        TargetState());
}

inline Target target_at(std::string arn, std::string id = "t1") {
    Target target;
    target.id = std::move(id);
    target.arn = std::move(arn);
    return target;
}

}  // namespace eventbus::test
