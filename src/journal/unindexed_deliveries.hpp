#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"

#include "sqlite.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eventbus {

// Deliveries that nobody holds and that the index of what is due does not know yet. A new delivery
// goes straight to its lane, and nearly all end before anybody has to look for them. An index by
// lane would cost an event one page for each target it is owed to, written twice; so only what a
// lane has no room for is indexed, many at a time, and until then it is here: the first ones of
// each lane for as long as they wait. In the table they are marked, for the next start. Owned by
// the writer thread; what talks to the database throws SqliteError.
class UnindexedDeliveries {
public:
    struct Entry {
        WallTime due_at;
        std::int64_t event_seq = 0;

        auto operator<=>(const Entry&) const = default;
    };

    using Entries = std::deque<Entry>;

    // Reads what an earlier process has left.
    explicit UnindexedDeliveries(sqlite::Database& db);

    void add(DeliveryId id, WallTime due_at);

    // Within a transaction, of a new delivery to the lane: whether it is to be indexed at once. So
    // it is while many wait in its lane and many come with each transaction: they share pages
    // anyway, and are spared the way through memory.
    bool is_for_the_index(LaneId lane);

    // Of a lane, earliest first.
    const Entries& of(LaneId lane) const;
    // The first `count` of them are held now.
    void claimed(LaneId lane, std::size_t count);

    // Within a transaction: the delivery is about to change or to go. Nothing if it is not here.
    void take(DeliveryId id);
    // Within a transaction: tells the index of what is too much for memory, at most of `rows`.
    void index(std::size_t rows);

    // The end of the transaction.
    void committed();

    void rolled_back();

    bool has_surplus() const { return !crowded_.empty(); }

    std::size_t size() const { return size_; }

private:
    struct Lane {
        Entries entries;
        bool is_crowded = false;  // listed in crowded_
        bool is_flooded = false;
        std::uint64_t transaction = 0;   // the last one with a new delivery while flooded
        std::size_t in_transaction = 0;  // how many it had
    };

    void index_surplus_of(LaneId id, Lane& lane, std::size_t rows);
    void note_crowd(LaneId id, Lane& lane);
    void forget_if_empty(LaneId lane);

    sqlite::Statement index_;
    std::unordered_map<LaneId, Lane> lanes_;
    std::deque<LaneId> crowded_;
    std::size_t size_ = 0;
    std::uint64_t transaction_ = 1;
    std::vector<std::pair<DeliveryId, WallTime>> taken_;  // by the open transaction
};

}  // namespace eventbus
