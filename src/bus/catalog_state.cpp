#include "catalog_state.hpp"

#include "rule_check.hpp"

#include <algorithm>
#include <utility>

namespace eventbus::bus {

namespace {

// Of targets that are leaving: files may be replaced many times within a farewell.
constexpr std::size_t kLeavingMax = 100'000;

TargetState state_of(const CatalogState::TargetStates& states, const std::string& key) {
    const auto found = states.find(key);
    return found == states.end() ? TargetState() : found->second;
}

LiveRulePtr bind_targets(
    Rule rule,
    const std::vector<LaneId>& lanes,
    const CatalogState::TargetStates& states) {
    const TargetState of_rule = state_of(states, state_key(rule.arn, {}));
    auto live = std::make_shared<LiveRule>();
    live->rule = std::make_shared<const Rule>(std::move(rule));
    const auto& targets = live->rule->targets;
    live->targets.reserve(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const TargetState own = state_of(states, state_key(live->rule->arn, targets[i].id));
        live->targets.push_back(std::make_shared<const BoundTarget>(
            lanes.at(i),
            live->rule,
            i,
            combined_state(own, of_rule)));
    }
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

bool is_indexed(const Rule& rule) {
    return rule.is_enabled() && !is_absent_pattern(rule.event_pattern);
}

LiveRulePtr if_scheduled(const LiveRulePtr& rule) {
    return rule && rule->rule->is_scheduled() ? rule : nullptr;
}

// All rules as changes of a bus that has none.
void note_all(CatalogState::Bus& state) {
    state.changes.clear();
    state.id_changes.clear();
    for (const auto& [name, entry] : state.rules) {
        state.changes.emplace_hint(state.changes.end(), name, entry.live);
        state.id_changes.emplace_back(entry.id, entry.live);
    }
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
    Bus& state = bus_at(bus.arn);
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
    Bus& state = bus_at(rule.bus_arn);
    RuleEntry& entry = state.rules[rule.name];
    if (entry.live) {
        hide_targets(*entry.live);
    } else {
        entry.id = take_id(state);
    }
    const bool was_indexed = entry.live && is_indexed(*entry.live->rule);
    if (is_indexed(rule)) {
        if (!was_indexed || entry.live->rule->event_pattern != rule.event_pattern) {
            state.index->put(
                entry.id,
                pattern ? std::move(pattern) : compile_event_pattern(rule.event_pattern).value());
            state.index_snapshot = nullptr;
        }
    } else if (was_indexed) {
        state.index->remove(entry.id);
        state.index_snapshot = nullptr;
    }
    entry.live = bind_targets(std::move(rule), lanes, target_states_);
    state.changes[entry.live->rule->name] = entry.live;
    state.id_changes.emplace_back(entry.id, entry.live);
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
    state.changes[found->first] = nullptr;
    state.id_changes.emplace_back(found->second.id, nullptr);
    state.rules.erase(found);
    if (!state.is_defined && state.rules.empty()) {
        buses_.erase(bus_arn);
    }
}

CatalogState::Bus& CatalogState::bus_at(const std::string& arn) {
    const auto [at, is_new] = buses_.try_emplace(arn);
    if (is_new) {
        for (const auto& [archive_arn, archive] : archives_) {
            if (archive.live->archive.event_source_arn == arn) {
                attach(at->second, archive);
            }
        }
    }
    return at->second;
}

void CatalogState::attach(Bus& bus, const ArchiveEntry& archive) {
    if (!archive.pattern) {
        bus.keep_all.push_back(archive.live->id);
        return;
    }
    const RuleId id = take_id(bus);
    bus.indexed_archives[archive.live->id] = id;
    bus.index->put(id, archive.pattern);
    bus.index_snapshot = nullptr;
}

void CatalogState::detach(const ArchiveEntry& archive) {
    const auto bus = buses_.find(archive.live->archive.event_source_arn);
    if (bus == buses_.end()) {
        return;
    }
    Bus& state = bus->second;
    std::erase(state.keep_all, archive.live->id);
    if (const auto indexed = state.indexed_archives.find(archive.live->id);
        indexed != state.indexed_archives.end()) {
        state.index->remove(indexed->second);
        state.free_ids.push_back(indexed->second);
        state.index_snapshot = nullptr;
        state.indexed_archives.erase(indexed);
    }
}

void CatalogState::put_archive(Archive archive, ArchiveId id, EventPatternPtr pattern) {
    archives_changed_ = true;
    touched_.insert(archive.event_source_arn);
    ArchiveEntry& entry = archives_[archive.arn];
    if (entry.live) {
        touched_.insert(entry.live->archive.event_source_arn);
        detach(entry);
    }
    auto live = std::make_shared<LiveArchive>();
    live->archive = std::move(archive);
    live->id = id;
    entry.live = std::move(live);
    entry.pattern = std::move(pattern);
    if (const auto bus = buses_.find(entry.live->archive.event_source_arn); bus != buses_.end()) {
        attach(bus->second, entry);
    }
}

void CatalogState::erase_archive(const std::string& arn) {
    archives_changed_ = true;
    const auto found = archives_.find(arn);
    touched_.insert(found->second.live->archive.event_source_arn);
    detach(found->second);
    archives_.erase(found);
}

void CatalogState::set_target_state(const std::string& key, std::optional<TargetState> state) {
    if (state) {
        target_states_[key] = std::move(*state);
    } else {
        target_states_.erase(key);
    }
}

std::shared_ptr<const LiveBus> CatalogState::make_live(const std::string& arn, Bus& state) const {
    auto live = std::make_shared<LiveBus>();
    if (state.is_published) {
        const LiveBus& before = *published_->find_bus(arn);
        live->rules = before.rules;
        live->by_id = before.by_id;
        live->scheduled = before.scheduled;
    } else {
        note_all(state);
        state.is_published = true;
    }
    live->bus = shown(state);
    live->rules.apply(state.changes);
    live->by_id.apply(state.id_changes);
    for (auto& [name, rule] : state.changes) {
        rule = if_scheduled(rule);
    }
    live->scheduled.apply(state.changes);
    state.changes.clear();
    state.id_changes.clear();
    for (const auto& [archive, id] : state.indexed_archives) {
        live->archives_by_id[id] = archive;
    }
    live->keep_all = state.keep_all;
    if (!state.index_snapshot) {
        state.index_snapshot = state.index->snapshot();
    }
    live->index = state.index_snapshot;
    return live;
}

CatalogSnapshotPtr CatalogState::publish() {
    return publish_at(std::nullopt);
}

CatalogSnapshotPtr CatalogState::publish_with_farewell(SteadyTime now) {
    return publish_at(now);
}

CatalogSnapshotPtr CatalogState::publish_at(std::optional<SteadyTime> farewell_at) {
    auto next = std::make_shared<CatalogSnapshot>(*published_);
    if (archives_changed_) {
        auto archives = std::make_shared<ArchivesByArn>();
        for (const auto& [arn, entry] : archives_) {
            archives->emplace_hint(archives->end(), arn, entry.live);
        }
        next->archives = std::move(archives);
        archives_changed_ = false;
    }
    for (const auto& arn : touched_) {
        const auto state = buses_.find(arn);
        if (state != buses_.end() && state->second.is_defined) {
            next->buses[arn] = make_live(arn, state->second);
            continue;
        }
        next->buses.erase(arn);
        if (state != buses_.end()) {
            state->second.is_published = false;
        }
    }
    next->targets.apply(target_changes_);
    note_leaving(*next, farewell_at);
    touched_.clear();
    target_changes_.clear();
    published_ = std::move(next);
    return published_;
}

void CatalogState::note_leaving(CatalogSnapshot& next, std::optional<SteadyTime> farewell_at)
    const {
    const auto comes_back = [&](const TargetsByLane::Change& change) {
        return next.leaving->contains(change.first);
    };
    if (!farewell_at && (!next.leaving || std::ranges::none_of(target_changes_, comes_back))) {
        return;
    }
    auto leaving = next.leaving ? std::make_shared<LeavingTargets>(*next.leaving)
                                : std::make_shared<LeavingTargets>();
    if (farewell_at) {
        std::erase_if(*leaving, [&](const auto& item) { return item.second.until <= farewell_at; });
    }
    for (const auto& [lane, target] : target_changes_) {
        if (next.targets.find(lane) != next.targets.end()) {
            leaving->erase(lane);
        } else if (farewell_at && leaving->size() < kLeavingMax) {
            const auto before = published_->targets.find(lane);
            if (before != published_->targets.end()) {
                (*leaving)[lane] = {before->second, *farewell_at + kFarewell};
            }
        }
    }
    next.leaving = leaving->empty() ? nullptr : std::move(leaving);
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
