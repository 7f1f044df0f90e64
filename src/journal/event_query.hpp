#pragma once

#include "eventbus/journal/event_history.hpp"

#include "attempt_log.hpp"
#include "dead_letter_query.hpp"
#include "sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// Reads what became of events on one connection. Belongs to that connection's thread; everything
// throws SqliteError.
class EventQuery {
public:
    explicit EventQuery(sqlite::Database& db);

    // Whether a delivery is held is not in the tables, and is left false.
    EventRecord find(const std::string& event_id, DeadLetterQuery& dead_letters);

    EventPage
    list(const EventFilter& filter, std::optional<std::int64_t> before, std::size_t limit);

    // Of a dead letter.
    std::vector<Attempt> attempts_of(std::int64_t letter);

private:
    void add_owed(std::int64_t seq, std::vector<DeliveryTrace>& deliveries);
    void add_attempts(std::int64_t seq, std::vector<DeliveryTrace>& deliveries);
    void name_lane(DeliveryTrace& delivery);
    std::string first_of_key(DeliveryId id);
    // The first sequence number that may have been accepted at or after `time`.
    std::int64_t first_seq_at(WallTime time);

    sqlite::Database& db_;
    sqlite::Statement select_entries_;
    sqlite::Statement select_owed_;
    sqlite::Statement select_first_of_key_;
    sqlite::Statement select_attempts_;
    sqlite::Statement select_lane_;
    sqlite::Statement select_letter_attempts_;
    sqlite::Statement select_page_;
    sqlite::Statement select_seq_range_;
    sqlite::Statement select_accepted_at_;
};

}  // namespace eventbus
