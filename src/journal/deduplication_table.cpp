#include "deduplication_table.hpp"

#include "event_row.hpp"

namespace eventbus {
namespace {

constexpr char kSelectSql[] =
    "SELECT event_id, digest FROM deduplication WHERE key = ? AND expires_at > ?";
constexpr char kInsertSql[] =
    "INSERT OR REPLACE INTO deduplication (key, digest, event_id, expires_at) VALUES (?, ?, ?, ?)";
constexpr char kSelectExpiredSql[] =
    "SELECT key FROM deduplication WHERE expires_at <= ? ORDER BY expires_at LIMIT 1";
constexpr char kRemoveExpiredSql[] =
    "DELETE FROM deduplication WHERE key IN (SELECT key FROM deduplication WHERE expires_at <= ?"
    " ORDER BY expires_at LIMIT ?)";

}  // namespace

DeduplicationTable::DeduplicationTable(sqlite::Database& db)
    : select_(db, kSelectSql),
      insert_(db, kInsertSql),
      select_expired_(db, kSelectExpiredSql),
      remove_expired_(db, kRemoveExpiredSql) {}

std::optional<DeduplicationTable::First> DeduplicationTable::find(
    const std::string& key,
    WallTime now) {
    auto rows = select_.query(key, to_millis(now));
    if (!rows.next()) {
        return std::nullopt;
    }
    return First{std::string(rows.text(0)), std::string(rows.text(1))};
}

void DeduplicationTable::insert(const Deduplication& deduplication, const std::string& event_id) {
    insert_.run(
        deduplication.key,
        deduplication.digest,
        event_id,
        to_millis(deduplication.expires_at));
}

bool DeduplicationTable::has_expired(WallTime now) {
    return select_expired_.query(to_millis(now)).next();
}

void DeduplicationTable::remove_expired(WallTime now, std::size_t rows_max) {
    remove_expired_.run(to_millis(now), rows_max);
}

}  // namespace eventbus
