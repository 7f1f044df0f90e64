#include "migrations.hpp"

#include "eventbus/base/log.hpp"

#include "data_folder.hpp"
#include "database_copy.hpp"
#include "sqlite.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace eventbus {
namespace {

using sqlite::Database;
using sqlite::Transaction;

struct Step {
    std::int32_t version;
    const char* sql;
};

// Version 1.
//
//   events       every accepted event, until the history window has passed
//   deliveries   one row per event and lane that it still owes; clustered by event, so that "does
//                this event still owe something" is one seek, with an index for "what is due here"
//   dead_letters full copies, because they outlive the history
//   counters     totals that would cost a scan at the start; changed with what they count
//
// `visited_buses` is empty for an event that has visited its own bus only, else a JSON array.
// `last_seq` keeps a sequence number from being given twice when the newest rows are purged.
constexpr char kVersion1Sql[] = R"sql(
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    bus_arn TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    trace_header TEXT NOT NULL,
    visited_buses TEXT NOT NULL,
    envelope TEXT NOT NULL
);
CREATE TABLE lanes (
    id INTEGER PRIMARY KEY,
    rule_arn TEXT NOT NULL,
    target_id TEXT NOT NULL,
    UNIQUE (rule_arn, target_id)
);
CREATE TABLE deliveries (
    event_seq INTEGER NOT NULL,
    lane_id INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    PRIMARY KEY (event_seq, lane_id)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (lane_id, due_at, event_seq);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_arn TEXT NOT NULL,
    lane_id INTEGER NOT NULL,
    rule_arn TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_arn TEXT NOT NULL,
    error_code TEXT NOT NULL,
    error_message TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    exhausted_retry_condition TEXT NOT NULL,
    dead_at INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    bus_arn TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    trace_header TEXT NOT NULL,
    visited_buses TEXT NOT NULL,
    envelope TEXT NOT NULL
);
CREATE TABLE catalog (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE counters (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_seq INTEGER NOT NULL,
    owed INTEGER NOT NULL,
    dead_letters INTEGER NOT NULL,
    history_bytes INTEGER NOT NULL
);
INSERT INTO counters (id, last_seq, owed, dead_letters, history_bytes) VALUES (1, 0, 0, 0, 0);
)sql";

// Version 2.
//
//   attempts              what each attempt met, for as long as its event is kept; `bytes` is what
//                         a row counts for in counters.history_bytes
//   dead_letter_attempts  the same, for as long as the dead letter is kept
//   paced_redrives        those under way: letters after `after_id` up to `last_id` are to come
//   deduplication         the first event of each deduplication key, until it expires
//
// Event ids grow with time, so that their index is written at its end.
constexpr char kVersion2Sql[] = R"sql(
CREATE TABLE attempts (
    event_seq INTEGER NOT NULL,
    lane_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error_message TEXT NOT NULL,
    response TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (event_seq, lane_id, number)
) WITHOUT ROWID;
CREATE TABLE dead_letter_attempts (
    letter_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    http_status INTEGER NOT NULL,
    error_code TEXT NOT NULL,
    error_message TEXT NOT NULL,
    response TEXT NOT NULL,
    PRIMARY KEY (letter_id, number)
) WITHOUT ROWID;
CREATE TABLE paced_redrives (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    filter TEXT NOT NULL,
    letters_per_second INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    after_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    redriven INTEGER NOT NULL
);
CREATE TABLE deduplication (
    key TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    event_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX deduplication_expiry ON deduplication (expires_at);
CREATE INDEX events_id ON events (event_id);
CREATE INDEX dead_letters_event ON dead_letters (event_id);
)sql";

// Version 3.
//
//   archives         one row per archive that was ever made, with totals; a removed one stays until
//                    it is empty, and AUTOINCREMENT keeps its id from being given again
//   archive_entries  what each archive holds, clustered by event time: a replay reads a range of
//                    it, and so does the purge
//   archived_events  one copy of each event for all archives that hold it, under the number that it
//                    had in `events`, which it outlives
constexpr char kVersion3Sql[] = R"sql(
CREATE TABLE archives (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL,
    keep_ms INTEGER NOT NULL,
    is_removed INTEGER NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE UNIQUE INDEX archives_arn ON archives (arn) WHERE is_removed = 0;
CREATE TABLE archive_entries (
    archive_id INTEGER NOT NULL,
    event_time INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    archived_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (archive_id, event_time, event_seq)
) WITHOUT ROWID;
CREATE TABLE archived_events (
    seq INTEGER PRIMARY KEY,
    copies INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    bus_arn TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    trace_header TEXT NOT NULL,
    visited_buses TEXT NOT NULL,
    envelope TEXT NOT NULL
);
)sql";

// Version 4: deliveries that wait for one another, and the keys of those that became dead letters.
constexpr char kVersion4Sql[] = R"sql(
CREATE TABLE ordered_deliveries (
    lane_id INTEGER NOT NULL,
    ordering_key TEXT NOT NULL,
    event_seq INTEGER NOT NULL,
    PRIMARY KEY (lane_id, ordering_key, event_seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ordered_deliveries_event ON ordered_deliveries (event_seq, lane_id);
CREATE TABLE ordered_dead_letters (
    dead_letter_id INTEGER PRIMARY KEY,
    ordering_key TEXT NOT NULL
);
CREATE TRIGGER ordered_dead_letter_ends AFTER DELETE ON dead_letters BEGIN
    DELETE FROM ordered_dead_letters WHERE dead_letter_id = OLD.id;
END;
)sql";

// Version 5. Checksums of what is stored; NULL in rows from before.
constexpr char kVersion5Sql[] = R"sql(
ALTER TABLE events ADD COLUMN checksum INTEGER;
ALTER TABLE dead_letters ADD COLUMN checksum INTEGER;
ALTER TABLE catalog ADD COLUMN checksum INTEGER;
)sql";

