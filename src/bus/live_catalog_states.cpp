#include "live_catalog.hpp"
#include "resource_arn.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

Catalog::Task<bool> LiveCatalog::set_target_state(TargetStateChange change) {
    auto work = set_target_state_on_strand(std::move(change));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Catalog::Task<bool> LiveCatalog::set_target_state_on_strand(TargetStateChange change) {
    const auto turn = co_await turns_.take();
    const auto address = resource_address(change.rule_arn);
    if (!address) {
        co_return address.error();
    }
    const auto* entry = state_.find_rule(address->bus_arn, address->rule_name);
    if (entry == nullptr) {
        co_return service_error::no_such_rule(address->rule_name, address->bus_name);
    }
    const auto live = entry->live;
    const auto& targets = live->rule->targets;
    if (!change.target_id.empty() &&
        std::ranges::find(targets, change.target_id, &Target::id) == targets.end()) {
        const std::string what = "Rule " + live->rule->name + " on EventBus " +
                                 live->rule->bus_name + " has no target " + change.target_id + ".";
        co_return Error(Errc::not_found, what, {}, "ResourceNotFoundException");
    }
    const auto key = state_key(live->rule->arn, change.target_id);
    const auto& states = state_.target_states();
    const auto known = states.find(key);
    const TargetState was = known == states.end() ? TargetState() : known->second;
    auto next = changed_state(was, change.kind, std::move(change.reason), clock_.now());
    if (next == was) {
        co_return false;
    }
    std::vector<CatalogChange> changes(1);
    changes[0].kind = kTargetStateKind;
    changes[0].key = key;
    changes[0].document = to_document(next);
    if (auto stored = co_await store_.apply(std::move(changes)); !stored) {
        co_return stored.error();
    }
    state_.set_target_state(key, std::move(next));
    std::vector<LaneId> lanes;
    for (const auto& target : live->targets) {
        lanes.push_back(target->lane);
    }
    state_.put_rule(*live->rule, nullptr, lanes);
    publish();
    co_return true;
}

std::vector<CatalogChange> LiveCatalog::states_after_put(
    const std::string& rule_arn,
    const std::vector<Target>& targets) const {
    std::vector<CatalogChange> changes;
    for (const auto& target : targets) {
        auto key = state_key(rule_arn, target.id);
        const auto known = state_.target_states().find(key);
        if (known != state_.target_states().end() &&
            known->second.kind == TargetState::Kind::disabled) {
            changes.push_back({std::string(kTargetStateKind), std::move(key), std::nullopt});
        }
    }
    return changes;
}

std::vector<CatalogChange> LiveCatalog::states_after_removal(
    const std::string& rule_arn,
    const std::vector<std::string>& ids) const {
    std::vector<CatalogChange> changes;
    for (const auto& id : ids) {
        if (auto key = state_key(rule_arn, id); state_.target_states().contains(key)) {
            changes.push_back({std::string(kTargetStateKind), std::move(key), std::nullopt});
        }
    }
    return changes;
}

}  // namespace eventbus::bus
