// What changes of the catalog demand, and what they make of a request; no I/O.
#include "live_catalog.hpp"
#include "rule_check.hpp"
#include "service_error.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace eventbus::bus {

Result<void> LiveCatalog::check_new_bus(const Namespace& caller, const EventBus& wanted) const {
    if (auto valid = check_bus_name(wanted.name); !valid) {
        return valid.error();
    }
    const auto arn = event_bus_arn(caller, wanted.name);
    if (const auto* bus = state_.find_bus(arn);
        wanted.name == kDefaultBusName || (bus != nullptr && bus->is_defined)) {
        return service_error::bus_exists(wanted.name);
    }
    if (auto valid = check_dead_letter_config(wanted.dead_letter_config_json); !valid) {
        return valid.error();
    }
    if (auto valid = check_tags(wanted.tags); !valid) {
        return valid.error();
    }
    const auto of_namespace = event_bus_arn(caller, "");
    const auto count = std::ranges::count_if(state_.buses(), [&](const auto& entry) {
        return entry.second.is_defined && entry.first.starts_with(of_namespace);
    });
    if (static_cast<std::size_t>(count) >= options_.limits.event_buses) {
        return service_error::limit_exceeded();
    }
    return {};
}

Result<EventBus> LiveCatalog::bus_to_change(const BusAddress& address) const {
    const auto* state = state_.find_bus(address.arn);
    const bool is_defined = state != nullptr && state->is_defined;
    if (!is_defined && address.name != kDefaultBusName) {
        return service_error::no_such_bus(address.name);
    }
    if (is_defined && !state->bus.managed_by.empty()) {
        return service_error::managed_bus(address.name, state->bus.managed_by);
    }
    return is_defined ? state->bus : default_bus(address.ns);
}

Result<const LiveCatalog::RuleEntry*> LiveCatalog::rule_to_change(const RuleRef& ref) const {
    const auto bus = address_of(ref.bus);
    if (!bus_exists(bus)) {
        return service_error::no_such_bus(bus.name);
    }
    const auto* entry = state_.find_rule(bus.arn, ref.rule);
    if (entry == nullptr) {
        return service_error::no_such_rule(ref.rule, bus.name);
    }
    if (const auto& managed_by = entry->live->rule->managed_by; !managed_by.empty()) {
        return service_error::managed_rule(ref.rule, bus.name, managed_by);
    }
    return entry;
}

Result<void> LiveCatalog::check_targets(
    const std::vector<Target>& targets,
    const Namespace& of_rule) const {
    std::set<std::string_view> ids;
    for (const auto& target : targets) {
        if (!ids.insert(target.id).second) {
            return service_error::validation(
                "Parameter targets is not valid. Reason: More than one target with Id '" +
                target.id + "' is provided.");
        }
        if (options_.check_target) {
            if (auto sound = options_.check_target(target); !sound) {
                return sound;
            }
        }
        if (auto sound = check_dead_letter_region(target, of_rule); !sound) {
            return sound;
        }
    }
    return {};
}

Result<ReadyRule> LiveCatalog::rule_to_put(const PutRuleRequest& request) const {
    const auto bus = address_of(request.rule.bus);
    Rule rule;
    rule.name = request.rule.rule;
    rule.bus_name = bus.name;
    rule.bus_arn = bus.arn;
    rule.arn = rule_arn(bus.ns, bus.name, rule.name);
    if (!is_absent_pattern(request.event_pattern)) {
        rule.event_pattern = request.event_pattern;
    }
    rule.schedule_expression = request.schedule_expression;
    rule.scheduled_since = clock_.now();
    rule.state = request.state.value_or(RuleState::enabled);
    rule.description = request.description;
    rule.role_arn = request.role_arn;
    rule.created_by = request.rule.bus.caller.account;
    rule.tags = request.tags;

    auto pattern = check_rule(rule, options_.limits);
    if (!pattern) {
        return pattern.error();
    }
    if (auto valid = check_tags(rule.tags); !valid) {
        return valid.error();
    }
    if (!bus_exists(bus)) {
        return service_error::no_such_bus(bus.name);
    }
    if (state_.find_rule(bus.arn, rule.name) != nullptr) {
        const auto existing = rule_to_change(request.rule);
        if (!existing) {
            return existing.error();
        }
        // Everything is replaced but what has operations of its own.
        const Rule& before = *(*existing)->live->rule;
        rule.targets = before.targets;
        rule.tags = before.tags;
        rule.created_by = before.created_by;
        // Putting a rule again without another schedule must not keep a long rate from running.
        if (before.is_scheduled() && rule.schedule_expression == before.schedule_expression) {
            rule.scheduled_since = before.scheduled_since;
        }
    } else if (const auto* state = state_.find_bus(bus.arn);
               state != nullptr && state->rules.size() >= options_.limits.rules_per_bus) {
        return service_error::limit_exceeded();
    }
    return ReadyRule{std::move(rule), std::move(*pattern)};
}

}  // namespace eventbus::bus
