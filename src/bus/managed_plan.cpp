#include "managed_plan.hpp"

#include "archive_check.hpp"
#include "bus_check.hpp"
#include "rule_check.hpp"
#include "service_error.hpp"

#include <map>
#include <utility>

namespace eventbus::bus {

namespace {

// Everything but its times, which are not the file's.
bool is_same(EventBus a, const EventBus& b) {
    a.created_at = b.created_at;
    a.modified_at = b.modified_at;
    return a == b;
}

bool is_same(Archive a, const Archive& b) {
    a.created_at = b.created_at;
    return a == b;
}

bool is_same(const Rule& a, const Rule& b) {
    return a == b;
}

class Planner {
public:
    Planner(
        const CatalogState& state,
        const CatalogOptions& options,
        WallTime now,
        ManagedChanges& changes)
        : state_(state), options_(options), now_(now), changes_(changes) {}

    ManagedPlan plan(ManagedCatalog wanted) {
        for (std::size_t i = 0; i < wanted.buses.size(); ++i) {
            plan_bus(i, std::move(wanted.buses[i]));
        }
        for (std::size_t i = 0; i < wanted.rules.size(); ++i) {
            plan_rule(i, std::move(wanted.rules[i]));
        }
        for (std::size_t i = 0; i < wanted.archives.size(); ++i) {
            plan_archive(i, std::move(wanted.archives[i]));
        }
        find_old();
        return std::move(plan_);
    }

private:
    void problem(ManagedKind kind, std::size_t index, std::string pointer, std::string message) {
        changes_.problems.push_back({kind, index, std::move(pointer), std::move(message)});
    }

    // Counts a definition; whether it differs from what the files had brought before.
    template <class T>
    static bool differs(ManagedCount& count, const T* before, const T& wanted) {
        ++count.total;
        if (before == nullptr) {
            ++count.added;
            return true;
        }
        if (is_same(*before, wanted)) {
            return false;
        }
        ++count.changed;
        return true;
    }

    struct Definition {
        ManagedKind kind;
        std::size_t index;
        std::string name_pointer;
        std::string what;
    };

    // Whether the name is free for this definition.
    bool claim(
        const Definition& definition,
        const std::string& arn,
        const std::string& file,
        bool is_taken) {
        const auto [other, is_new] = files_.try_emplace(arn, file);
        if (!is_taken && is_new) {
            return true;
        }
        problem(
            definition.kind,
            definition.index,
            definition.name_pointer,
            service_error::defined_twice(definition.what, file, is_taken ? "" : other->second)
                .message());
        return false;
    }

    void plan_bus(std::size_t index, EventBus bus) {
        bus.arn = event_bus_arn(options_.home, bus.name);
        const auto* state = state_.find_bus(bus.arn);
        const bool is_default = bus.name == kDefaultBusName;
        const bool is_defined = state != nullptr && state->is_defined && !is_default;
        const bool is_taken = is_defined && state->bus.managed_by.empty();
        const std::string what = "Event bus " + bus.name;
        if (!claim(
                {ManagedKind::event_bus, index, "/Name", what},
                bus.arn,
                bus.managed_by,
                is_taken)) {
            return;
        }
        const EventBus* before = is_defined ? &state->bus : nullptr;
        if (is_default && state != nullptr && state->overlay) {
            before = &*state->overlay;
        }
        if (differs(changes_.buses, before, bus)) {
            bus.modified_at = now_;
            bus.created_at = before == nullptr ? now_ : before->created_at;
            plan_.buses.push_back(std::move(bus));
        }
    }

    // Once all buses of the files are known.
    bool will_be_there(const std::string& bus_arn, std::string_view name) const {
        const auto* state = state_.find_bus(bus_arn);
        const bool is_of_api =
            state != nullptr && state->is_defined && state->bus.managed_by.empty();
        return is_of_api || name == kDefaultBusName || files_.contains(bus_arn);
    }

    void
    refuse_bus(ManagedKind kind, std::size_t index, std::string pointer, std::string_view name) {
        problem(
            kind,
            index,
            std::move(pointer),
            service_error::no_such_bus(name).message() +
                " Define it in a file as well, or create it first.");
    }

