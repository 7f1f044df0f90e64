#include "eventbus/journal/data_care.hpp"

#include "damage_check.hpp"
#include "data_folder.hpp"
#include "migrations.hpp"
#include "sqlite.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <system_error>

namespace eventbus {
namespace {

// What the tables say of each other. Each query counts rows that should not be there.
struct Agreement {
    const char* sql;
    const char* problem;  // after the number
};

constexpr Agreement kAgreements[] = {
    {"SELECT COUNT(*) FROM deliveries WHERE event_seq NOT IN (SELECT seq FROM events)",
     " owed deliveries have no event: what they should deliver is lost; run `eventbusd recover`"},
    {"SELECT COUNT(*) FROM deliveries WHERE lane_id NOT IN (SELECT id FROM lanes)",
     " owed deliveries belong to no target: run `eventbusd recover`"},
    {"SELECT ABS((SELECT COUNT(*) FROM deliveries) - (SELECT owed FROM counters WHERE id = 1))",
     " is by how much the counter of owed deliveries is wrong: run `eventbusd recover`"},
    {"SELECT ABS((SELECT COUNT(*) FROM dead_letters) -"
     " (SELECT dead_letters FROM counters WHERE id = 1))",
     " is by how much the counter of dead letters is wrong: run `eventbusd recover`"},
};

constexpr std::uintmax_t kLowRoomBytes = 256ULL * 1024 * 1024;

std::string bytes_text(std::uintmax_t bytes) {
    std::array<char, 32> text{};
    if (bytes < 10 * 1024 * 1024) {
        std::snprintf(text.data(), text.size(), "%" PRIuMAX " KiB", (bytes + 1023) / 1024);
    } else {
        std::snprintf(text.data(), text.size(), "%" PRIuMAX " MiB", bytes / (1024 * 1024));
    }
    return text.data();
}

void look_at_folder(const std::filesystem::path& folder, DataReport& report) {
    struct stat mode {};

    if (::stat(folder.c_str(), &mode) == 0 && (mode.st_mode & S_IRWXO) != 0) {
        report.problems.push_back(
            folder.string() + " is open to every user of this machine: run `chmod o-rwx " +
            folder.string() + "`");
    }

    struct statvfs room {};

    if (::statvfs(folder.c_str(), &room) == 0) {
        const std::uintmax_t free = static_cast<std::uintmax_t>(room.f_bavail) * room.f_frsize;
        report.facts.push_back("The file system has " + bytes_text(free) + " free.");
        if (free < kLowRoomBytes) {
            report.problems.push_back(
                "The file system of " + folder.string() + " has only " + bytes_text(free) +
                " free: a full disk stops the daemon from accepting events");
        }
        if ((room.f_flag & ST_RDONLY) != 0) {
            report.problems.push_back("The file system of " + folder.string() + " is read only");
        }
    }
}

void look_at_holder(const std::filesystem::path& folder, DataReport& report) {
    const auto holder = DataFolder::holder(folder);
    report.facts.push_back(
        holder ? "In use by " + *holder + "; what it writes meanwhile may be missing here."
               : "No daemon uses the folder.");
}

std::int64_t number(sqlite::Database& db, const char* sql) {
    sqlite::Statement statement(db, sql);
    auto rows = statement.query();
    return rows.next() ? rows.integer(0) : 0;
}

void look_at_tables(sqlite::Database& db, DataReport& report) {
    report.facts.push_back(
        std::to_string(number(db, "SELECT COUNT(*) FROM events")) + " events, " +
        std::to_string(number(db, "SELECT COUNT(*) FROM deliveries")) + " owed deliveries, " +
        std::to_string(number(db, "SELECT COUNT(*) FROM dead_letters")) + " dead letters, " +
        std::to_string(number(db, "SELECT COUNT(*) FROM catalog")) + " stored resources.");
    for (const Agreement& agreement : kAgreements) {
        if (const std::int64_t found = number(db, agreement.sql); found != 0) {
            report.problems.push_back(std::to_string(found) + agreement.problem);
        }
    }
}

// With a log SQLite wants to write beside the database, even to read it.
sqlite::Database::Access access_for(const std::filesystem::path& file, const StateBefore& before) {
    struct statvfs room {};

    const bool is_read_only = ::statvfs(file.c_str(), &room) == 0 && (room.f_flag & ST_RDONLY) != 0;
    return is_read_only && before.was_closed ? sqlite::Database::Access::immutable
                                             : sqlite::Database::Access::reader;
}

void look_into(const std::filesystem::path& file, const StateBefore& before, DataReport& report) {
    sqlite::Database db(file, access_for(file, before));
    const std::int64_t version = db.user_version();
    report.facts.push_back(
        "Schema " + std::to_string(version) + "; this program writes schema " +
        std::to_string(schema_version()) + ".");
    if (version > schema_version()) {
        report.problems.push_back(
            file.string() + " was written by a newer version of the program: use that one");
        return;
    }
    if (const std::string found = db.quick_check(); found != "ok") {
        report.problems.push_back(
            file.string() + " is damaged (" + found +
            "): stop the daemon, keep a copy, and run `eventbusd recover`");
        return;
    }
    report.facts.push_back("The structure of the database is sound.");
    if (const auto complete = check_complete(file, before, db); complete.has_error()) {
        report.problems.push_back(complete.error().message());
    }
    if (version == schema_version()) {
        look_at_tables(db, report);
    } else {
        report.facts.push_back("The next start migrates it, after a copy to backup/.");
    }
}

void look_at_database(const std::filesystem::path& folder, DataReport& report) {
    const auto file = folder / kDatabaseName;
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(file, failure);
    if (failure) {
        report.facts.push_back(
            "There is no database in it (" + failure.message() + "); the next start makes one.");
        return;
    }
    const StateBefore before = look_before_open(file);
    const auto wal_bytes = std::filesystem::file_size(file.string() + "-wal", failure);
    report.facts.push_back(
        file.string() + " has " + bytes_text(bytes) + ", its log " +
        bytes_text(failure ? 0 : wal_bytes) + ".");
    if (const auto ours = check_file_header(file); ours.has_error()) {
        report.problems.push_back(ours.error().message());
        return;
    }
    if (const auto there = check_not_emptied(file, before); there.has_error()) {
        report.problems.push_back(there.error().message());
    }
    if (bytes == 0) {
        return;
    }
    try {
        look_into(file, before, report);
    } catch (const sqlite::SqliteError& error) {
        report.problems.push_back(
            file.string() + " cannot be read: " + error.what() +
            (error.is_corruption() ? ": stop the daemon, keep a copy, and run `eventbusd recover`"
                                   : ""));
    }
}

}  // namespace

DataReport inspect_data_folder(const std::filesystem::path& folder) {
    DataReport report;
    std::error_code failure;
    if (!std::filesystem::is_directory(folder, failure)) {
        report.problems.push_back(folder.string() + " is not a folder that can be read");
        return report;
    }
    look_at_folder(folder, report);
    look_at_holder(folder, report);
    look_at_database(folder, report);
    return report;
}

}  // namespace eventbus
