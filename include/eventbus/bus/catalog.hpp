#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/archive_catalog.hpp"
#include "eventbus/bus/live_rules.hpp"
#include "eventbus/bus/managed_resources.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/arn.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/event_bus.hpp"
#include "eventbus/core/rule.hpp"
#include "eventbus/journal/archive_store.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"
#include "eventbus/match/rule_index.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eventbus {

// One bus with everything that an event on it needs. Immutable; shares with the one before it what
// has not changed.
struct LiveBus {
    EventBus bus;
    LiveRules rules;
    RuleIndexPtr index;  // of the enabled rules and the archives with a pattern
    // What the index's RuleIds stand for; null where it is an archive, or nothing.
    RulesById by_id;
    std::map<RuleId, ArchiveId> archives_by_id;
    std::vector<ArchiveId> keep_all;  // archives without a pattern
    LiveRules scheduled;              // enabled, with a schedule
};

// One archive with what the journal calls it. Immutable.
struct LiveArchive {
    Archive archive;
    ArchiveId id = 0;
};

using ArchivesByArn = std::map<std::string, std::shared_ptr<const LiveArchive>, std::less<>>;

// The targets of all rules by lane, read like a map. It is kept in shards, so that a copy shares
// everything that does not change.
class TargetsByLane {
    using Shard = std::unordered_map<LaneId, BoundTargetPtr>;

public:
    using const_iterator = Shard::const_iterator;
    using Change = std::pair<LaneId, BoundTargetPtr>;  // null: the lane has no target any more

    const_iterator find(LaneId lane) const;

    const_iterator end() const { return {}; }

    // Later changes win over earlier ones.
    void apply(const std::vector<Change>& changes);

private:
    static constexpr std::size_t kShards = 256;

    std::array<std::shared_ptr<const Shard>, kShards> shards_;
};

// Lets a map with std::string keys be searched by std::string_view.
struct ArnHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view arn) const {
        return std::hash<std::string_view>{}(arn);
    }
};

// A target that a change of the files has removed: what it was owed then still goes to it, until …
struct LeavingTarget {
    BoundTargetPtr target;
    SteadyTime until;
};

using LeavingTargets = std::unordered_map<LaneId, LeavingTarget>;

