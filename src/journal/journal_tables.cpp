#include "journal_tables.hpp"

namespace eventbus {
namespace {

constexpr char kSelectCountersSql[] =
    "SELECT last_seq, owed, dead_letters, history_bytes FROM counters WHERE id = 1";
constexpr char kUpdateCountersSql[] =
    "UPDATE counters SET last_seq = ?, owed = ?, dead_letters = ?, history_bytes = ? WHERE id = 1";
constexpr char kInsertEventSql[] =
    "INSERT INTO events (seq, event_id, bus_arn, accepted_at, bytes, trace_header, visited_buses,"
    " envelope, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kInsertDeliverySql[] =
    "INSERT INTO deliveries (event_seq, lane_id, due_at, attempts, error_code, is_unindexed)"
    " VALUES (?, ?, ?, 0, '', ?)";
constexpr char kDeleteDeliverySql[] = "DELETE FROM deliveries WHERE event_seq = ? AND lane_id = ?";
constexpr char kRescheduleSql[] =
    "UPDATE deliveries SET due_at = ?, attempts = ?, error_code = ?, is_unindexed = NULL"
    " WHERE event_seq = ? AND lane_id = ?";
constexpr char kMakeDueSql[] =
    "UPDATE deliveries SET due_at = ?, is_unindexed = NULL WHERE event_seq = ? AND lane_id = ?";
constexpr char kSelectOwesSql[] =
    "SELECT lane_id FROM deliveries WHERE event_seq = ? ORDER BY lane_id LIMIT 1";
constexpr char kSelectEventBytesSql[] = "SELECT bytes FROM events WHERE seq = ?";
constexpr char kInsertDeadLetterSql[] =
    "INSERT INTO dead_letters (queue_arn, lane_id, rule_arn, target_id, target_arn, error_code,"
    " error_message, attempts, exhausted_retry_condition, dead_at, event_id, bus_arn, accepted_at,"
    " trace_header, visited_buses, envelope, checksum)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kDeleteDeadLetterSql[] = "DELETE FROM dead_letters WHERE id = ?";
constexpr char kSelectLastDeadLetterSql[] = "SELECT id FROM dead_letters ORDER BY id DESC LIMIT 1";
constexpr char kSelectOldestDeadLetterSql[] =
    "SELECT id, dead_at FROM dead_letters ORDER BY id LIMIT 1";
constexpr char kSelectLaneSql[] = "SELECT id FROM lanes WHERE rule_arn = ? AND target_id = ?";
constexpr char kSelectLaneNamesSql[] = "SELECT rule_arn, target_id FROM lanes WHERE id = ?";
constexpr char kInsertLaneSql[] = "INSERT INTO lanes (rule_arn, target_id) VALUES (?, ?)";
constexpr char kUpsertCatalogSql[] =
    "INSERT INTO catalog (kind, key, document, checksum) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document,"
    " checksum = excluded.checksum";
constexpr char kDeleteCatalogSql[] = "DELETE FROM catalog WHERE kind = ? AND key = ?";
constexpr char kSelectOwedSql[] =
    "SELECT event_seq, due_at FROM deliveries INDEXED BY deliveries_waiting WHERE lane_id = ?"
    " AND is_unindexed IS NULL ORDER BY due_at, event_seq";
constexpr char kSelectDeliverySql[] =
    "SELECT d.due_at, d.attempts, e.event_id, e.bus_arn, e.accepted_at, e.trace_header,"
    " e.visited_buses, e.envelope, e.checksum FROM deliveries AS d"
    " LEFT JOIN events AS e ON e.seq = d.event_seq"
    " WHERE d.event_seq = ? AND d.lane_id = ?";
constexpr char kSelectEventSql[] =
    "SELECT event_id, bus_arn, accepted_at, trace_header, visited_buses, envelope, checksum"
    " FROM events WHERE seq = ?";
constexpr char kSelectOwingSql[] =
    "SELECT e.seq FROM events AS e JOIN deliveries AS d ON d.event_seq = e.seq AND d.lane_id = ?3"
    " WHERE e.event_id = ?1 AND e.bus_arn = ?2 ORDER BY e.seq DESC LIMIT 1";
constexpr char kSelectNewestSql[] =
    "SELECT event_id, bus_arn, accepted_at, trace_header, visited_buses, envelope, checksum"
    " FROM events WHERE event_id = ? AND bus_arn = ? ORDER BY seq DESC LIMIT 1";
constexpr char kSelectOldestSql[] =
    "SELECT e.accepted_at FROM deliveries AS d JOIN events AS e ON e.seq = d.event_seq"
    " ORDER BY d.event_seq LIMIT 1";

}  // namespace

JournalTables::JournalTables(sqlite::Database& db)
    : select_counters_(db, kSelectCountersSql),
      update_counters_(db, kUpdateCountersSql),
      insert_event_(db, kInsertEventSql),
      insert_delivery_(db, kInsertDeliverySql),
      delete_delivery_(db, kDeleteDeliverySql),
      reschedule_(db, kRescheduleSql),
      make_due_(db, kMakeDueSql),
      select_owes_(db, kSelectOwesSql),
      select_event_bytes_(db, kSelectEventBytesSql),
      insert_dead_letter_(db, kInsertDeadLetterSql),
      delete_dead_letter_(db, kDeleteDeadLetterSql),
      select_last_dead_letter_(db, kSelectLastDeadLetterSql),
      select_oldest_dead_letter_(db, kSelectOldestDeadLetterSql),
      select_lane_(db, kSelectLaneSql),
      select_lane_names_(db, kSelectLaneNamesSql),
      insert_lane_(db, kInsertLaneSql),
      upsert_catalog_(db, kUpsertCatalogSql),
      delete_catalog_(db, kDeleteCatalogSql),
      select_owed_(db, kSelectOwedSql),
      select_delivery_(db, kSelectDeliverySql),
      select_event_(db, kSelectEventSql),
      select_owing_(db, kSelectOwingSql),
      select_newest_(db, kSelectNewestSql),
      select_oldest_(db, kSelectOldestSql),
      db_(db) {
    auto rows = select_counters_.query();
    if (rows.next()) {
        counters_ = {rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)};
    }
}

