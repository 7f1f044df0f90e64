#include "eventbus/journal/recover.hpp"

#include "data_folder.hpp"
#include "high_water_mark.hpp"
#include "migrations.hpp"
#include "sqlite.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace eventbus {
namespace {

using sqlite::Database;
using sqlite::SqliteError;
using sqlite::Statement;

constexpr char kCopyName[] = "damaged.db";

// A wider gap than this is one that a damaged number has opened.
constexpr std::int64_t kGapMax = 100'000'000;

// Trouble with the new database, which must not be taken for damage of the old one.
struct CannotSave {
    SqliteError cause;
};

std::string joined(const std::vector<std::string>& words, const char* each = nullptr) {
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? "" : ", ";
        text += each != nullptr ? each : word;
    }
    return text;
}

// One table on its way from the damaged database to the new one.
class TableCopy {
public:
    // `number`: the column that numbers the rows, the first of the primary key; or empty. `last`:
    // there is none above it, as far as somebody knows.
    TableCopy(
        Database& from,
        Database& to,
        const std::string& table,
        const std::string& number,
        std::optional<std::int64_t> last)
        : from_(from), to_(to), table_(table), number_(number), last_(last) {
        report_.name = table;
        const auto known = to.columns(table.c_str());
        for (const std::string& column : from.columns(table.c_str())) {
            if (std::ranges::find(known, column) != known.end()) {
                columns_.push_back(column);
            }
        }
        insert_.emplace(
            to,
            ("INSERT OR IGNORE INTO " + table + " (" + joined(columns_) + ") VALUES (" +
             joined(columns_, "?") + ")")
                .c_str());
    }

    RecoverReport::Table run() {
        sqlite::Transaction transaction(to_);
        const std::string order = from_.key_columns(table_.c_str());
        if (!scan("ORDER BY " + order, last_before_)) {
            std::string backwards = order;
            for (std::size_t at = 0; (at = backwards.find(',', at)) != std::string::npos; at += 6) {
                backwards.insert(at, " DESC");
            }
            scan("ORDER BY " + backwards + " DESC", first_after_);
            fill_gap();
            if (table_ == "deliveries") {
                copy_from_index();
            }
        }
        transaction.commit();
        return report_;
    }

private:
    // Copies rows in an order until the end or the damage; true at the end. `at` is the number of
    // the last one.
    bool scan(const std::string& order, std::optional<std::int64_t>& at) {
        try {
            Statement select(from_, select_sql(order).c_str());
            auto rows = select.query();
            while (rows.next()) {
                save(rows);
                if (!number_.empty()) {
                    at = rows.integer(static_cast<int>(columns_.size()));
                }
            }
            return true;
        } catch (const SqliteError& error) {
            if (!error.is_corruption()) {
                throw;
            }
            report_.is_whole = !number_.empty();
            return false;
        }
    }

    // Between the damage seen from the front and the damage seen from the back, each number may
    // still be found on a page of its own.
    void fill_gap() {
        if (!first_after_ && last_) {
            first_after_ = *last_ + 1;  // the damage is at the end
        }
        if (number_.empty() || !first_after_) {
            report_.is_whole = false;
            return;
        }
        if (*first_after_ - last_before_.value_or(0) > kGapMax) {
            report_.is_whole = false;
            return;
        }
        Statement select(from_, select_sql("WHERE " + number_ + " = ?").c_str());
        for (std::int64_t n = last_before_.value_or(0) + 1; n < *first_after_; ++n) {
            try {
                auto rows = select.query(n);
                while (rows.next()) {
                    save(rows);
                }
            } catch (const SqliteError& error) {
                if (!error.is_corruption()) {
                    throw;
                }
                ++report_.unreadable;
            }
        }
    }

