#include "live_catalog.hpp"

#include "eventbus/base/strand.hpp"

#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;
using namespace boost::asio::experimental::awaitable_operators;

template <class T>
using Task = Catalog::Task<T>;

namespace {

CatalogChange upsert(std::string_view kind, const std::string& key, std::string document) {
    return {std::string(kind), key, std::move(document)};
}

CatalogChange removal(std::string_view kind, const std::string& key) {
    return {std::string(kind), key, std::nullopt};
}

}  // namespace

LiveCatalog::LiveCatalog(
    asio::any_io_executor executor,
    CatalogStore& store,
    Journal& journal,
    ArchiveStore& archives,
    const Clock& clock,
    CatalogOptions options)
    : store_(store),
      journal_(journal),
      archives_(archives),
      clock_(clock),
      options_(std::move(options)),
      opened_at_(clock.now()),
      strand_(new_strand(executor)),
      turns_(strand_),
      snapshot_(state_.publish()) {}

Task<void> LiveCatalog::store_bus(EventBus bus) {
    std::vector<CatalogChange> changes;
    changes.push_back(upsert(kBusKind, bus.arn, to_document(bus)));
    if (auto stored = co_await store_.apply(std::move(changes)); !stored) {
        co_return stored.error();
    }
    state_.put_bus(std::move(bus));
    publish();
    co_return Result<void>();
}

Task<void> LiveCatalog::store_rule(ReadyRule ready, std::vector<CatalogChange> states) {
    std::vector<ReadyRule> one;
    one.push_back(std::move(ready));
    auto changes = states;
    changes.push_back(upsert(kRuleKind, one[0].rule.arn, to_document(one[0].rule)));
    // Side by side, so that they can share a commit. A lane that nothing uses does no harm.
    auto finding = lanes_of(one);
    auto storing = store_.apply(std::move(changes));
    const auto [lanes, stored] = co_await (std::move(finding) && std::move(storing));
    if (!stored) {
        co_return stored.error();
    }
    if (!lanes) {
        co_return lanes.error();
    }
    for (const auto& change : states) {
        state_.set_target_state(change.key, std::nullopt);
    }
    add_rule(std::move(one[0]), lanes->front());
    publish();
    co_return Result<void>();
}

void LiveCatalog::add_rule(ReadyRule ready, const std::vector<LaneId>& lanes) {
    // The default bus of a namespace comes into being with the first thing that is on it.
    if (ready.rule.bus_name == kDefaultBusName && state_.find_bus(ready.rule.bus_arn) == nullptr) {
        if (const auto arn = parse_arn(ready.rule.bus_arn)) {
            state_.put_bus(default_bus({arn->account, arn->region}));
        }
    }
    state_.put_rule(std::move(ready.rule), std::move(ready.pattern), lanes);
}

EventBus LiveCatalog::default_bus(const Namespace& ns) const {
    EventBus bus;
    bus.name = kDefaultBusName;
    bus.arn = event_bus_arn(ns, kDefaultBusName);
    bus.created_at = opened_at_;
    bus.modified_at = opened_at_;
    return bus;
}

bool LiveCatalog::bus_exists(const BusAddress& bus) const {
    const auto* state = state_.find_bus(bus.arn);
    return bus.name == kDefaultBusName || (state != nullptr && state->is_defined);
}

// ---- event buses ----

