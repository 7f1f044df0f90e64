#pragma once

#include "claim_table.hpp"
#include "dead_letter_query.hpp"
#include "journal_tables.hpp"
#include "requests.hpp"

#include <cstddef>
#include <vector>

namespace eventbus {

// What one transaction does to the tables, and what is to be done once it is known whether it
// stands. Owned by the writer thread; everything but committed() and rolled_back() throws
// SqliteError.
class GroupCommit {
public:
    GroupCommit(JournalTables& tables, ClaimTable& claims, DeadLetterQuery& dead_letters)
        : tables_(tables), claims_(claims), dead_letters_(dead_letters) {}

    // Call first, after the transaction has begun. With `announce`, new deliveries count as claimed
    // by whoever gets them from committed().
    void begin(bool announce);

    void append(const std::vector<NewEvent>& events);
    LaneId lane(const LaneRequest& request);
    void apply(const std::vector<CatalogChange>& changes);
    void apply(const Outcome& outcome);

    // Moves dead letters back until the slice is full or there are no more; true in the latter
    // case.
    bool redrive(RedriveRequest& request);

    // Call last, before the commit.
    void end();

    std::size_t events_appended() const { return events_appended_; }

    // The transaction stands: returns the new deliveries, in order, if they are announced.
    std::vector<Delivery> committed();
    void rolled_back();

private:
    std::size_t append_one(const EventPtr& event, const std::vector<LaneId>& owed, WallTime due_at);
    void settle(const Outcome& outcome);

    JournalTables& tables_;
    ClaimTable& claims_;
    DeadLetterQuery& dead_letters_;

    bool announce_ = false;
    Counters counters_before_;
    std::size_t events_appended_ = 0;
    std::vector<Delivery> announced_;
    std::vector<DeliveryId> settled_;
};

}  // namespace eventbus
