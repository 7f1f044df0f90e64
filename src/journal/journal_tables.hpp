#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include "event_row.hpp"
#include "sqlite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventbus {

// Totals kept in one row, so that a start needs no scan.
struct Counters {
    std::int64_t last_seq = 0;
    std::int64_t owed = 0;
    std::int64_t dead_letters = 0;
    std::int64_t history_bytes = 0;  // of events that owe nothing any more

    bool operator==(const Counters&) const = default;
};

// The statements of the writing connection: rows in, rows out, no decisions. Owned by the writer
// thread; everything throws SqliteError.
class JournalTables {
public:
    explicit JournalTables(sqlite::Database& db);

    // The totals as the open transaction has them.
    Counters& counters() { return counters_; }

    const Counters& counters() const { return counters_; }

    void save_counters();
    // So that something is written for certain, to learn whether that is possible.
    void rewrite_counters();

    // Returns the new sequence number.
    std::int64_t insert_event(const Event& event);
    // One that is not indexed is for UnindexedDeliveries to find.
    void insert_delivery(DeliveryId id, WallTime due_at, bool is_indexed);
    // False if there is no such delivery.
    bool delete_delivery(DeliveryId id);
    bool reschedule(const Outcome& outcome);
    bool make_due(DeliveryId id, WallTime due_at);
    bool owes_anything(std::int64_t event_seq);
    std::int64_t event_bytes(std::int64_t event_seq);
    std::int64_t insert_dead_letter(const DeadLetter& letter);
    void delete_dead_letter(std::int64_t id);
    std::int64_t last_dead_letter_id();

    struct OldLetter {
        std::int64_t id = 0;
        WallTime dead_at;
    };

    std::optional<OldLetter> oldest_dead_letter();

    std::optional<LaneId> find_lane(const std::string& rule_arn, const std::string& target_id);
    LaneId insert_lane(const std::string& rule_arn, const std::string& target_id);

    void apply(const CatalogChange& change);

    struct Due {
        std::int64_t event_seq = 0;
        WallTime due_at;
    };

    // What a lane owes by the index, earliest first, read row by row as far as the caller goes.
    sqlite::Rows owed_in(LaneId lane) { return select_owed_.query(lane); }

    static Due read_due(const sqlite::Rows& rows);

    // The delivery with its event; damaged if one of their rows is missing.
    Delivery load(DeliveryId id);
    // Rule ARN and target id, or empty texts.
    std::pair<std::string, std::string> lane_names(LaneId lane);
    // The newest entry of the event into the bus that owes something to the lane.
    std::optional<std::int64_t>
    find_owing(const std::string& event_id, const std::string& bus_arn, LaneId lane);
    // The newest entry of the event into the bus; no event if there is none.
    StoredEvent find_event(const std::string& event_id, const std::string& bus_arn);
    // Its event alone; no event if its row is gone.
    StoredEvent load_event(std::int64_t event_seq);

    std::optional<WallTime> oldest_owed();

private:
    Counters counters_;

    sqlite::Statement select_counters_;
    sqlite::Statement update_counters_;
    sqlite::Statement insert_event_;
    sqlite::Statement insert_delivery_;
    sqlite::Statement delete_delivery_;
    sqlite::Statement reschedule_;
    sqlite::Statement make_due_;
    sqlite::Statement select_owes_;
    sqlite::Statement select_event_bytes_;
    sqlite::Statement insert_dead_letter_;
    sqlite::Statement delete_dead_letter_;
    sqlite::Statement select_last_dead_letter_;
    sqlite::Statement select_oldest_dead_letter_;
    sqlite::Statement select_lane_;
    sqlite::Statement select_lane_names_;
    sqlite::Statement insert_lane_;
    sqlite::Statement upsert_catalog_;
    sqlite::Statement delete_catalog_;
    sqlite::Statement select_owed_;
    sqlite::Statement select_delivery_;
    sqlite::Statement select_event_;
    sqlite::Statement select_owing_;
    sqlite::Statement select_newest_;
    sqlite::Statement select_oldest_;
    sqlite::Database& db_;
};

}  // namespace eventbus
