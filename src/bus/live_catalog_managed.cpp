#include "eventbus/base/log.hpp"

#include "live_catalog.hpp"
#include "rule_check.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <set>
#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

Catalog::Task<void> LiveCatalog::set_managed(std::vector<EventBus> buses, std::vector<Rule> rules) {
    auto work = set_managed_on_strand(std::move(buses), std::move(rules));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Catalog::Task<void> LiveCatalog::set_managed_on_strand(
    std::vector<EventBus> buses,
    std::vector<Rule> rules) {
    const auto turn = co_await turns_.take();
    auto ready = check_managed(buses, std::move(rules));
    if (!ready) {
        co_return ready.error();
    }
    auto lanes = co_await lanes_of(*ready);
    if (!lanes) {
        co_return lanes.error();
    }
    replace_managed(std::move(buses), std::move(*ready), *lanes);
    publish();
    co_return Result<void>();
}

Result<std::vector<LiveCatalog::ReadyRule>> LiveCatalog::check_managed(
    std::vector<EventBus>& buses,
    std::vector<Rule> rules) const {
    std::map<std::string, std::string> bus_files;  // by ARN
    for (auto& bus : buses) {
        bus.arn = event_bus_arn(options_.home, bus.name);
        const auto* state = state_.find_bus(bus.arn);
        const bool is_taken = state != nullptr && state->is_defined &&
                              state->bus.managed_by.empty() && bus.name != kDefaultBusName;
        const auto [other, is_new] = bus_files.try_emplace(bus.arn, bus.managed_by);
        if (is_taken || !is_new) {
            return service_error::defined_twice(
                "Event bus " + bus.name,
                bus.managed_by,
                is_taken ? "" : other->second);
        }
        bus.modified_at = clock_.now();
        bus.created_at = state == nullptr ? bus.modified_at : state->bus.created_at;
    }
    std::map<std::string, std::string> rule_files;  // by ARN
    std::vector<ReadyRule> ready;
    for (auto& rule : rules) {
        rule.bus_arn = event_bus_arn(options_.home, rule.bus_name);
        rule.arn = rule_arn(options_.home, rule.bus_name, rule.name);
        rule.created_by = options_.home.account;
        const auto* bus = state_.find_bus(rule.bus_arn);
        const bool is_ours = bus != nullptr && bus->is_defined && bus->bus.managed_by.empty();
        if (!is_ours && rule.bus_name != kDefaultBusName && !bus_files.contains(rule.bus_arn)) {
            return service_error::no_such_bus(rule.bus_name);
        }
        const auto* entry = state_.find_rule(rule.bus_arn, rule.name);
        const bool is_taken = entry != nullptr && entry->live->rule->managed_by.empty();
        const auto [other, is_new] = rule_files.try_emplace(rule.arn, rule.managed_by);
        if (is_taken || !is_new) {
            return service_error::defined_twice(
                "Rule " + rule.name + " on EventBus " + rule.bus_name,
                rule.managed_by,
                is_taken ? "" : other->second);
        }
        auto pattern = check_rule(rule, options_.limits);
        if (!pattern) {
            return pattern.error();
        }
        ready.push_back({std::move(rule), std::move(*pattern)});
    }
    return ready;
}

void LiveCatalog::replace_managed(
    std::vector<EventBus> buses,
    std::vector<ReadyRule> rules,
    const std::vector<std::vector<LaneId>>& lanes) {
    std::set<std::string> kept;
    for (const auto& bus : buses) {
        kept.insert(bus.arn);
    }
    for (const auto& [rule, pattern] : rules) {
        kept.insert(rule.arn);
    }
    std::vector<RulePtr> old_rules;
    std::vector<std::string> old_buses;
    for (const auto& [arn, state] : state_.buses()) {
        for (const auto& [name, entry] : state.rules) {
            if (const auto& rule = entry.live->rule;
                !rule->managed_by.empty() && !kept.contains(rule->arn)) {
                old_rules.push_back(rule);
            }
        }
        if (state.is_defined && !state.bus.managed_by.empty() && !kept.contains(arn)) {
            old_buses.push_back(arn);
        }
    }
    for (const auto& rule : old_rules) {
        state_.erase_rule(rule->bus_arn, rule->name);
    }
    for (const auto& arn : old_buses) {
        if (!state_.find_bus(arn)->rules.empty()) {
            log::warn(
                "an event bus is gone from the files; rules made through the API wait for it",
                {{"event_bus", arn}, {"rules", state_.find_bus(arn)->rules.size()}});
        }
        state_.undefine_bus(arn);
    }
    state_.set_overlay(event_bus_arn(options_.home, kDefaultBusName), std::nullopt);
    for (auto& bus : buses) {
        if (bus.name == kDefaultBusName) {
            const auto arn = bus.arn;
            state_.set_overlay(arn, std::move(bus));
        } else {
            state_.put_bus(std::move(bus));
        }
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        add_rule(std::move(rules[i]), lanes[i]);
    }
}

}  // namespace eventbus::bus
