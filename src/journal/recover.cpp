#include "eventbus/journal/recover.hpp"

#include "eventbus/core/delivery.hpp"

#include "data_folder.hpp"
#include "event_row.hpp"
#include "high_water_mark.hpp"
#include "migrations.hpp"
#include "sqlite.hpp"
#include "table_salvage.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using sqlite::Database;
using sqlite::SqliteError;
using sqlite::Statement;
using Loss = RecoverReport::Loss;
using Row = TableSalvage::Row;

std::string insert_sql(Database& to, const std::string& table) {
    std::string names;
    std::string values;
    for (const sqlite::Column& column : to.columns(table.c_str())) {
        names += (names.empty() ? "" : ", ") + column.name;
        values += values.empty() ? "?" : ", ?";
    }
    return "INSERT OR IGNORE INTO " + table + " (" + names + ") VALUES (" + values + ")";
}

std::int64_t integer_of(const sqlite::Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return number != nullptr ? *number : 0;
}

// What the damaged database says of itself.
struct Totals {
    std::int64_t last_seq = 0;
    std::int64_t owed = 0;
    std::int64_t dead_letters = 0;
};

// Everything on its way from the damaged database to the new one.
class Recovery {
public:
    // `mark`: see HighWaterMark.
    Recovery(const std::filesystem::path& damaged, Database& to, std::optional<std::int64_t> mark)
        : to_(to), mark_(mark), from_(damaged, to) {}

    RecoverReport run() {
        read_totals();
        for (const std::string& table : to_.tables()) {
            if (table != "counters" && from_.exists(table)) {
                copy(table);
            }
        }
        add_from_indexes();
        drop_remains();
        for (auto& table : report_.tables) {
            table.saved = count("SELECT COUNT(*) FROM " + table.name);
        }
        name_unknown_lanes();
        let_nobody_wait_for_what_is_lost();
        archived_ = integer("SELECT IFNULL(SUM(events), 0) FROM archives");
        save_totals();
        for (auto& table : report_.tables) {
            tell_loss(table);
        }
        return std::move(report_);
    }

private:
    void read_totals() {
        from_.read_table("counters", [&](const Row& row) {
            totals_ = Totals{integer_of(row[1]), integer_of(row[2]), integer_of(row[3])};
            return true;
        });
    }

    void copy(const std::string& table) {
        sqlite::Transaction transaction(to_);
        Statement insert(to_, insert_sql(to_, table).c_str());
        report_.tables.emplace_back().name = table;
        const bool has_seq =
            table == "events" || table == "deliveries" || table == "archived_events";
        from_.read_table(table, [&](const Row& row) {
            if (has_seq && is_beyond_the_last(integer_of(row.front()))) {
                return false;
            }
            insert.run_with(row);
            return to_.changes() != 0;
        });
        transaction.commit();
    }

    // A number that two witnesses do not know is a damaged one.
    bool is_beyond_the_last(std::int64_t seq) const {
        return totals_ && mark_ && seq > std::max(totals_->last_seq, *mark_);
    }

    // Indexes know lanes, those deliveries that wait but for their attempts, and archives but for
    // their totals; how long these keep events the catalog says at the next start.
    void add_from_indexes() {
        add_from_index(
            "deliveries",
            "deliveries_waiting",
            {true, true, true},
            "INSERT OR IGNORE INTO deliveries (lane_id, due_at, event_seq, attempts, error_code)"
            " VALUES (?, ?, ?, 0, '')");
        add_from_index(
            "lanes",
            "sqlite_autoindex_lanes_1",
            {false, false, true},
            "INSERT OR IGNORE INTO lanes (rule_arn, target_id, id) VALUES (?, ?, ?)");
        add_from_index(
            "archives",
            "archives_arn",
            {false, true},
            "INSERT OR IGNORE INTO archives (arn, id, keep_ms, is_removed, events, bytes)"
            " VALUES (?, ?, 0, 0, 0, 0)");
    }

