#include "live_catalog.hpp"
#include "resource_arn.hpp"
#include "service_error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace eventbus::bus {

namespace asio = boost::asio;

namespace {

Result<void> change(Tags& tags, const Tags& set, const std::vector<std::string>& removed) {
    for (const auto& key : removed) {
        tags.erase(key);
    }
    for (const auto& [key, value] : set) {
        tags[key] = value;
    }
    return check_tags(tags);
}

}  // namespace

Catalog::Task<void> LiveCatalog::tag_resource(std::string arn, Tags tags) {
    auto work = change_tags_on_strand(std::move(arn), std::move(tags), std::vector<std::string>());
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Catalog::Task<void> LiveCatalog::untag_resource(std::string arn, std::vector<std::string> keys) {
    auto work = change_tags_on_strand(std::move(arn), Tags(), std::move(keys));
    co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
}

Catalog::Task<void>
LiveCatalog::change_tags_on_strand(std::string arn, Tags set, std::vector<std::string> removed) {
    const auto turn = co_await turns_.take();
    const auto address = resource_address(arn);
    if (!address) {
        co_return address.error();
    }
    if (!address->rule_name.empty()) {
        RuleRef ref;
        ref.bus.name_or_arn = address->bus_arn;
        ref.rule = address->rule_name;
        const auto entry = rule_to_change(ref);
        if (!entry) {
            co_return entry.error();
        }
        ReadyRule ready{*(*entry)->live->rule, nullptr};
        if (auto changed = change(ready.rule.tags, set, removed); !changed) {
            co_return changed.error();
        }
        co_return co_await store_rule(std::move(ready));
    }
    auto bus = bus_to_change({address->bus_arn, address->bus_name, address->ns});
    if (!bus) {
        co_return bus.error();
    }
    if (auto changed = change(bus->tags, set, removed); !changed) {
        co_return changed.error();
    }
    co_return co_await store_bus(std::move(*bus));
}

Result<Tags> LiveCatalog::tags_of(std::string_view arn) const {
    const auto address = resource_address(arn);
    if (!address) {
        return address.error();
    }
    BusRef bus;
    bus.name_or_arn = address->bus_arn;
    if (address->rule_name.empty()) {
        const auto found = describe_event_bus(bus);
        return found ? Result<Tags>(found->tags) : found.error();
    }
    const auto found = describe_rule({bus, address->rule_name});
    return found ? Result<Tags>((*found)->tags) : found.error();
}

}  // namespace eventbus::bus
