#pragma once

#include "eventbus/core/archive.hpp"
#include "eventbus/core/event.hpp"
#include "eventbus/journal/archive_store.hpp"

#include "sqlite.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// What the archives hold as of the last commit, for everybody to read. Safe from any thread.
class ArchiveBoard {
public:
    void set(ArchiveId archive, ArchiveTotals totals);
    void erase(ArchiveId archive);
    void set_last_seq(std::int64_t seq);

    ArchiveTotals totals(ArchiveId archive) const;
    std::int64_t last_seq() const;

private:
    mutable std::mutex mutex_;
    std::map<ArchiveId, ArchiveTotals> totals_;
    std::int64_t last_seq_ = 0;
};

// Archives and their events: rows in, rows out, and totals that need no scan. One copy of an event
// serves all archives that keep it. Owned by the writer thread; everything but committed() and
// rolled_back() throws SqliteError.
class ArchiveTables {
public:
    ArchiveTables(sqlite::Database& db, ArchiveBoard& board);

    struct Row {
        std::string arn;
        Millis keep{0};
        bool is_removed = false;  // what it still holds waits for the purge
        ArchiveTotals totals;
    };

    // By id; removed ones included until they are empty.
    const std::map<ArchiveId, Row>& rows() const { return rows_; }

    // The archive, if it exists and keeps its events that long.
    std::optional<ArchiveId> find(const std::string& arn, Millis keep) const;
    ArchiveId put(const std::string& arn, Millis keep);
    void remove(const std::string& arn);
    // Archives that are gone are passed over. Returns into how many the event has gone.
    std::size_t add(std::int64_t seq, const Event& event, const ArchiveCopies& copies);

    struct Entry {
        ArchivePosition position;
        WallTime archived_at;
        std::int64_t bytes = 0;
    };

    // The entries of one archive after a position, up to a time, in order.
    std::vector<Entry>
    entries(ArchiveId archive, ArchivePosition after, WallTime until, std::size_t limit);
    void drop(ArchiveId archive, const Entry& entry);
    // A removed archive that holds nothing any more.
    void forget(ArchiveId archive);

    // Call last, before the commit.
    void end();
    void committed(std::int64_t last_seq);
    void rolled_back();

private:
    ArchiveId find(const std::string& arn) const;
    // The row, to be changed in the open transaction.
    Row& touch(ArchiveId archive);

    ArchiveBoard& board_;
    sqlite::Database& db_;
    std::map<ArchiveId, Row> rows_;
    std::map<ArchiveId, std::optional<Row>> before_;  // what the open transaction has touched

    sqlite::Statement select_rows_;
    sqlite::Statement insert_row_;
    sqlite::Statement update_row_;
    sqlite::Statement delete_row_;
    sqlite::Statement insert_event_;
    sqlite::Statement insert_entry_;
    sqlite::Statement select_entries_;
    sqlite::Statement delete_entry_;
    sqlite::Statement delete_last_copy_;
    sqlite::Statement release_copy_;
};

}  // namespace eventbus