    // The index of what is due knows every delivery too, but for its attempts.
    void copy_from_index() {
        for (const char* order : {"", " DESC"}) {
            try {
                Statement select(
                    from_,
                    ("SELECT event_seq, lane_id, due_at, 0, '' FROM deliveries INDEXED BY"
                     " deliveries_due ORDER BY lane_id" +
                     std::string(order) + ", due_at" + order + ", event_seq" + order)
                        .c_str());
                Statement insert(
                    to_,
                    "INSERT OR IGNORE INTO deliveries (event_seq, lane_id, due_at, attempts,"
                    " error_code) VALUES (?, ?, ?, ?, ?)");
                auto rows = select.query();
                while (rows.next()) {
                    insert.run_row(rows, 5);
                    report_.saved += static_cast<std::uint64_t>(to_.changes());
                }
                report_.is_whole = true;
                report_.unreadable = 0;
                return;
            } catch (const SqliteError& error) {
                if (!error.is_corruption()) {
                    throw;
                }
            }
        }
    }

    std::string select_sql(const std::string& rest) const {
        return "SELECT " + joined(columns_) + (number_.empty() ? "" : ", " + number_) + " FROM " +
               table_ + " NOT INDEXED " + rest;
    }

    void save(const sqlite::Rows& rows) {
        try {
            insert_->run_row(rows, static_cast<int>(columns_.size()));
            // What no row may be, such as one without its texts, is not taken.
            ++(to_.changes() != 0 ? report_.saved : report_.unreadable);
        } catch (const SqliteError& error) {
            throw CannotSave{error};
        }
    }

    Database& from_;
    Database& to_;
    const std::string table_;
    const std::string number_;
    const std::optional<std::int64_t> last_;
    std::vector<std::string> columns_;
    std::optional<Statement> insert_;
    std::optional<std::int64_t> last_before_;
    std::optional<std::int64_t> first_after_;
    RecoverReport::Table report_;
};

std::string number_of(const std::string& table) {
    return table == "deliveries" ? "event_seq" : "";
}

std::int64_t known_last_seq(Database& db) {
    if (db.columns("counters").empty()) {
        return 0;
    }
    try {
        Statement counters(db, "SELECT last_seq FROM counters WHERE id = 1");
        auto rows = counters.query();
        return rows.next() ? rows.integer(0) : 0;
    } catch (const SqliteError& error) {
        if (!error.is_corruption()) {
            throw;
        }
        return 0;
    }
}

// The highest number that a table has ever given to a row; nullopt if nothing says so.
std::optional<std::int64_t>
last_number_of(Database& db, const std::string& table, std::int64_t last_seq) {
    if (table == "events" || table == "deliveries") {
        return last_seq;
    }
    try {
        Statement given(db, "SELECT seq FROM sqlite_sequence WHERE name = ?");
        auto rows = given.query(table);
        return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
    } catch (const SqliteError& error) {
        return std::nullopt;  // it is no more than a help
    }
}

// The totals are counted anew, and no number is given twice.
void save_totals(Database& db, std::int64_t last_seq) {
    Statement totals(
        db,
        "UPDATE counters SET last_seq = MAX(?, (SELECT IFNULL(MAX(seq), 0) FROM events)),"
        " owed = (SELECT COUNT(*) FROM deliveries),"
        " dead_letters = (SELECT COUNT(*) FROM dead_letters),"
        " history_bytes = (SELECT IFNULL(SUM(bytes), 0) FROM events"
        " WHERE seq NOT IN (SELECT event_seq FROM deliveries)) WHERE id = 1");
    totals.run(last_seq);
}