    // `numbers`: which columns are no texts.
    void add_from_index(
        const char* table,
        const char* index,
        const std::vector<bool>& numbers,
        const char* sql) {
        if (!from_.exists(table) || from_.is_complete(table)) {
            return;
        }
        const auto is_of = [](const sqlite::Value& value, bool is_number) {
            return is_number ? std::holds_alternative<std::int64_t>(value)
                             : std::holds_alternative<std::string>(value);
        };
        sqlite::Transaction transaction(to_);
        Statement insert(to_, sql);
        from_.read_index(index, [&](const Row& row) {
            if (!std::ranges::equal(row, numbers, is_of)) {
                return false;
            }
            insert.run_with(row);
            return true;
        });
        transaction.commit();
    }

    // What belongs to a dead letter that is lost would be another's, once its number is given
    // again; and so would what an archive holds.
    void drop_remains() {
        to_.execute(
            "DELETE FROM dead_letter_attempts WHERE letter_id NOT IN (SELECT id FROM dead_letters);"
            "DELETE FROM ordered_dead_letters"
            " WHERE dead_letter_id NOT IN (SELECT id FROM dead_letters);"
            "DELETE FROM ordered_deliveries WHERE NOT EXISTS (SELECT 1 FROM deliveries AS d"
            " WHERE d.event_seq = ordered_deliveries.event_seq"
            " AND d.lane_id = ordered_deliveries.lane_id)");
    }

    // A delivery with an ordering key waits only as long as there is an earlier one of that key.
    void let_nobody_wait_for_what_is_lost() {
        Statement make_due(
            to_,
            "UPDATE deliveries SET due_at = 0 WHERE due_at = ? AND NOT EXISTS (SELECT 1"
            " FROM ordered_deliveries AS own JOIN ordered_deliveries AS earlier"
            " ON earlier.lane_id = own.lane_id AND earlier.ordering_key = own.ordering_key"
            " AND earlier.event_seq < own.event_seq"
            " WHERE own.event_seq = deliveries.event_seq AND own.lane_id = deliveries.lane_id)");
        make_due.run(to_millis(kNeverDue));
    }

    // A delivery of which nobody knows where it was to go must still end, as a dead letter.
    void name_unknown_lanes() {
        to_.execute(
            "INSERT INTO lanes (id, rule_arn, target_id) SELECT DISTINCT lane_id, '',"
            " 'lost-' || lane_id FROM deliveries WHERE lane_id NOT IN (SELECT id FROM lanes)");
        unknown_lanes_ = static_cast<std::uint64_t>(to_.changes());
    }

    // The totals are counted anew, and no number is given twice.
    void save_totals() {
        report_.last_seq = std::max(
            {totals_ ? totals_->last_seq : 0,
             integer("SELECT IFNULL(MAX(seq), 0) FROM events"),
             integer("SELECT IFNULL(MAX(event_seq), 0) FROM deliveries")});
        report_.missing_acknowledged =
            std::max<std::int64_t>(0, mark_.value_or(0) - report_.last_seq);
        Statement totals(
            to_,
            "UPDATE counters SET"
            " last_seq = MAX(?, (SELECT IFNULL(MAX(seq), 0) FROM archived_events)),"
            " owed = (SELECT COUNT(*) FROM deliveries),"
            " dead_letters = (SELECT COUNT(*) FROM dead_letters),"
            " history_bytes = (SELECT IFNULL(SUM(bytes), 0) FROM events"
            " WHERE seq NOT IN (SELECT event_seq FROM deliveries))"
            " + (SELECT IFNULL(SUM(bytes), 0) FROM attempts) WHERE id = 1");
        totals.run(report_.last_seq + report_.missing_acknowledged);
        to_.execute(
            "UPDATE archives SET (events, bytes) = (SELECT COUNT(*), IFNULL(SUM(bytes), 0)"
            " FROM archive_entries WHERE archive_id = archives.id);"
            "DELETE FROM sqlite_sequence WHERE name = 'archives';"
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'archives', MAX("
            "IFNULL((SELECT MAX(id) FROM archives), 0),"
            " IFNULL((SELECT MAX(archive_id) FROM archive_entries), 0))");
    }

    void tell_loss(RecoverReport::Table& table) {
        table.lost = from_.unreadable(table.name);
        if (from_.is_complete(table.name)) {
            return;
        }
        if (const auto lost = counted_loss(table.name, table.saved)) {
            table.lost = *lost;
        } else if (!from_.is_sound(table.name)) {
            bound_loss(table);
        }
    }

    // What an index or a total says that is not there; nullopt if it is damaged as well.
    std::optional<std::uint64_t> counted_loss(const std::string& table, std::uint64_t saved) {
        if (table == "events") {
            return missing_of("events_id", "SELECT 1 FROM events WHERE seq = ?");
        }
        if (table == "deliveries") {
            return left_of_total(&Totals::owed, saved);
        }
        if (table == "dead_letters") {
            const auto missing =
                missing_of("dead_letters_event", "SELECT 1 FROM dead_letters WHERE id = ?");
            return missing ? missing : left_of_total(&Totals::dead_letters, saved);
        }
        if (table == "lanes" && from_.is_complete("sqlite_autoindex_lanes_1")) {
            return 0;
        }
        if (table == "archives" && from_.is_complete("archives_arn")) {
            return 0;
        }
        if (table == "archive_entries" && from_.is_complete("archives")) {
            return left_of(archived_, saved);
        }
        if (table == "archived_events" && from_.is_complete("archive_entries")) {
            return count(
                "SELECT COUNT(DISTINCT event_seq) FROM archive_entries"
                " WHERE event_seq NOT IN (SELECT seq FROM archived_events)");
        }
        return std::nullopt;
    }

    std::optional<std::uint64_t> left_of_total(std::int64_t Totals::*total, std::uint64_t saved)
        const {
        return totals_ ? std::optional(left_of((*totals_).*total, saved)) : std::nullopt;
    }

    static std::uint64_t left_of(std::int64_t total, std::uint64_t saved) {
        const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(0, total));
        return wanted - std::min(wanted, saved);
    }