void JournalTables::save_counters() {
    update_counters_
        .run(counters_.last_seq, counters_.owed, counters_.dead_letters, counters_.history_bytes);
}

// SQLite does not write a row that is what it was.
void JournalTables::rewrite_counters() {
    update_counters_
        .run(counters_.last_seq, counters_.owed, counters_.dead_letters, ~counters_.history_bytes);
    save_counters();
}

std::int64_t JournalTables::insert_event(const Event& event) {
    const std::string visited = encode_visited(event);
    const std::int64_t seq = counters_.last_seq + 1;
    insert_event_.run(
        seq,
        event.id,
        event.bus_arn,
        to_millis(event.accepted_at),
        stored_bytes(event),
        event.trace_header,
        visited,
        event.envelope,
        checksum(event, visited));
    counters_.last_seq = seq;
    return seq;
}

void JournalTables::insert_delivery(DeliveryId id, WallTime due_at, bool is_indexed) {
    const auto is_unindexed = is_indexed ? std::nullopt : std::optional(1);
    insert_delivery_.run(id.event, id.lane, to_millis(due_at), is_unindexed);
    ++counters_.owed;
}

bool JournalTables::delete_delivery(DeliveryId id) {
    delete_delivery_.run(id.event, id.lane);
    const bool existed = db_.changes() != 0;
    counters_.owed -= existed ? 1 : 0;
    return existed;
}

bool JournalTables::reschedule(const Outcome& outcome) {
    reschedule_.run(
        to_millis(outcome.next_attempt_at),
        outcome.attempts,
        outcome.error_code,
        outcome.id.event,
        outcome.id.lane);
    return db_.changes() != 0;
}

bool JournalTables::make_due(DeliveryId id, WallTime due_at) {
    make_due_.run(to_millis(due_at), id.event, id.lane);
    return db_.changes() != 0;
}

bool JournalTables::owes_anything(std::int64_t event_seq) {
    return select_owes_.query(event_seq).next();
}

std::int64_t JournalTables::event_bytes(std::int64_t event_seq) {
    auto rows = select_event_bytes_.query(event_seq);
    return rows.next() ? rows.integer(0) : 0;
}

