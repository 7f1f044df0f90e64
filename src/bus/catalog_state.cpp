#include "catalog_state.hpp"

#include <utility>

namespace eventbus::bus {

namespace {

std::shared_ptr<const LiveRule> make_live(Rule rule, const std::vector<LaneId>& lanes) {
    auto live = std::make_shared<LiveRule>();
    live->targets.reserve(rule.targets.size());
    for (std::size_t i = 0; i < rule.targets.size(); ++i) {
        auto bound = std::make_shared<BoundTarget>();
        bound->lane = lanes.at(i);
        bound->rule_name = rule.name;
        bound->rule_arn = rule.arn;
        bound->bus_arn = rule.bus_arn;
        bound->target = rule.targets[i];
        live->targets.push_back(std::move(bound));
    }
    live->rule = std::make_shared<const Rule>(std::move(rule));
    return live;
}

EventBus shown(const CatalogState::Bus& state) {
    EventBus bus = state.bus;
    if (state.overlay) {
        if (!state.overlay->description.empty()) {
            bus.description = state.overlay->description;
        }
        for (const auto& [key, value] : state.overlay->tags) {
            bus.tags[key] = value;
        }
    }
    return bus;
}

RuleId take_id(CatalogState::Bus& state) {
    if (state.free_ids.empty()) {
        return state.ids++;
    }
    const RuleId id = state.free_ids.back();
    state.free_ids.pop_back();
    return id;
}

std::shared_ptr<const LiveBus> make_live(CatalogState::Bus& state) {
    auto live = std::make_shared<LiveBus>();
    live->bus = shown(state);
    live->by_id.resize(state.ids);
    for (const auto& [name, entry] : state.rules) {
        live->rules.emplace_hint(live->rules.end(), name, entry.live);
        live->by_id[entry.id] = entry.live;
    }
    if (!state.index_snapshot) {
        state.index_snapshot = state.index->snapshot();
    }
    live->index = state.index_snapshot;
    return live;
}

}  // namespace

const CatalogState::Bus* CatalogState::find_bus(std::string_view arn) const {
    const auto found = buses_.find(arn);
    return found == buses_.end() ? nullptr : &found->second;
}

const CatalogState::RuleEntry* CatalogState::find_rule(
    std::string_view bus_arn,
    std::string_view name) const {
    const Bus* bus = find_bus(bus_arn);
    if (bus == nullptr) {
        return nullptr;
    }
    const auto found = bus->rules.find(name);
    return found == bus->rules.end() ? nullptr : &found->second;
}

void CatalogState::put_bus(EventBus bus) {
    touched_.insert(bus.arn);
    Bus& state = buses_[bus.arn];
    state.bus = std::move(bus);
    if (!std::exchange(state.is_defined, true)) {
        for (const auto& [name, entry] : state.rules) {
            show_targets(*entry.live);
        }
    }
}

void CatalogState::set_overlay(const std::string& bus_arn, std::optional<EventBus> overlay) {
    touched_.insert(bus_arn);
    buses_.at(bus_arn).overlay = std::move(overlay);
}

void CatalogState::undefine_bus(const std::string& arn) {
    Bus& state = buses_.at(arn);
    if (state.rules.empty()) {
        erase_bus(arn);
        return;
    }
    touched_.insert(arn);
    state.is_defined = false;
    for (const auto& [name, entry] : state.rules) {
        hide_targets(*entry.live);
    }
}

void CatalogState::erase_bus(const std::string& arn) {
    touched_.insert(arn);
    for (const auto& [name, entry] : buses_.at(arn).rules) {
        hide_targets(*entry.live);
    }
    buses_.erase(arn);
}

void CatalogState::put_rule(Rule rule, EventPatternPtr pattern, const std::vector<LaneId>& lanes) {
    touched_.insert(rule.bus_arn);
    Bus& state = buses_[rule.bus_arn];
    RuleEntry& entry = state.rules[rule.name];
    if (entry.live) {
        hide_targets(*entry.live);
    } else {
        entry.id = take_id(state);
    }
    const bool was_indexed = entry.live && entry.live->rule->is_enabled() && entry.pattern;
    const bool is_indexed = rule.is_enabled() && pattern;
    if (is_indexed && !(was_indexed && entry.pattern == pattern)) {
        state.index->put(entry.id, pattern);
        state.index_snapshot = nullptr;
    } else if (was_indexed && !is_indexed) {
        state.index->remove(entry.id);
        state.index_snapshot = nullptr;
    }
    entry.pattern = std::move(pattern);
    entry.live = make_live(std::move(rule), lanes);
    if (state.is_defined) {
        show_targets(*entry.live);
    }
}

void CatalogState::erase_rule(const std::string& bus_arn, std::string_view name) {
    touched_.insert(bus_arn);
    Bus& state = buses_.at(bus_arn);
    const auto found = state.rules.find(name);
    hide_targets(*found->second.live);
    state.index->remove(found->second.id);
    state.free_ids.push_back(found->second.id);
    state.index_snapshot = nullptr;
    state.rules.erase(found);
    if (!state.is_defined && state.rules.empty()) {
        buses_.erase(bus_arn);
    }
}

CatalogSnapshotPtr CatalogState::publish() {
    auto next = std::make_shared<CatalogSnapshot>(*published_);
    for (const auto& arn : touched_) {
        const auto state = buses_.find(arn);
        if (state != buses_.end() && state->second.is_defined) {
            next->buses[arn] = make_live(state->second);
        } else {
            next->buses.erase(arn);
        }
    }
    next->targets.apply(target_changes_);
    touched_.clear();
    target_changes_.clear();
    published_ = std::move(next);
    return published_;
}

void CatalogState::show_targets(const LiveRule& rule) {
    for (const auto& target : rule.targets) {
        target_changes_.emplace_back(target->lane, target);
    }
}

void CatalogState::hide_targets(const LiveRule& rule) {
    for (const auto& target : rule.targets) {
        target_changes_.emplace_back(target->lane, nullptr);
    }
}

}  // namespace eventbus::bus
