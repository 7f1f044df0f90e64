#include "lane_lookup.hpp"
#include "live_catalog.hpp"
#include "rule_check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

template <class T>
using Task = Catalog::Task<T>;

Task<void> LiveCatalog::load() {
    auto work = load_on_strand();
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Task<void> LiveCatalog::load_on_strand() {
    const auto turn = co_await turns_.take();
    auto entries = co_await store_.load();
    if (!entries) {
        co_return entries.error();
    }
    std::vector<ReadyRule> rules;
    std::vector<CatalogEntry> archives;
    for (const auto& entry : *entries) {
        if (entry.kind == kBusKind) {
            auto bus = event_bus_from_document(entry.document);
            if (!bus) {
                co_return Error(bus.error().kind(), entry.key + ": " + bus.error().message());
            }
            state_.put_bus(std::move(*bus));
        } else if (entry.kind == kRuleKind) {
            auto rule = read_stored_rule(entry);
            if (!rule) {
                co_return rule.error();
            }
            rules.push_back(std::move(*rule));
        } else if (entry.kind == kArchiveKind) {
            archives.push_back(entry);
        } else if (entry.kind == kTargetStateKind) {
            auto state = target_state_from_document(entry.document);
            if (!state) {
                co_return Error(state.error().kind(), entry.key + ": " + state.error().message());
            }
            state_.set_target_state(entry.key, std::move(*state));
        }
    }
    auto lanes = co_await lanes_of(rules);
    if (!lanes) {
        co_return lanes.error();
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        add_rule(std::move(rules[i]), (*lanes)[i]);
    }
    if (auto loaded = co_await load_archives(std::move(archives)); !loaded) {
        co_return loaded.error();
    }
    if (state_.find_bus(event_bus_arn(options_.home, kDefaultBusName)) == nullptr) {
        // Stored, so that it keeps the time at which it was made.
        co_return co_await store_bus(default_bus(options_.home));
    }
    publish();
    co_return Result<void>();
}

Result<ReadyRule> LiveCatalog::read_stored_rule(const CatalogEntry& entry) const {
    auto rule = rule_from_document(entry.document);
    if (!rule) {
        return Error(rule.error().kind(), entry.key + ": " + rule.error().message());
    }
    ReadyRule ready{std::move(*rule), nullptr};
    if (!is_absent_pattern(ready.rule.event_pattern)) {
        // Without the limits: they may have been lowered since, which must not keep us from
        // starting.
        auto pattern = compile_event_pattern(ready.rule.event_pattern);
        if (!pattern) {
            return Error(
                Errc::malformed,
                entry.key + ": the stored pattern is not valid: " + pattern.error().message());
        }
        ready.pattern = std::move(*pattern);
    }
    return ready;
}

Task<std::vector<std::vector<LaneId>>> LiveCatalog::lanes_of(const std::vector<ReadyRule>& rules) {
    std::vector<LaneKey> missing;
    const auto key_of = [](const Rule& rule, const Target& target) {
        return rule.arn + " " + target.id;
    };
    for (const auto& [rule, pattern] : rules) {
        for (const auto& target : rule.targets) {
            if (!known_lanes_.contains(key_of(rule, target))) {
                missing.emplace_back(rule.arn, target.id);
            }
        }
    }
    if (!missing.empty()) {
        auto found = co_await look_up_lanes(journal_, missing);
        if (!found) {
            co_return found.error();
        }
        for (std::size_t i = 0; i < missing.size(); ++i) {
            known_lanes_[missing[i].rule_arn + " " + missing[i].target_id] = (*found)[i];
        }
    }
    std::vector<std::vector<LaneId>> lanes;
    lanes.reserve(rules.size());
    for (const auto& [rule, pattern] : rules) {
        auto& of_rule = lanes.emplace_back();
        for (const auto& target : rule.targets) {
            of_rule.push_back(known_lanes_.at(key_of(rule, target)));
        }
    }
    co_return lanes;
}

}  // namespace eventbus::bus

namespace eventbus {

boost::asio::awaitable<Result<std::unique_ptr<Catalog>>> Catalog::open(
    boost::asio::any_io_executor executor,
    CatalogStore& store,
    Journal& journal,
    ArchiveStore& archives,
    const Clock& clock,
    CatalogOptions options) {
    auto catalog = std::make_unique<bus::LiveCatalog>(
        std::move(executor),
        store,
        journal,
        archives,
        clock,
        std::move(options));
    if (auto loaded = co_await catalog->load(); !loaded) {
        co_return loaded.error();
    }
    co_return std::unique_ptr<Catalog>(std::move(catalog));
}

}  // namespace eventbus
