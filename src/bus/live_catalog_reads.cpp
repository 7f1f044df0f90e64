#include "live_catalog.hpp"
#include "service_error.hpp"

#include <algorithm>

namespace eventbus::bus {

Result<EventBus> LiveCatalog::describe_event_bus(const BusRef& ref) const {
    const auto address = address_of(ref);
    const auto now = snapshot();
    if (const auto* bus = now->find_bus(address.arn)) {
        return bus->bus;
    }
    // Every namespace has a default bus, whether or not anything has been put on it yet.
    if (address.name == kDefaultBusName) {
        return default_bus(address.ns);
    }
    return service_error::no_such_bus(address.name);
}

Result<RulePtr> LiveCatalog::describe_rule(const RuleRef& ref) const {
    const auto address = address_of(ref.bus);
    const auto now = snapshot();
    const auto* bus = now->find_bus(address.arn);
    if (bus == nullptr && address.name != kDefaultBusName) {
        return service_error::no_such_bus(address.name);
    }
    if (bus != nullptr) {
        if (const auto found = bus->rules.find(ref.rule)) {
            return found->rule;
        }
    }
    return service_error::no_such_rule(ref.rule, address.name);
}

std::vector<EventBus> LiveCatalog::list_event_buses(const Namespace& caller, const Page& page)
    const {
    const auto wanted = [&](std::string_view name) {
        return name.starts_with(page.name_prefix) && name > page.after;
    };
    const auto now = snapshot();
    const auto of_namespace = event_bus_arn(caller, "");
    std::vector<EventBus> buses;
    for (const auto& [arn, bus] : now->buses) {
        if (arn.starts_with(of_namespace) && wanted(bus->bus.name)) {
            buses.push_back(bus->bus);
        }
    }
    if (now->find_bus(event_bus_arn(caller, kDefaultBusName)) == nullptr &&
        wanted(kDefaultBusName)) {
        buses.push_back(default_bus(caller));
    }
    std::ranges::sort(buses, {}, &EventBus::name);
    buses.resize(std::min(buses.size(), page.limit));
    return buses;
}

namespace {

// The rules of a page for which `is_wanted`.
std::vector<RulePtr> page_of(const LiveBus& bus, const Page& page, auto&& is_wanted) {
    std::vector<RulePtr> rules;
    auto at = page.after > page.name_prefix ? bus.rules.upper_bound(page.after)
                                            : bus.rules.lower_bound(page.name_prefix);
    for (; at != bus.rules.end() && rules.size() < page.limit; ++at) {
        const RulePtr& rule = (*at)->rule;
        if (!rule->name.starts_with(page.name_prefix)) {
            break;
        }
        if (is_wanted(*rule)) {
            rules.push_back(rule);
        }
    }
    return rules;
}

}  // namespace

Result<std::vector<RulePtr>> LiveCatalog::list_rules(const BusRef& ref, const Page& page) const {
    const auto address = address_of(ref);
    const auto now = snapshot();
    const auto* bus = now->find_bus(address.arn);
    if (bus != nullptr) {
        return page_of(*bus, page, [](const Rule&) { return true; });
    }
    if (address.name == kDefaultBusName) {
        return std::vector<RulePtr>();
    }
    return service_error::no_such_bus(address.name);
}

Result<std::vector<std::string>> LiveCatalog::list_rule_names_by_target(
    const BusRef& ref,
    std::string_view target_arn,
    const Page& page) const {
    const auto address = address_of(ref);
    const auto now = snapshot();
    const auto* bus = now->find_bus(address.arn);
    std::vector<std::string> names;
    if (bus == nullptr && address.name != kDefaultBusName) {
        return service_error::no_such_bus(address.name);
    }
    if (bus != nullptr) {
        const auto has_target = [&](const Rule& rule) {
            return std::ranges::find(rule.targets, target_arn, &Target::arn) != rule.targets.end();
        };
        for (const auto& rule : page_of(*bus, page, has_target)) {
            names.push_back(rule->name);
        }
    }
    return names;
}

}  // namespace eventbus::bus