    void plan_rule(std::size_t index, Rule rule) {
        rule.bus_arn = event_bus_arn(options_.home, rule.bus_name);
        rule.arn = rule_arn(options_.home, rule.bus_name, rule.name);
        rule.created_by = options_.home.account;
        if (!will_be_there(rule.bus_arn, rule.bus_name)) {
            refuse_bus(ManagedKind::rule, index, "/EventBusName", rule.bus_name);
            return;
        }
        const auto* entry = state_.find_rule(rule.bus_arn, rule.name);
        const Rule* before = entry == nullptr ? nullptr : entry->live->rule.get();
        const bool is_taken = before != nullptr && before->managed_by.empty();
        const std::string what = "Rule " + rule.name + " on EventBus " + rule.bus_name;
        if (!claim(
                {ManagedKind::rule, index, "/Name", what},
                rule.arn,
                rule.managed_by,
                is_taken) ||
            !differs(changes_.rules, before, rule)) {
            return;
        }
        auto pattern = check_rule(rule, options_.limits);
        if (!pattern) {
            problem(ManagedKind::rule, index, "", pattern.error().message());
            return;
        }
        plan_.rules.push_back({std::move(rule), std::move(*pattern)});
    }

    void plan_archive(std::size_t index, Archive archive) {
        archive.arn = archive_arn(options_.home, archive.name);
        const auto bus = address_of({options_.home, archive.event_source_arn});
        if (bus.ns != options_.home || !will_be_there(bus.arn, bus.name)) {
            refuse_bus(ManagedKind::archive, index, "/EventSourceArn", bus.name);
            return;
        }
        archive.event_source_arn = bus.arn;
        const auto entry = state_.archives().find(archive.arn);
        const Archive* before =
            entry == state_.archives().end() ? nullptr : &entry->second.live->archive;
        const bool is_taken = before != nullptr && before->managed_by.empty();
        const std::string what = "Archive " + archive.name;
        if (!claim(
                {ManagedKind::archive, index, "/ArchiveName", what},
                archive.arn,
                archive.managed_by,
                is_taken) ||
            !differs(changes_.archives, before, archive)) {
            return;
        }
        archive.created_at = before == nullptr ? now_ : before->created_at;
        auto pattern = check_archive_pattern(archive, options_.limits);
        if (!pattern) {
            problem(ManagedKind::archive, index, "", pattern.error().message());
            return;
        }
        plan_.archives.push_back({std::move(archive), std::move(*pattern)});
    }

    bool is_gone(const std::string& arn, const std::string& managed_by) const {
        return !managed_by.empty() && !files_.contains(arn);
    }

    void find_old() {
        for (const auto& [arn, state] : state_.buses()) {
            for (const auto& [name, entry] : state.rules) {
                if (is_gone(entry.live->rule->arn, entry.live->rule->managed_by)) {
                    plan_.old_rules.push_back(entry.live->rule);
                }
            }
            const bool is_bus_gone = state.is_defined && is_gone(arn, state.bus.managed_by);
            if (is_bus_gone || (state.overlay && is_gone(arn, state.overlay->managed_by))) {
                plan_.old_buses.push_back(arn);
            }
        }
        for (const auto& [arn, entry] : state_.archives()) {
            if (is_gone(arn, entry.live->archive.managed_by)) {
                plan_.old_archives.push_back(arn);
            }
        }
        changes_.rules.removed = plan_.old_rules.size();
        changes_.buses.removed = plan_.old_buses.size();
        changes_.archives.removed = plan_.old_archives.size();
    }

    const CatalogState& state_;
    const CatalogOptions& options_;
    const WallTime now_;
    ManagedChanges& changes_;
    ManagedPlan plan_;
    std::map<std::string, std::string> files_;  // what defines each ARN
};

}  // namespace

bool ManagedPlan::is_empty() const {
    return buses.empty() && rules.empty() && archives.empty() && old_buses.empty() &&
           old_rules.empty() && old_archives.empty();
}

ManagedPlan plan_managed(
    const CatalogState& state,
    const CatalogOptions& options,
    WallTime now,
    ManagedCatalog wanted,
    ManagedChanges& changes) {
    return Planner(state, options, now, changes).plan(std::move(wanted));
}

}  // namespace eventbus::bus