Task<EventBus> LiveCatalog::create_event_bus(Namespace caller, EventBus wanted) {
    auto work = create_event_bus_on_strand(std::move(caller), std::move(wanted));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<EventBus> LiveCatalog::create_event_bus_on_strand(Namespace caller, EventBus wanted) {
    const auto turn = co_await turns_.take();
    if (auto allowed = check_new_bus(caller, wanted); !allowed) {
        co_return allowed.error();
    }
    wanted.arn = event_bus_arn(caller, wanted.name);
    wanted.managed_by.clear();
    wanted.created_at = clock_.now();
    wanted.modified_at = wanted.created_at;
    EventBus made = wanted;
    if (auto stored = co_await store_bus(std::move(made)); !stored) {
        co_return stored.error();
    }
    co_return wanted;
}

Task<EventBus> LiveCatalog::update_event_bus(BusRef ref, EventBusEdit edit) {
    auto work = update_event_bus_on_strand(std::move(ref), std::move(edit));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<EventBus> LiveCatalog::update_event_bus_on_strand(BusRef ref, EventBusEdit edit) {
    const auto turn = co_await turns_.take();
    auto bus = bus_to_change(address_of(ref));
    if (!bus) {
        co_return bus.error();
    }
    if (auto edited = edit(*bus); !edited) {
        co_return edited.error();
    }
    if (auto valid = check_dead_letter_config(bus->dead_letter_config_json); !valid) {
        co_return valid.error();
    }
    bus->modified_at = clock_.now();
    EventBus changed = *bus;
    if (auto stored = co_await store_bus(std::move(changed)); !stored) {
        co_return stored.error();
    }
    co_return bus;
}

Task<void> LiveCatalog::delete_event_bus(Namespace caller, std::string name) {
    auto work = delete_event_bus_on_strand(std::move(caller), std::move(name));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::delete_event_bus_on_strand(Namespace caller, std::string name) {
    const auto turn = co_await turns_.take();
    if (name == kDefaultBusName) {
        co_return service_error::validation("Cannot delete event bus default.");
    }
    const auto arn = event_bus_arn(caller, name);
    const auto* bus = state_.find_bus(arn);
    if (bus == nullptr || !bus->is_defined) {
        co_return Result<void>();  // deleting twice is fine
    }
    if (!bus->bus.managed_by.empty()) {
        co_return service_error::managed_bus(name, bus->bus.managed_by);
    }
    std::vector<CatalogChange> changes;
    changes.push_back(removal(kBusKind, arn));
    for (const auto& [rule_name, entry] : bus->rules) {
        if (const Rule& rule = *entry.live->rule; rule.managed_by.empty()) {
            changes.push_back(removal(kRuleKind, rule.arn));
            changes.push_back(removal(kTargetStateKind, state_key(rule.arn, {})));
            for (const Target& target : rule.targets) {
                changes.push_back(removal(kTargetStateKind, state_key(rule.arn, target.id)));
            }
        } else {
            co_return service_error::managed_rule(rule.name, name, rule.managed_by);
        }
    }
    auto stored_changes = changes;
    if (auto stored = co_await store_.apply(std::move(stored_changes)); !stored) {
        co_return stored.error();
    }
    for (const auto& change : changes) {
        state_.set_target_state(change.key, std::nullopt);
    }
    state_.erase_bus(arn);
    publish();
    co_return Result<void>();
}

// ---- rules ----

Task<std::string> LiveCatalog::put_rule(PutRuleRequest request) {
    auto work = put_rule_on_strand(std::move(request));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<std::string> LiveCatalog::put_rule_on_strand(PutRuleRequest request) {
    const auto turn = co_await turns_.take();
    auto ready = rule_to_put(request);
    if (!ready) {
        co_return ready.error();
    }
    std::string arn = ready->rule.arn;
    if (auto stored = co_await store_rule(std::move(*ready)); !stored) {
        co_return stored.error();
    }
    co_return arn;
}

Task<void> LiveCatalog::set_rule_state(RuleRef ref, RuleState state) {
    auto work = set_rule_state_on_strand(std::move(ref), state);
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::set_rule_state_on_strand(RuleRef ref, RuleState state) {
    const auto turn = co_await turns_.take();
    const auto entry = rule_to_change(ref);
    if (!entry) {
        co_return entry.error();
    }
    ReadyRule ready{*(*entry)->live->rule, nullptr};
    if (!ready.rule.is_enabled()) {
        ready.rule.scheduled_since = clock_.now();
    }
    ready.rule.state = state;
    co_return co_await store_rule(std::move(ready));
}

Task<void> LiveCatalog::delete_rule(RuleRef ref, bool) {
    // `force` means something only for rules that the service manages itself; there are none here.
    auto work = delete_rule_on_strand(std::move(ref));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::delete_rule_on_strand(RuleRef ref) {
    const auto turn = co_await turns_.take();
    const auto bus = address_of(ref.bus);
    if (!bus_exists(bus)) {
        co_return service_error::no_such_bus(bus.name);
    }
    if (state_.find_rule(bus.arn, ref.rule) == nullptr) {
        co_return Result<void>();  // deleting twice is fine
    }
    const auto entry = rule_to_change(ref);
    if (!entry) {
        co_return entry.error();
    }
    const Rule& rule = *(*entry)->live->rule;
    if (!rule.targets.empty()) {
        co_return service_error::validation("Rule can't be deleted since it has targets.");
    }
    std::vector<CatalogChange> changes;
    changes.push_back(removal(kRuleKind, rule.arn));
    changes.push_back(removal(kTargetStateKind, state_key(rule.arn, {})));
    if (auto stored = co_await store_.apply(std::move(changes)); !stored) {
        co_return stored.error();
    }
    state_.set_target_state(state_key(rule.arn, {}), std::nullopt);
    state_.erase_rule(bus.arn, ref.rule);
    publish();
    co_return Result<void>();
}

// ---- targets ----

Task<void> LiveCatalog::put_targets(RuleRef ref, std::vector<Target> targets) {
    auto work = put_targets_on_strand(std::move(ref), std::move(targets));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::put_targets_on_strand(RuleRef ref, std::vector<Target> targets) {
    const auto turn = co_await turns_.take();
    const auto entry = rule_to_change(ref);
    if (!entry) {
        co_return entry.error();
    }
    if (auto sound = check_targets(targets, address_of(ref.bus).ns); !sound) {
        co_return sound.error();
    }
    ReadyRule ready{*(*entry)->live->rule, nullptr};
    auto states = states_after_put(ready.rule.arn, targets);
    auto& all = ready.rule.targets;
    for (auto& target : targets) {
        const auto same = std::ranges::find(all, target.id, &Target::id);
        if (options_.prepare_target) {
            const Target* before = same == all.end() ? nullptr : &*same;
            if (auto done = options_.prepare_target(target, before, ready.rule); !done) {
                co_return done.error();
            }
        }
        if (same == all.end()) {
            all.push_back(std::move(target));
        } else {
            *same = std::move(target);
        }
    }
    if (all.size() > options_.limits.targets_per_rule) {
        co_return service_error::limit_exceeded();
    }
    co_return co_await store_rule(std::move(ready), std::move(states));
}

Task<void> LiveCatalog::remove_targets(RuleRef ref, std::vector<std::string> ids, bool) {
    // For `force` see delete_rule.
    auto work = remove_targets_on_strand(std::move(ref), std::move(ids));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::remove_targets_on_strand(RuleRef ref, std::vector<std::string> ids) {
    const auto turn = co_await turns_.take();
    const auto entry = rule_to_change(ref);
    if (!entry) {
        co_return entry.error();
    }
    ReadyRule ready{*(*entry)->live->rule, nullptr};
    const auto is_named = [&](const Target& target) {
        return std::ranges::find(ids, target.id) != ids.end();
    };
    if (std::erase_if(ready.rule.targets, is_named) == 0) {
        co_return Result<void>();  // unknown ids are ignored
    }
    auto states = states_after_removal(ready.rule.arn, ids);
    co_return co_await store_rule(std::move(ready), std::move(states));
}

}  // namespace eventbus::bus
