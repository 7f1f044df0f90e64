#include "eventbus/bus/catalog.hpp"

#include <map>
#include <utility>

namespace eventbus {

TargetsByLane::const_iterator TargetsByLane::find(LaneId lane) const {
    const auto& shard = shards_[static_cast<std::size_t>(lane) % kShards];
    if (!shard) {
        return end();
    }
    const auto found = shard->find(lane);
    return found == shard->end() ? end() : found;
}

void TargetsByLane::apply(const std::vector<Change>& changes) {
    std::map<std::size_t, std::shared_ptr<Shard>> copies;
    for (const auto& [lane, target] : changes) {
        const auto at = static_cast<std::size_t>(lane) % kShards;
        auto& copy = copies[at];
        if (!copy) {
            copy = shards_[at] ? std::make_shared<Shard>(*shards_[at]) : std::make_shared<Shard>();
        }
        if (target) {
            (*copy)[lane] = target;
        } else {
            copy->erase(lane);
        }
    }
    for (auto& [at, copy] : copies) {
        shards_[at] = std::move(copy);
    }
}

const LiveBus* CatalogSnapshot::find_bus(std::string_view arn) const {
    const auto found = buses.find(arn);
    return found == buses.end() ? nullptr : found->second.get();
}

BoundTargetPtr CatalogSnapshot::find_target(LaneId lane, SteadyTime now) const {
    if (const auto found = targets.find(lane); found != targets.end()) {
        return found->second;
    }
    if (!leaving) {
        return nullptr;
    }
    const auto found = leaving->find(lane);
    return found == leaving->end() || found->second.until <= now ? nullptr : found->second.target;
}

std::shared_ptr<const LiveArchive> CatalogSnapshot::find_archive(std::string_view arn) const {
    const auto found = archives->find(arn);
    return found == archives->end() ? nullptr : found->second;
}

}  // namespace eventbus