inline constexpr Millis kFarewell{60'000};

using BusesByArn =
    std::unordered_map<std::string, std::shared_ptr<const LiveBus>, ArnHash, std::equal_to<>>;

// All buses at one moment. Immutable; readers hold it by shared_ptr and never lock.
struct CatalogSnapshot {
    BusesByArn buses;
    TargetsByLane targets;
    std::shared_ptr<const LeavingTargets> leaving;  // null: none
    std::shared_ptr<const ArchivesByArn> archives;

    // Null if there is none.
    const LiveBus* find_bus(std::string_view arn) const;
    // Also one that is leaving.
    BoundTargetPtr find_target(LaneId lane, SteadyTime now) const;
    std::shared_ptr<const LiveArchive> find_archive(std::string_view arn) const;
};

using CatalogSnapshotPtr = std::shared_ptr<const CatalogSnapshot>;

// Says what is wrong with a target, in PutTargets' words; the module that delivers to targets
// knows.
using TargetCheck = std::function<Result<void>(const Target&)>;

// Makes a target fit to be stored with its rule. `before` is what it replaces, or null. Errors as
// above.
using TargetPreparation =
    std::function<Result<void>(Target& target, const Target* before, const Rule& rule)>;

struct CatalogLimits {
    std::size_t event_buses = 1'000;  // per namespace
    std::size_t rules_per_bus = 100'000;
    std::size_t targets_per_rule = 100;
    std::size_t event_pattern_bytes = 4'096;
};

struct CatalogOptions {
    Namespace home;  // the account and region of unsigned callers and of resources from files
    CatalogLimits limits;
    TargetCheck check_target;
    TargetPreparation prepare_target;
};

// "NAME" or an event-bus ARN, as an API caller spells a bus; empty means "default".
struct BusRef {
    Namespace caller;
    std::string name_or_arn;
};

struct RuleRef {
    BusRef bus;
    std::string rule;
};

struct PutRuleRequest {
    RuleRef rule;
    std::string event_pattern;
    std::string schedule_expression;
    std::optional<RuleState> state;
    std::string description;
    std::string role_arn;
    Tags tags;
};

// Changes what a bus shows; an error leaves it as it was. Not its name, ARN, times or tags.
using EventBusEdit = std::function<Result<void>(EventBus&)>;

// A wish about the delivery to a target, or with an empty `target_id` to all targets of the rule.
// A target is delivered to if neither itself nor its rule is paused, and itself not disabled.
struct TargetStateChange {
    std::string rule_arn;
    std::string target_id;
    TargetState::Kind kind = TargetState::Kind::active;
    std::string reason;
};

struct Page {
    std::string name_prefix;
    std::string after;  // exclusive; empty: from the start
    std::size_t limit = 100;
};

// The live catalog: buses, rules, targets, tags; what is not from files is kept in the
// CatalogStore. Changes are serialised, are on stable storage before they become visible, and
// answer with the service's errors: Error::code() is the exception
// ("ResourceNotFoundException"), Error::message() its exact text. Resources whose managed_by is set
// refuse every change with ManagedRuleException. Safe from any thread.
class Catalog {
public:
    // Loads what the store holds and makes the default bus of `options.home`. `store`, `journal`
    // and `archives` outlive the catalog.
    static boost::asio::awaitable<Result<std::unique_ptr<Catalog>>> open(
        boost::asio::any_io_executor executor,
        CatalogStore& store,
        Journal& journal,
        ArchiveStore& archives,
        const Clock& clock,
        CatalogOptions options);

    virtual ~Catalog() = default;

    virtual CatalogSnapshotPtr snapshot() const = 0;
    virtual const Namespace& home() const = 0;
    virtual ArchiveCatalog& archives() = 0;

    // The ARN that a reference means, whether or not the bus exists.
    virtual std::string resolve(const BusRef& ref) const = 0;

    template <class T>
    using Task = boost::asio::awaitable<Result<T>>;

    virtual Task<EventBus> create_event_bus(Namespace caller, EventBus wanted) = 0;
    // The bus as it is then.
    virtual Task<EventBus> update_event_bus(BusRef ref, EventBusEdit edit) = 0;
    virtual Task<void> delete_event_bus(Namespace caller, std::string name) = 0;
    virtual Task<std::string> put_rule(PutRuleRequest request) = 0;  // the rule's ARN
    virtual Task<void> set_rule_state(RuleRef ref, RuleState state) = 0;
    virtual Task<void> delete_rule(RuleRef ref, bool force) = 0;
    virtual Task<void> put_targets(RuleRef ref, std::vector<Target> targets) = 0;
    virtual Task<void> remove_targets(RuleRef ref, std::vector<std::string> ids, bool force) = 0;
    // Kept with the catalog, also for rules from files; PutTargets of a disabled target enables it.
    // False if it was so already. Errors: ResourceNotFoundException.
    virtual Task<bool> set_target_state(TargetStateChange change) = 0;
    virtual Task<void> tag_resource(std::string arn, Tags tags) = 0;
    virtual Task<void> untag_resource(std::string arn, std::vector<std::string> keys) = 0;

    virtual Result<EventBus> describe_event_bus(const BusRef& ref) const = 0;
    virtual Result<RulePtr> describe_rule(const RuleRef& ref) const = 0;
    virtual Result<Tags> tags_of(std::string_view arn) const = 0;
    // Sorted by name, at most page.limit.
    virtual std::vector<EventBus> list_event_buses(const Namespace& caller, const Page& page)
        const = 0;
    virtual Result<std::vector<RulePtr>> list_rules(const BusRef& ref, const Page& page) const = 0;
    // The names of the bus's rules that have a target with this ARN, whether enabled or not.
    virtual Result<std::vector<std::string>> list_rule_names_by_target(
        const BusRef& ref,
        std::string_view target_arn,
        const Page& page) const = 0;

    // The catalog's part in replacing what the files bring (see eventbus::set_managed). Buses and
    // rules are not stored, only their lanes. A target that goes is still found for a while
    // (kFarewell). An archive that goes stops archiving; what it holds stays in the store until a
    // file or the API makes it again, as a slip in a file must not destroy anything.
    virtual Task<ManagedChanges> set_managed(
        ManagedCatalog wanted,
        ManagedTransaction transaction) = 0;
};

}  // namespace eventbus