RecoverReport copy_tables(Database& from, Database& to, std::optional<std::int64_t> mark) {
    RecoverReport report;
    report.last_seq = known_last_seq(from);
    // Of this version every table was there once, an older one need not have had them all; and it
    // is no version at all if the first page is gone.
    const std::int64_t version = from.user_version();
    const bool had_all = version == schema_version() || version == 0;
    const std::int64_t last_seq = std::max(report.last_seq, mark.value_or(0));
    for (const std::string& table : to.tables()) {
        if (table == "counters") {
            continue;
        }
        if (!from.columns(table.c_str()).empty()) {
            const std::string number = to.has_rowid_key(table.c_str()) ? "rowid" : number_of(table);
            const auto last = last_number_of(from, table, last_seq);
            report.tables.push_back(TableCopy(from, to, table, number, last).run());
        } else if (had_all) {
            report.tables.push_back({table, 0, 0, false});
        }
    }
    save_totals(to, report.last_seq);
    report.last_seq = known_last_seq(to);
    save_totals(to, mark.value_or(0));
    report.missing_acknowledged = std::max<std::int64_t>(0, mark.value_or(0) - report.last_seq);
    return report;
}

Result<void> copy_whole(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code trouble;
    std::filesystem::copy_file(from, to, trouble);
    if (trouble) {
        return Error(
            Errc::io_error,
            from.string() + ": cannot be copied to " + to.string() + ": " + trouble.message());
    }
    return {};
}

// SQLite writes to what it opens, at least beside it; so it gets a copy, which is removed at the
// end.
class DamagedCopy {
public:
    explicit DamagedCopy(const std::filesystem::path& folder) : file_(folder / kCopyName) {}

    ~DamagedCopy() {
        std::error_code ignored;
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(file_.string() + suffix, ignored);
        }
    }

    DamagedCopy(const DamagedCopy&) = delete;
    DamagedCopy& operator=(const DamagedCopy&) = delete;

    Result<void> make(const std::filesystem::path& from) const {
        if (auto copied = copy_whole(from, file_); copied.has_error()) {
            return copied;
        }
        const std::filesystem::path log = from.string() + "-wal";
        std::error_code ignored;
        return std::filesystem::exists(log, ignored) ? copy_whole(log, file_.string() + "-wal")
                                                     : Result<void>();
    }

    const std::filesystem::path& file() const { return file_; }

private:
    const std::filesystem::path file_;
};

}  // namespace

bool RecoverReport::is_whole() const {
    return missing_acknowledged == 0 && std::ranges::all_of(tables, [](const Table& table) {
               return table.is_whole && table.unreadable == 0;
           });
}

Result<RecoverReport> recover_database(const RecoverOptions& options) {
    std::error_code ignored;
    const std::filesystem::path damaged = options.from / kDatabaseName;
    if (!std::filesystem::exists(damaged, ignored)) {
        return Error(Errc::not_found, damaged.string() + ": there is no database");
    }
    if (std::filesystem::exists(options.to / kDatabaseName, ignored)) {
        return Error(
            Errc::already_exists,
            (options.to / kDatabaseName).string() + ": there is a database; name a new folder");
    }
    const auto source = DataFolder::take(options.from);
    if (source.has_error()) {
        return source.error();
    }
    const auto target = DataFolder::take(options.to);
    if (target.has_error()) {
        return target.error();
    }
    const DamagedCopy copy(options.to);
    if (auto made = copy.make(damaged); made.has_error()) {
        return made.error();
    }
    const auto file = target->ensure_file(kDatabaseName);
    if (file.has_error()) {
        return file.error();
    }
    try {
        Database to(*file, Database::Access::writer);
        if (auto migrated = migrate(to, *file); migrated.has_error()) {
            return migrated.error();
        }
        to.use_wal(true);
        Database from(copy.file(), Database::Access::damaged);
        from.leave_wal_on_close();
        auto report = copy_tables(from, to, HighWaterMark::read(options.from));
        to.checkpoint(sqlite::CheckpointMode::truncate);
        return report;
    } catch (const CannotSave& trouble) {
        return Error(
            Errc::io_error,
            file->string() + ": cannot be written: " + trouble.cause.what());
    } catch (const SqliteError& error) {
        const Errc kind = error.is_corruption() ? Errc::malformed : Errc::io_error;
        return Error(kind, damaged.string() + ": nothing can be read of it: " + error.what());
    }
}

}  // namespace eventbus
