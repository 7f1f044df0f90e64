#include "eventbus/base/log.hpp"

#include "archive_check.hpp"
#include "live_catalog.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

Catalog::Task<ManagedChanges> LiveCatalog::set_managed(
    ManagedCatalog wanted,
    ManagedTransaction transaction) {
    auto work = set_managed_on_strand(std::move(wanted), std::move(transaction));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Catalog::Task<ManagedChanges> LiveCatalog::set_managed_on_strand(
    ManagedCatalog wanted,
    ManagedTransaction transaction) {
    const auto turn = co_await turns_.take();
    ManagedChanges& changes = transaction.changes;
    ManagedPlan plan = plan_managed(state_, options_, clock_.now(), std::move(wanted), changes);
    if (transaction.is_rehearsal || !changes.problems.empty()) {
        co_return std::move(changes);
    }
    const auto lanes = co_await lanes_of(plan.rules);
    if (!lanes) {
        co_return lanes.error();
    }
    const auto archives = co_await make_archives(plan.archives);
    if (!archives) {
        co_return archives.error();
    }
    const bool has_changed = !plan.is_empty();
    carry_out(std::move(plan), *lanes, *archives);
    if (transaction.publish_others) {
        transaction.publish_others();
    }
    if (has_changed) {
        snapshot_.store(state_.publish_with_farewell(clock_.steady_now()));
    }
    co_return std::move(changes);
}

Catalog::Task<std::vector<ArchiveId>> LiveCatalog::make_archives(
    const std::vector<ReadyArchive>& wanted) {
    std::vector<ArchiveId> ids;
    for (const auto& [archive, pattern] : wanted) {
        const auto id =
            co_await archives_.put(archive.arn, keep_of(archive), std::vector<CatalogChange>());
        if (!id) {
            co_return id.error();
        }
        ids.push_back(*id);
    }
    co_return ids;
}

void LiveCatalog::carry_out(
    ManagedPlan plan,
    const std::vector<std::vector<LaneId>>& lanes,
    const std::vector<ArchiveId>& archives) {
    for (const auto& rule : plan.old_rules) {
        state_.erase_rule(rule->bus_arn, rule->name);
    }
    for (const auto& arn : plan.old_buses) {
        remove_managed_bus(arn);
    }
    for (auto& bus : plan.buses) {
        if (bus.name == kDefaultBusName) {
            const auto arn = bus.arn;
            state_.set_overlay(arn, std::move(bus));
        } else {
            state_.put_bus(std::move(bus));
        }
    }
    for (std::size_t i = 0; i < plan.rules.size(); ++i) {
        add_rule(std::move(plan.rules[i]), lanes[i]);
    }
    for (std::size_t i = 0; i < plan.archives.size(); ++i) {
        auto& [archive, pattern] = plan.archives[i];
        add_archive(std::move(archive), archives[i], std::move(pattern));
    }
    for (const auto& arn : plan.old_archives) {
        const auto id = state_.archives().at(arn).live->id;
        log::warn(
            "an archive is gone from the files; what it holds stays in the store",
            {{"archive", arn}, {"events", archives_.totals(id).events}});
        state_.erase_archive(arn);
    }
}

void LiveCatalog::remove_managed_bus(const std::string& arn) {
    const auto* state = state_.find_bus(arn);
    if (state->overlay) {
        state_.set_overlay(arn, std::nullopt);
        return;
    }
    if (!state->rules.empty()) {
        log::warn(
            "an event bus is gone from the files; rules made through the API wait for it",
            {{"event_bus", arn}, {"rules", state->rules.size()}});
    }
    state_.undefine_bus(arn);
}

}  // namespace eventbus::bus
