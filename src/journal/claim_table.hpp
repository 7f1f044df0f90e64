#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace eventbus {

// What the writer remembers of a claimed delivery, to spare it a look when the outcome comes.
struct Lease {
    std::int64_t event_bytes = 0;
    bool is_only_delivery = false;             // the event never owed another one
    std::optional<WallTime> unindexed_due_at;  // nullopt: the index of what is due knows it
};

// Who holds what. With an embedded store there is one process, so its memory is the lease table: a
// restarted process starts with an empty one, which voids every lease at once, and a lease needs no
// end while the process lives. Size: bounded by what the lanes keep in their windows.
// Owned by the writer thread.
class ClaimTable {
public:
    void take(DeliveryId id, Lease lease) { leases_.insert_or_assign(id, lease); }

    void drop(DeliveryId id) { leases_.erase(id); }

    bool holds(DeliveryId id) const { return leases_.contains(id); }

    const Lease* find(DeliveryId id) const {
        const auto found = leases_.find(id);
        return found == leases_.end() ? nullptr : &found->second;
    }

private:
    std::unordered_map<DeliveryId, Lease, DeliveryIdHash> leases_;
};

}  // namespace eventbus