std::int64_t JournalTables::insert_dead_letter(const DeadLetter& letter) {
    const Event& event = *letter.event;
    const std::string visited = encode_visited(event);
    insert_dead_letter_.run(
        letter.queue_arn,
        letter.lane,
        letter.rule_arn,
        letter.target_id,
        letter.target_arn,
        letter.error_code,
        letter.error_message,
        letter.attempts,
        letter.exhausted_retry_condition,
        to_millis(letter.dead_at),
        event.id,
        event.bus_arn,
        to_millis(event.accepted_at),
        event.trace_header,
        visited,
        event.envelope,
        checksum(event, visited));
    ++counters_.dead_letters;
    return db_.last_insert_rowid();
}

void JournalTables::delete_dead_letter(std::int64_t id) {
    delete_dead_letter_.run(id);
    counters_.dead_letters -= db_.changes();
}

std::int64_t JournalTables::last_dead_letter_id() {
    auto rows = select_last_dead_letter_.query();
    return rows.next() ? rows.integer(0) : 0;
}

std::optional<JournalTables::OldLetter> JournalTables::oldest_dead_letter() {
    auto rows = select_oldest_dead_letter_.query();
    if (!rows.next()) {
        return std::nullopt;
    }
    return OldLetter{rows.integer(0), from_millis(rows.integer(1))};
}

std::optional<LaneId> JournalTables::find_lane(
    const std::string& rule_arn,
    const std::string& target_id) {
    auto rows = select_lane_.query(rule_arn, target_id);
    return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

LaneId JournalTables::insert_lane(const std::string& rule_arn, const std::string& target_id) {
    insert_lane_.run(rule_arn, target_id);
    return db_.last_insert_rowid();
}

void JournalTables::apply(const CatalogChange& change) {
    if (change.document) {
        const std::uint32_t sum = catalog_checksum({change.kind, change.key, *change.document});
        upsert_catalog_.run(change.kind, change.key, *change.document, sum);
    } else {
        delete_catalog_.run(change.kind, change.key);
    }
}

JournalTables::Due JournalTables::read_due(const sqlite::Rows& rows) {
    return {rows.integer(0), from_millis(rows.integer(1))};
}

Delivery JournalTables::load(DeliveryId id) {
    auto rows = select_delivery_.query(id.event, id.lane);
    Delivery delivery{id, nullptr, {}, 0, true};
    const bool is_there = rows.next();
    if (is_there) {
        delivery.due_at = from_millis(rows.integer(0));
        delivery.attempts = static_cast<int>(rows.integer(1));
    }
    if (is_there && !rows.is_null(2)) {
        StoredEvent stored = read_checked_event(rows, 2);
        delivery.event = std::move(stored.event);
        delivery.is_damaged = stored.is_damaged;
    } else {
        auto lost = std::make_shared<Event>();
        lost->envelope = "{}";  // whoever shows it must get JSON
        delivery.event = std::move(lost);
    }
    return delivery;
}

std::pair<std::string, std::string> JournalTables::lane_names(LaneId lane) {
    auto rows = select_lane_names_.query(lane);
    if (!rows.next()) {
        return {};
    }
    return {std::string(rows.text(0)), std::string(rows.text(1))};
}

StoredEvent JournalTables::load_event(std::int64_t event_seq) {
    auto rows = select_event_.query(event_seq);
    return rows.next() ? read_checked_event(rows, 0) : StoredEvent();
}

std::optional<std::int64_t>
JournalTables::find_owing(const std::string& event_id, const std::string& bus_arn, LaneId lane) {
    auto rows = select_owing_.query(event_id, bus_arn, lane);
    return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

StoredEvent JournalTables::find_event(const std::string& event_id, const std::string& bus_arn) {
    auto rows = select_newest_.query(event_id, bus_arn);
    return rows.next() ? read_checked_event(rows, 0) : StoredEvent();
}

std::optional<WallTime> JournalTables::oldest_owed() {
    auto rows = select_oldest_.query();
    return rows.next() ? std::optional(from_millis(rows.integer(0))) : std::nullopt;
}

}  // namespace eventbus
