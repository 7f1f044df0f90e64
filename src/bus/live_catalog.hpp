#pragma once

#include "eventbus/base/turn_queue.hpp"
#include "eventbus/bus/catalog.hpp"

#include "bus_check.hpp"
#include "catalog_state.hpp"
#include "managed_plan.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace eventbus::bus {

// Kinds of CatalogEntry.
inline constexpr std::string_view kBusKind = "event-bus";
inline constexpr std::string_view kRuleKind = "rule";
inline constexpr std::string_view kArchiveKind = "archive";
inline constexpr std::string_view kTargetStateKind = "target-state";

// Changes run on one strand, one after the other: check, store, edit the state, publish. Reads look
// at the published snapshot from any thread.
class LiveCatalog final : public Catalog, public ArchiveCatalog {
public:
    template <class T>
    using Task = Catalog::Task<T>;

    LiveCatalog(
        boost::asio::any_io_executor executor,
        CatalogStore& store,
        Journal& journal,
        ArchiveStore& archives,
        const Clock& clock,
        CatalogOptions options);

    // Once, before anything else.
    Task<void> load();

    CatalogSnapshotPtr snapshot() const override { return snapshot_.load(); }

    const Namespace& home() const override { return options_.home; }

    std::string resolve(const BusRef& ref) const override { return address_of(ref).arn; }

    Task<EventBus> create_event_bus(Namespace caller, EventBus wanted) override;
    Task<EventBus> update_event_bus(BusRef ref, EventBusEdit edit) override;
    Task<void> delete_event_bus(Namespace caller, std::string name) override;
    Task<std::string> put_rule(PutRuleRequest request) override;
    Task<void> set_rule_state(RuleRef ref, RuleState state) override;
    Task<void> delete_rule(RuleRef ref, bool force) override;
    Task<void> put_targets(RuleRef ref, std::vector<Target> targets) override;
    Task<void> remove_targets(RuleRef ref, std::vector<std::string> ids, bool force) override;
    Task<bool> set_target_state(TargetStateChange change) override;
    Task<void> tag_resource(std::string arn, Tags tags) override;
    Task<void> untag_resource(std::string arn, std::vector<std::string> keys) override;
    Task<ManagedChanges> set_managed(ManagedCatalog wanted, ManagedTransaction transaction)
        override;

    ArchiveCatalog& archives() override { return *this; }

    Task<Archive> create_archive(Namespace caller, Archive wanted) override;
    Task<Archive> update_archive(UpdateArchiveRequest request) override;
    Task<void> delete_archive(ArchiveRef ref) override;
    Result<ArchiveDescription> describe_archive(const ArchiveRef& ref) const override;
    Result<std::vector<ArchiveDescription>> list_archives(
        const Namespace& caller,
        const ArchiveFilter& filter,
        const std::string& after,
        std::size_t limit) const override;

    Result<EventBus> describe_event_bus(const BusRef& ref) const override;
    Result<RulePtr> describe_rule(const RuleRef& ref) const override;
    Result<Tags> tags_of(std::string_view arn) const override;
    std::vector<EventBus> list_event_buses(const Namespace& caller, const Page& page)
        const override;
    Result<std::vector<RulePtr>> list_rules(const BusRef& ref, const Page& page) const override;
    Result<std::vector<std::string>> list_rule_names_by_target(
        const BusRef& ref,
        std::string_view target_arn,
        const Page& page) const override;

private:
    using RuleEntry = CatalogState::RuleEntry;

    // On the strand.
    Task<Archive> create_archive_on_strand(Namespace caller, Archive wanted);
    Task<Archive> update_archive_on_strand(UpdateArchiveRequest request);
    Task<void> delete_archive_on_strand(ArchiveRef ref);
    Task<void> load_archives(std::vector<CatalogEntry> entries);
    Task<void> store_archive(Archive archive, EventPatternPtr pattern);
    Task<void> load_on_strand();
    Task<EventBus> create_event_bus_on_strand(Namespace caller, EventBus wanted);
    Task<EventBus> update_event_bus_on_strand(BusRef ref, EventBusEdit edit);
    Task<void> delete_event_bus_on_strand(Namespace caller, std::string name);
    Task<std::string> put_rule_on_strand(PutRuleRequest request);
    Task<void> set_rule_state_on_strand(RuleRef ref, RuleState state);
    Task<void> delete_rule_on_strand(RuleRef ref);
    Task<void> put_targets_on_strand(RuleRef ref, std::vector<Target> targets);
    Task<void> remove_targets_on_strand(RuleRef ref, std::vector<std::string> ids);
    Task<bool> set_target_state_on_strand(TargetStateChange change);
    Task<void> change_tags_on_strand(std::string arn, Tags set, std::vector<std::string> removed);
    Task<ManagedChanges> set_managed_on_strand(
        ManagedCatalog wanted,
        ManagedTransaction transaction);
    // In the store; what they are called there, one by one.
    Task<std::vector<ArchiveId>> make_archives(const std::vector<ReadyArchive>& wanted);

    Task<void> store_bus(EventBus bus);
    // Stored together with what becomes of the states of targets.
    Task<void> store_rule(ReadyRule ready, std::vector<CatalogChange> states = {});
    // What follows for their states from targets that are put anew, or removed.
    std::vector<CatalogChange> states_after_put(
        const std::string& rule_arn,
        const std::vector<Target>& targets) const;
    std::vector<CatalogChange> states_after_removal(
        const std::string& rule_arn,
        const std::vector<std::string>& ids) const;
    // The lanes of all targets of all rules, rule by rule.
    Task<std::vector<std::vector<LaneId>>> lanes_of(const std::vector<ReadyRule>& rules);

    bool bus_exists(const BusAddress& bus) const;
    Result<EventBus> bus_to_change(const BusAddress& address) const;
    Result<const RuleEntry*> rule_to_change(const RuleRef& ref) const;
    Result<void> check_targets(const std::vector<Target>& targets, const Namespace& of_rule) const;
    Result<ReadyRule> rule_to_put(const PutRuleRequest& request) const;
    Result<void> check_new_bus(const Namespace& caller, const EventBus& wanted) const;
    Result<ReadyRule> read_stored_rule(const CatalogEntry& entry) const;
    void add_rule(ReadyRule ready, const std::vector<LaneId>& lanes);
    EventBus default_bus(const Namespace& ns) const;
    Result<const CatalogState::ArchiveEntry*> archive_to_change(const ArchiveRef& ref) const;
    void add_archive(Archive archive, ArchiveId id, EventPatternPtr pattern);

    void publish() { snapshot_.store(state_.publish()); }

    // `lanes` and `archives` belong to the plan's rules and archives.
    void carry_out(
        ManagedPlan plan,
        const std::vector<std::vector<LaneId>>& lanes,
        const std::vector<ArchiveId>& archives);
    void remove_managed_bus(const std::string& arn);

    CatalogStore& store_;
    Journal& journal_;
    ArchiveStore& archives_;
    const Clock& clock_;
    const CatalogOptions options_;
    const WallTime opened_at_;
    const boost::asio::any_io_executor strand_;

    // Owned by the strand.
    TurnQueue turns_;
    CatalogState state_;
    std::unordered_map<std::string, LaneId> known_lanes_;  // by rule ARN, a blank, target id

    std::atomic<CatalogSnapshotPtr> snapshot_;
};

}  // namespace eventbus::bus
