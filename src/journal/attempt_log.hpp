#pragma once

#include "eventbus/core/delivery.hpp"

#include "sqlite.hpp"

#include <cstdint>
#include <vector>

namespace eventbus {

// One row for each attempt of a delivery, written with its outcome and purged with its event; a
// dead letter takes a copy along, as it outlives both. A delivery keeps its first attempt and the
// latest ones. On the writing connection; everything throws SqliteError.
class AttemptLog {
public:
    explicit AttemptLog(sqlite::Database& db);

    // Returns by how many bytes the log has grown.
    std::int64_t add(DeliveryId delivery, const Attempt& attempt);

    void copy_to_dead_letter(DeliveryId delivery, std::int64_t letter);
    void remove_of_dead_letter(std::int64_t letter);

    // Those of the events after `after` up to `last`. Returns how many bytes they took.
    std::int64_t remove_of_events(std::int64_t after, std::int64_t last);

private:
    sqlite::Statement insert_;
    sqlite::Statement trim_;
    sqlite::Statement copy_;
    sqlite::Statement remove_copies_;
    sqlite::Statement sum_bytes_;
    sqlite::Statement remove_;
};

// Reads seven columns from `first` on: number, started_at, duration_ms, http_status, error_code,
// error_message, response.
Attempt read_attempt(const sqlite::Rows& rows, int first);

}  // namespace eventbus
