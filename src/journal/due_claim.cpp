#include "due_claim.hpp"

#include "event_row.hpp"

#include <optional>

namespace eventbus {
namespace {

using Entry = UnindexedDeliveries::Entry;

// What a lane owes, earliest first: what the index knows and what it does not know yet.
class OwedInLane {
public:
    OwedInLane(
        JournalTables& tables,
        const UnindexedDeliveries& unindexed,
        const ClaimTable& claims,
        LaneId lane)
        : claims_(claims),
          lane_(lane),
          rows_(tables.owed_in(lane)),
          unindexed_(unindexed.of(lane)) {
        read_row();
    }

    // nullopt: the rest waits for another delivery of its key, or there is none.
    std::optional<Entry> front() const { return is_unindexed_first() ? unindexed_[passed_] : row_; }

    // Whether the index does not know it.
    bool is_unindexed_first() const {
        return passed_ < unindexed_.size() && (!row_ || unindexed_[passed_] < *row_);
    }

    void pop() {
        if (is_unindexed_first()) {
            ++passed_;
        } else {
            read_row();
        }
    }

    std::size_t unindexed_passed() const { return passed_; }

private:
    void read_row() {
        row_.reset();
        while (!row_ && rows_.next()) {
            const auto due = JournalTables::read_due(rows_);
            if (due.due_at == kNeverDue) {
                return;
            }
            if (!claims_.holds({due.event_seq, lane_})) {
                row_ = Entry{due.due_at, due.event_seq};
            }
        }
    }

    const ClaimTable& claims_;
    const LaneId lane_;
    sqlite::Rows rows_;
    const UnindexedDeliveries::Entries& unindexed_;
    std::size_t passed_ = 0;
    std::optional<Entry> row_;
};

}  // namespace

ClaimResult claim_due(
    JournalTables& tables,
    UnindexedDeliveries& unindexed,
    ClaimTable& claims,
    const ClaimRequest& request) {
    ClaimResult result;
    std::vector<Lease> leases;
    OwedInLane owed(tables, unindexed, claims, request.lane);
    for (; const auto next = owed.front(); owed.pop()) {
        if (next->due_at > request.now || result.deliveries.size() == request.limit) {
            result.next_due_at = next->due_at;
            break;
        }
        result.deliveries.push_back(tables.load({next->event_seq, request.lane}));
        Lease& lease = leases.emplace_back();
        lease.event_bytes =
            static_cast<std::int64_t>(stored_bytes(*result.deliveries.back().event));
        if (owed.is_unindexed_first()) {
            lease.unindexed_due_at = next->due_at;
        }
    }
    // Not before all is read: of what was read until an error nobody would ever hear.
    for (std::size_t i = 0; i < leases.size(); ++i) {
        claims.take(result.deliveries[i].id, leases[i]);
    }
    unindexed.claimed(request.lane, owed.unindexed_passed());
    return result;
}

}  // namespace eventbus