// Version 6. The same for what archives hold.
constexpr char kVersion6Sql[] = R"sql(
ALTER TABLE archived_events ADD COLUMN checksum INTEGER;
)sql";

// Version 7. The index of what is due has those deliveries only that somebody may have to look for;
// `is_unindexed` is 1 in the others, else NULL. Made before the old one goes, it takes that one's
// root page, and so every table and index stays where `recover` looks for it in older files.
constexpr char kVersion7Sql[] = R"sql(
ALTER TABLE deliveries ADD COLUMN is_unindexed INTEGER;
CREATE INDEX deliveries_waiting ON deliveries (lane_id, due_at, event_seq)
    WHERE is_unindexed IS NULL;
DROP INDEX deliveries_due;
)sql";

// Never edit a step that was released: add the next one.
constexpr std::array<Step, 7> kSteps{
    {{1, kVersion1Sql},
     {2, kVersion2Sql},
     {3, kVersion3Sql},
     {4, kVersion4Sql},
     {5, kVersion5Sql},
     {6, kVersion6Sql},
     {7, kVersion7Sql}}};

constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kPageCountOffset = 28;
constexpr std::size_t kApplicationIdOffset = 68;
constexpr char kMagic[] = "SQLite format 3";  // with its terminating zero

std::int64_t big_endian_32(const char* bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return static_cast<std::int32_t>(value);
}

Error refused(const std::filesystem::path& file, const std::string& what) {
    return Error(Errc::refused, file.string() + ": " + what + "; it was left untouched");
}

}  // namespace

std::int32_t schema_version() {
    return kSteps.back().version;
}

Result<void> check_file_header(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        const int code = errno;
        return Error(Errc::io_error, file.string() + ": cannot be read: " + std::strerror(code));
    }
    std::array<char, kHeaderBytes> header{};
    stream.read(header.data(), header.size());
    if (stream.gcount() == 0) {
        return {};  // a crash before the first transaction, or a file just made
    }
    if (stream.gcount() < static_cast<std::streamsize>(header.size()) ||
        std::memcmp(header.data(), kMagic, sizeof kMagic) != 0) {
        return refused(file, "not an SQLite database");
    }
    const std::int64_t application_id = big_endian_32(header.data() + kApplicationIdOffset);
    if (application_id == 0 && big_endian_32(header.data() + kPageCountOffset) == 1) {
        return {};  // without a table: a crash before the end of the first transaction
    }
    if (application_id != kApplicationId) {
        return refused(file, "a database of another program");
    }
    return {};
}

namespace {

// "eventbusd.db.schema-3": what stood here before a migration from schema 3.
std::string backup_name(const std::filesystem::path& file, std::int64_t version) {
    return file.filename().string() + ".schema-" + std::to_string(version);
}

std::filesystem::path backup_folder(const std::filesystem::path& file) {
    return file.parent_path() / "backup";
}

// The copy made before the migration to a schema that we do not know, if one is there.
std::string way_back(const std::filesystem::path& file) {
    for (std::int64_t version = schema_version(); version > 0; --version) {
        const auto copy = backup_folder(file) / backup_name(file, version);
        std::error_code ignored;
        if (std::filesystem::exists(copy, ignored)) {
            return "start the newer version, or go back to the state before the upgrade with "
                   "`eventbusd restore --from " +
                   copy.string() + " --data " + file.parent_path().string() + " --replace`";
        }
    }
    return "start the newer version, or restore a backup that this version has made";
}

// An upgrade that goes wrong, or is regretted, must not cost anything: the file as it was stays
// beside the migrated one. A copy that is there already is of an earlier attempt at this upgrade.
Result<void>
copy_before_migration(Database& db, const std::filesystem::path& file, std::int64_t version) {
    const auto folder = backup_folder(file);
    if (auto made = ensure_folder(folder); made.has_error()) {
        return made.error();
    }
    const auto to = folder / backup_name(file, version);
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
    try {
        DatabaseCopy copy(db, to);
        while (!copy.step(-1)) {
        }
        const auto bytes = copy.publish();
        if (bytes.has_error()) {
            return bytes.error();
        }
        log::info(
            "copied the database before its migration",
            {{"copy", to.string()},
             {"bytes", *bytes},
             {"from_schema", version},
             {"to_schema", schema_version()}});
    } catch (const sqlite::SqliteError& error) {
        return Error(
            Errc::io_error,
            to.string() +
                ": the copy before the migration cannot be made, so nothing was migrated: " +
                error.what());
    }
    return {};
}

}  // namespace

Result<void> migrate(Database& db, const std::filesystem::path& file) {
    const std::int64_t version = db.user_version();
    if (version > schema_version()) {
        db.leave_wal_on_close();
        return refused(
            file,
            "written by a newer version (schema " + std::to_string(version) +
                ", this program knows " + std::to_string(schema_version()) +
                "): " + way_back(file));
    }
    if (version == schema_version()) {
        return {};
    }
    if (version != 0) {
        if (auto copied = copy_before_migration(db, file, version); copied.has_error()) {
            return copied.error();
        }
    } else if (db.table_count() != 0) {
        return refused(file, "a database of another program");
    } else {
        db.prepare_for_incremental_vacuum();
    }
    Transaction transaction(db);
    for (const Step& step : kSteps) {
        if (step.version > version) {
            db.execute(step.sql);
        }
    }
    db.set_identity(kApplicationId, schema_version());
    transaction.commit();
    return {};
}

}  // namespace eventbus
