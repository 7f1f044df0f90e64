#include "archive_tables.hpp"

#include "event_row.hpp"

#include <utility>

namespace eventbus {
namespace {

constexpr char kSelectRowsSql[] =
    "SELECT id, arn, keep_ms, is_removed, events, bytes FROM archives ORDER BY id";
constexpr char kInsertRowSql[] =
    "INSERT INTO archives (arn, keep_ms, is_removed, events, bytes) VALUES (?, ?, 0, 0, 0)";
constexpr char kUpdateRowSql[] =
    "UPDATE archives SET keep_ms = ?, is_removed = ?, events = ?, bytes = ? WHERE id = ?";
constexpr char kDeleteRowSql[] = "DELETE FROM archives WHERE id = ?";
constexpr char kInsertEventSql[] =
    "INSERT INTO archived_events (seq, copies, event_id, bus_arn, accepted_at, trace_header,"
    " visited_buses, envelope, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kInsertEntrySql[] =
    "INSERT INTO archive_entries (archive_id, event_time, event_seq, archived_at, bytes)"
    " VALUES (?, ?, ?, ?, ?)";
constexpr char kSelectEntriesSql[] =
    "SELECT event_time, event_seq, archived_at, bytes FROM archive_entries"
    " WHERE archive_id = ? AND (event_time, event_seq) > (?, ?) AND event_time <= ?"
    " ORDER BY event_time, event_seq LIMIT ?";
constexpr char kDeleteEntrySql[] =
    "DELETE FROM archive_entries WHERE archive_id = ? AND event_time = ? AND event_seq = ?";
constexpr char kDeleteLastCopySql[] = "DELETE FROM archived_events WHERE seq = ? AND copies = 1";
constexpr char kReleaseCopySql[] = "UPDATE archived_events SET copies = copies - 1 WHERE seq = ?";

}  // namespace

void ArchiveBoard::set(ArchiveId archive, ArchiveTotals totals) {
    std::lock_guard lock(mutex_);
    totals_[archive] = totals;
}

void ArchiveBoard::erase(ArchiveId archive) {
    std::lock_guard lock(mutex_);
    totals_.erase(archive);
}

void ArchiveBoard::set_last_seq(std::int64_t seq) {
    std::lock_guard lock(mutex_);
    last_seq_ = seq;
}

ArchiveTotals ArchiveBoard::totals(ArchiveId archive) const {
    std::lock_guard lock(mutex_);
    const auto found = totals_.find(archive);
    return found == totals_.end() ? ArchiveTotals() : found->second;
}

std::int64_t ArchiveBoard::last_seq() const {
    std::lock_guard lock(mutex_);
    return last_seq_;
}

ArchiveTables::ArchiveTables(sqlite::Database& db, ArchiveBoard& board)
    : board_(board),
      db_(db),
      select_rows_(db, kSelectRowsSql),
      insert_row_(db, kInsertRowSql),
      update_row_(db, kUpdateRowSql),
      delete_row_(db, kDeleteRowSql),
      insert_event_(db, kInsertEventSql),
      insert_entry_(db, kInsertEntrySql),
      select_entries_(db, kSelectEntriesSql),
      delete_entry_(db, kDeleteEntrySql),
      delete_last_copy_(db, kDeleteLastCopySql),
      release_copy_(db, kReleaseCopySql) {
    auto rows = select_rows_.query();
    while (rows.next()) {
        Row row;
        row.arn = rows.text(1);
        row.keep = Millis(rows.integer(2));
        row.is_removed = rows.integer(3) != 0;
        row.totals.events = static_cast<std::uint64_t>(rows.integer(4));
        row.totals.bytes = static_cast<std::uint64_t>(rows.integer(5));
        if (!row.is_removed) {
            board_.set(rows.integer(0), row.totals);
        }
        rows_.emplace(rows.integer(0), std::move(row));
    }
}

ArchiveId ArchiveTables::find(const std::string& arn) const {
    for (const auto& [id, row] : rows_) {
        if (!row.is_removed && row.arn == arn) {
            return id;
        }
    }
    return 0;
}

std::optional<ArchiveId> ArchiveTables::find(const std::string& arn, Millis keep) const {
    const ArchiveId id = find(arn);
    return id != 0 && rows_.at(id).keep == keep ? std::optional(id) : std::nullopt;
}

ArchiveTables::Row& ArchiveTables::touch(ArchiveId archive) {
    Row& row = rows_.at(archive);
    before_.try_emplace(archive, row);
    return row;
}

ArchiveId ArchiveTables::put(const std::string& arn, Millis keep) {
    ArchiveId id = find(arn);
    if (id == 0) {
        insert_row_.run(arn, keep.count());
        id = db_.last_insert_rowid();
        before_.try_emplace(id, std::nullopt);
        rows_[id].arn = arn;
    }
    touch(id).keep = keep;
    return id;
}

void ArchiveTables::remove(const std::string& arn) {
    if (const ArchiveId id = find(arn); id != 0) {
        touch(id).is_removed = true;
    }
}

std::size_t ArchiveTables::add(std::int64_t seq, const Event& event, const ArchiveCopies& copies) {
    std::size_t added = 0;
    const auto bytes = event.envelope.size();
    for (const ArchiveId id : copies.archives) {
        const auto found = rows_.find(id);
        if (found == rows_.end() || found->second.is_removed) {
            continue;
        }
        Row& row = touch(id);
        insert_entry_
            .run(id, to_millis(copies.event_time), seq, to_millis(event.accepted_at), bytes);
        ++row.totals.events;
        row.totals.bytes += bytes;
        ++added;
    }
    if (added != 0) {
        const std::string visited = encode_visited(event);
        insert_event_.run(
            seq,
            added,
            event.id,
            event.bus_arn,
            to_millis(event.accepted_at),
            event.trace_header,
            visited,
            event.envelope,
            checksum(event, visited));
    }
    return added;
}

std::vector<ArchiveTables::Entry> ArchiveTables::entries(
    ArchiveId archive,
    ArchivePosition after,
    WallTime until,
    std::size_t limit) {
    std::vector<Entry> entries;
    auto rows =
        select_entries_.query(archive, to_millis(after.time), after.seq, to_millis(until), limit);
    while (rows.next()) {
        entries.push_back(
            {{from_millis(rows.integer(0)), rows.integer(1)},
             from_millis(rows.integer(2)),
             rows.integer(3)});
    }
    return entries;
}

void ArchiveTables::drop(ArchiveId archive, const Entry& entry) {
    Row& row = touch(archive);
    delete_entry_.run(archive, to_millis(entry.position.time), entry.position.seq);
    delete_last_copy_.run(entry.position.seq);
    if (db_.changes() == 0) {
        release_copy_.run(entry.position.seq);
    }
    --row.totals.events;
    row.totals.bytes -= static_cast<std::uint64_t>(entry.bytes);
}

void ArchiveTables::forget(ArchiveId archive) {
    touch(archive);
    delete_row_.run(archive);
    rows_.erase(archive);
}

void ArchiveTables::end() {
    for (const auto& [id, before] : before_) {
        if (const auto found = rows_.find(id); found != rows_.end()) {
            const Row& row = found->second;
            update_row_.run(
                row.keep.count(),
                row.is_removed ? 1 : 0,
                row.totals.events,
                row.totals.bytes,
                id);
        }
    }
}

void ArchiveTables::committed(std::int64_t last_seq) {
    board_.set_last_seq(last_seq);
    for (const auto& [id, before] : before_) {
        const auto found = rows_.find(id);
        if (found == rows_.end() || found->second.is_removed) {
            board_.erase(id);
        } else {
            board_.set(id, found->second.totals);
        }
    }
    before_.clear();
}

void ArchiveTables::rolled_back() {
    for (auto& [id, before] : before_) {
        if (before) {
            rows_[id] = std::move(*before);
        } else {
            rows_.erase(id);
        }
    }
    before_.clear();
}

}  // namespace eventbus
