#include "key_order.hpp"

#include "event_row.hpp"

namespace eventbus {
namespace {

constexpr char kSelectLanesSql[] =
    "SELECT DISTINCT lane_id FROM ordered_deliveries ORDER BY lane_id";
constexpr char kSelectAnySql[] =
    "SELECT event_seq FROM ordered_deliveries WHERE lane_id = ? AND ordering_key = ?"
    " ORDER BY event_seq LIMIT 1";
constexpr char kInsertSql[] =
    "INSERT INTO ordered_deliveries (lane_id, ordering_key, event_seq) VALUES (?, ?, ?)";
constexpr char kSelectKeySql[] =
    "SELECT ordering_key FROM ordered_deliveries WHERE event_seq = ? AND lane_id = ?";
constexpr char kRemoveSql[] =
    "DELETE FROM ordered_deliveries WHERE lane_id = ? AND ordering_key = ? AND event_seq = ?";
// Due since its event was accepted: what has waited longest goes first. One whose event is lost is
// due too, and ends.
constexpr char kMakeDueSql[] =
    "UPDATE deliveries SET due_at ="
    " COALESCE((SELECT accepted_at FROM events WHERE seq = event_seq), 0)"
    " WHERE event_seq = ? AND lane_id = ? AND due_at = ?";
constexpr char kInsertLetterSql[] =
    "INSERT INTO ordered_dead_letters (dead_letter_id, ordering_key) VALUES (?, ?)";
constexpr char kSelectLetterSql[] =
    "SELECT ordering_key FROM ordered_dead_letters WHERE dead_letter_id = ?";

}  // namespace

KeyOrder::KeyOrder(sqlite::Database& db)
    : select_any_(db, kSelectAnySql),
      insert_(db, kInsertSql),
      select_key_(db, kSelectKeySql),
      remove_(db, kRemoveSql),
      select_first_(db, kSelectAnySql),
      make_due_(db, kMakeDueSql),
      insert_letter_(db, kInsertLetterSql),
      select_letter_(db, kSelectLetterSql) {
    sqlite::Statement lanes(db, kSelectLanesSql);
    auto rows = lanes.query();
    while (rows.next()) {
        lanes_.insert(rows.integer(0));
    }
}

bool KeyOrder::append(DeliveryId id, const std::string& key) {
    const bool has_to_wait = may_know(id.lane) && select_any_.query(id.lane, key).next();
    insert_.run(id.lane, key, id.event);
    // Stays in the set if the transaction fails: that costs a look, no more.
    lanes_.insert(id.lane);
    return has_to_wait;
}

std::optional<std::string> KeyOrder::find_key(DeliveryId id) {
    if (!may_know(id.lane)) {
        return std::nullopt;
    }
    auto rows = select_key_.query(id.event, id.lane);
    return rows.next() ? std::optional(std::string(rows.text(0))) : std::nullopt;
}

std::optional<DeliveryId> KeyOrder::end(DeliveryId id) {
    const auto key = find_key(id);
    if (!key) {
        return std::nullopt;
    }
    remove_.run(id.lane, *key, id.event);
    DeliveryId next{0, id.lane};
    {
        auto rows = select_first_.query(id.lane, *key);
        if (!rows.next()) {
            return std::nullopt;
        }
        next.event = rows.integer(0);
    }
    make_due_.run(next.event, next.lane, to_millis(kNeverDue));
    return next;
}

void KeyOrder::keep_key(DeliveryId id, std::int64_t dead_letter) {
    if (const auto key = find_key(id)) {
        insert_letter_.run(dead_letter, *key);
    }
}

std::optional<std::string> KeyOrder::key_of(std::int64_t dead_letter) {
    if (lanes_.empty()) {
        return std::nullopt;
    }
    auto rows = select_letter_.query(dead_letter);
    return rows.next() ? std::optional(std::string(rows.text(0))) : std::nullopt;
}

}  // namespace eventbus