    // How many rows the index knows that `find_sql` does not find by their numbers.
    std::optional<std::uint64_t> missing_of(const char* index, const char* find_sql) {
        Statement find(to_, find_sql);
        std::uint64_t missing = 0;
        from_.read_index(index, [&](const Row& row) {
            missing += row.empty() || !find.query(integer_of(row.back())).next() ? 1 : 0;
            return true;
        });
        return from_.is_complete(index) ? std::optional(missing) : std::nullopt;
    }

    void bound_loss(RecoverReport::Table& table) {
        table.loss = Loss::unknown;
        if (table.name == "lanes") {
            table.lost = unknown_lanes_;
        }
        if (!totals_ && !mark_) {
            return;  // nobody knows the last number
        }
        const std::int64_t before = from_.first_number("events").value_or(1) - 1;
        const std::int64_t numbers = report_.last_seq - before;
        if (table.name == "events") {
            table.loss = Loss::at_most;
            table.lost = left_of(numbers, table.saved);
        } else if (table.name == "deliveries") {
            table.loss = Loss::of_events;
            table.lost = left_of(numbers, 0);
        } else if (table.name == "dead_letters") {
            table.loss = Loss::of_events;  // of any, as they outlive their events
            table.lost = static_cast<std::uint64_t>(report_.last_seq);
        }
    }

    std::int64_t integer(const std::string& sql) {
        Statement statement(to_, sql.c_str());
        auto rows = statement.query();
        return rows.next() ? rows.integer(0) : 0;
    }

    std::uint64_t count(const std::string& sql) { return static_cast<std::uint64_t>(integer(sql)); }

    Database& to_;
    const std::optional<std::int64_t> mark_;
    TableSalvage from_;
    std::optional<Totals> totals_;
    std::uint64_t unknown_lanes_ = 0;
    std::int64_t archived_ = 0;  // as many entries all archives had
    RecoverReport report_;
};

}  // namespace

bool RecoverReport::is_whole() const {
    return missing_acknowledged == 0 && std::ranges::all_of(tables, [](const Table& table) {
               return table.loss != Loss::unknown && table.lost == 0;
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
        auto report = Recovery(damaged, to, HighWaterMark::read(options.from)).run();
        to.checkpoint(sqlite::CheckpointMode::truncate);
        return report;
    } catch (const SqliteError& error) {
        return Error(Errc::io_error, file->string() + ": cannot be written: " + error.what());
    }
}

}  // namespace eventbus
