#pragma once

#include "archive_tables.hpp"
#include "attempt_log.hpp"
#include "claim_table.hpp"
#include "dead_letter_query.hpp"
#include "deduplication_table.hpp"
#include "journal_tables.hpp"
#include "key_order.hpp"
#include "requests.hpp"
#include "unindexed_deliveries.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventbus {

// What one transaction does to the tables, and what is to be done once it is known whether it
// stands. Owned by the writer thread; everything but committed() and rolled_back() throws
// SqliteError.
class GroupCommit {
public:
    GroupCommit(
        JournalTables& tables,
        ArchiveTables& archives,
        AttemptLog& attempts,
        DeduplicationTable& deduplication,
        ClaimTable& claims,
        DeadLetterQuery& dead_letters,
        KeyOrder& key_order,
        UnindexedDeliveries& unindexed)
        : tables_(tables),
          archives_(archives),
          attempts_(attempts),
          deduplication_(deduplication),
          claims_(claims),
          dead_letters_(dead_letters),
          key_order_(key_order),
          unindexed_(unindexed) {}

    // Call first, after the transaction has begun. With `announce`, new deliveries count as claimed
    // by whoever gets them from committed().
    void begin(bool announce);

    void append(const std::vector<NewEvent>& events);
    LaneId lane(const LaneRequest& request);
    void apply(const std::vector<CatalogChange>& changes);
    void apply(const Outcome& outcome);
    ArchiveId apply(const ArchiveRequest& request);

    // The events that were not written.
    std::vector<Repeat> append_once(const OnceRequest& request);

    // Goes on with the request until the slice is full or there are no more letters; true in the
    // latter case.
    bool advance(DeadLetterRequest& request);
    // The same for at most `letters_max`, back to their lanes.
    bool redrive(DeadLetterRun& run, WallTime now, std::size_t letters_max);
    // Forgets dead letters from before `time`. Returns how many.
    std::uint64_t expire(WallTime time, std::size_t letters_max);

    // Errc::not_found if the history does not have the event on that bus.
    Result<Redelivery> redeliver(const RedeliverRequest& request);

    // Tells the index of what is due of at most that many deliveries that wait for it.
    void index(std::size_t deliveries) { unindexed_.index(deliveries); }

    // Call last, before the commit.
    void end();

    std::size_t events_appended() const { return events_appended_; }

    struct Cause {
        std::string queue_arn;
        std::string error_code;
    };

    // Of the dead letters of this transaction.
    const std::vector<Cause>& buried() const { return buried_; }

    // The transaction stands: returns the new deliveries, in order, if they are announced.
    std::vector<Delivery> committed();
    void rolled_back();

private:
    void append(const NewEvent& added);
    std::size_t append_one(
        const EventPtr& event,
        const std::vector<LaneId>& owed,
        WallTime due_at,
        const std::vector<OrderingKey>& keys = {});
    void forget(const DeadLetter& letter);
    template <class Visit>
    bool walk(DeadLetterRun& run, std::size_t letters_max, const Visit& visit);
    void settle(const Outcome& outcome);
    void bury(const Outcome& outcome);
    // Lets the next delivery of the same key go.
    void promote_after(DeliveryId ended);
    // One that is owed already, and due now.
    void announce_owed(Delivery delivery);

    JournalTables& tables_;
    ArchiveTables& archives_;
    AttemptLog& attempts_;
    DeduplicationTable& deduplication_;
    ClaimTable& claims_;
    DeadLetterQuery& dead_letters_;
    KeyOrder& key_order_;
    UnindexedDeliveries& unindexed_;

    bool announce_ = false;
    Counters counters_before_;
    std::size_t events_appended_ = 0;
    std::vector<Delivery> announced_;
    std::vector<DeliveryId> settled_;
    std::vector<Cause> buried_;
};

}  // namespace eventbus
