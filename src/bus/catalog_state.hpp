#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/match/rule_index.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace eventbus::bus {

// Where the state of a target is kept; of its rule, with an empty id.
inline std::string state_key(const std::string& rule_arn, const std::string& target_id) {
    return target_id.empty() ? rule_arn : rule_arn + ' ' + target_id;
}

// The catalog in memory, without I/O, clock and locks: edits gather until publish() makes a
// snapshot that shares everything with the one before that they have not touched. Lives on one
// strand.
class CatalogState {
public:
    struct RuleEntry {
        LiveRulePtr live;
        RuleId id = 0;
    };

    struct ArchiveEntry {
        std::shared_ptr<const LiveArchive> live;
        EventPatternPtr pattern;  // null: it keeps every event
    };

    struct Bus {
        EventBus bus;
        // False for a bus that only its rules still speak of, because the file that defined it is
        // gone. Such rules wait, unseen, until somebody defines the bus again.
        bool is_defined = false;
        // What a file adds to the default bus.
        std::optional<EventBus> overlay;
        std::map<std::string, RuleEntry, std::less<>> rules;
        // What has changed of them since the bus was published, unless it has not been.
        LiveRules::Changes changes;
        RulesById::Changes id_changes;
        bool is_published = false;
        std::map<ArchiveId, RuleId> indexed_archives;
        std::vector<ArchiveId> keep_all;  // archives without a pattern
        std::unique_ptr<RuleIndexBuilder> index = make_rule_index_builder();
        RuleIndexPtr index_snapshot;   // null: the index has changed since
        RuleId ids = 0;                // given out so far …
        std::vector<RuleId> free_ids;  // … and free again
    };

    using Buses = std::map<std::string, Bus, std::less<>>;
    using Archives = std::map<std::string, ArchiveEntry, std::less<>>;

    const Buses& buses() const { return buses_; }

    const Archives& archives() const { return archives_; }

    // Null if nothing is known of it, not even a rule.
    const Bus* find_bus(std::string_view arn) const;
    const RuleEntry* find_rule(std::string_view bus_arn, std::string_view name) const;

    void put_bus(EventBus bus);
    void set_overlay(const std::string& bus_arn, std::optional<EventBus> overlay);
    // Removes the bus but keeps the rules that are on it.
    void undefine_bus(const std::string& arn);
    void erase_bus(const std::string& arn);

    // `lanes` are those of rule.targets, in their order. A rule may come before its bus. `pattern`
    // is what its text, which must be valid, compiles to, if that is at hand: it is not kept, and
    // not needed if the text is as it was.
    void put_rule(Rule rule, EventPatternPtr pattern, const std::vector<LaneId>& lanes);
    void erase_rule(const std::string& bus_arn, std::string_view name);

    // Adds or replaces. An archive outlives its bus, and goes on if that is made again.
    void put_archive(Archive archive, ArchiveId id, EventPatternPtr pattern);
    void erase_archive(const std::string& arn);
    // What is not active, or was paused once: of a target (see state_key), or of a rule by its ARN.
    using TargetStates = std::map<std::string, TargetState, std::less<>>;

    // Shown from the next put_rule of that rule on. nullopt forgets it.
    void set_target_state(const std::string& key, std::optional<TargetState> state);

    const TargetStates& target_states() const { return target_states_; }

    CatalogSnapshotPtr publish();
    // The same, but targets that go are still found for kFarewell.
    CatalogSnapshotPtr publish_with_farewell(SteadyTime now);

private:
    std::shared_ptr<const LiveBus> make_live(const std::string& arn, Bus& state) const;
    // The bus, made if it is new.
    Bus& bus_at(const std::string& arn);
    static void attach(Bus& bus, const ArchiveEntry& archive);
    void detach(const ArchiveEntry& archive);
    void show_targets(const LiveRule& rule);
    void hide_targets(const LiveRule& rule);
    // What of the next snapshot's targets has come, and, at a farewell, what has gone.
    void note_leaving(CatalogSnapshot& next, std::optional<SteadyTime> farewell_at) const;
    CatalogSnapshotPtr publish_at(std::optional<SteadyTime> farewell_at);

    Buses buses_;
    Archives archives_;  // by ARN
    bool archives_changed_ = true;
    TargetStates target_states_;
    std::set<std::string> touched_;  // ARNs of the buses to rebuild
    std::vector<TargetsByLane::Change> target_changes_;
    CatalogSnapshotPtr published_ = std::make_shared<const CatalogSnapshot>();
};

}  // namespace eventbus::bus
