#pragma once

#include "eventbus/core/event.hpp"
#include "eventbus/journal/catalog_store.hpp"

#include "sqlite.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What the database refuses to store in one row, less room for the other columns.
inline constexpr std::size_t kEventBytesMax = 4 * 1024 * 1024 - 128 * 1024;

// What an event costs in the file and in the writer's queue: its texts and the row around them.
std::size_t stored_bytes(const Event& event);

inline std::int64_t to_millis(WallTime time) {
    return time.time_since_epoch().count();
}

inline WallTime from_millis(std::int64_t millis) {
    return WallTime(Millis(millis));
}

// The column `visited_buses`: empty if the event has visited its own bus only, which is nearly
// every event; else a JSON array.
std::string encode_visited(const Event& event);

// The column `checksum`, over everything else that is stored of an event.
std::uint32_t checksum(const Event& event, std::string_view encoded_visited);

// The same for a row of the catalog.
std::uint32_t catalog_checksum(const CatalogEntry& entry);

struct StoredEvent {
    EventPtr event;
    // The row is not what was written. Then the envelope is one that says so, with the remains of
    // the true one as a text.
    bool is_damaged = false;
};

// Reads seven columns from `first` on: event_id, bus_arn, accepted_at, trace_header, visited_buses,
// envelope, checksum. Rows of a time without checksums have NULL there and are believed.
StoredEvent read_checked_event(const sqlite::Rows& rows, int first);

}  // namespace eventbus
