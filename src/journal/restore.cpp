#include "eventbus/base/time_text.hpp"
#include "eventbus/journal/data_care.hpp"

#include "data_folder.hpp"
#include "database_copy.hpp"
#include "high_water_mark.hpp"
#include "migrations.hpp"
#include "sqlite.hpp"

#include <system_error>

namespace eventbus {
namespace {

std::filesystem::path with_suffix(const std::filesystem::path& path, const std::string& suffix) {
    std::filesystem::path longer = path;
    longer += suffix;
    return longer;
}

// What is to become the database, complete; it stands beside whatever is there until the last step.
std::filesystem::path restored_name(const std::filesystem::path& file) {
    return with_suffix(file, ".restored");
}

// A database in WAL mode cannot be read without its folder being writable; a backup has no log of
// its own, and may lie on a medium that is read only.
Result<void> check_backup(const std::filesystem::path& file, sqlite::Database& backup) {
    const std::int64_t version = backup.user_version();
    if (version > schema_version()) {
        return Error(
            Errc::refused,
            file.string() + ": of a newer version (schema " + std::to_string(version) +
                ", this program knows " + std::to_string(schema_version()) +
                "): restore it with that version");
    }
    if (const std::string found = backup.integrity_check(); found != "ok") {
        return Error(
            Errc::refused,
            file.string() + ": the backup is damaged (" + found +
                "): take another one, or save what is readable with `eventbusd recover`");
    }
    return {};
}

// The log belongs to its database and goes with it.
Result<void> set_aside(const std::filesystem::path& file, const std::filesystem::path& aside) {
    std::error_code failure;
    for (const char* suffix : {"-wal", "-shm", ""}) {
        const auto part = with_suffix(file, suffix);
        if (std::filesystem::exists(part, failure)) {
            std::filesystem::rename(part, with_suffix(aside, suffix), failure);
        }
        if (failure) {
            return Error(
                Errc::io_error,
                part.string() + ": cannot be set aside: " + failure.message());
        }
    }
    return {};
}

}  // namespace

Result<void> interrupted_restore(const std::filesystem::path& file) {
    const auto fresh = restored_name(file);
    std::error_code ignored;
    if (!std::filesystem::exists(fresh, ignored)) {
        return {};
    }
    return Error(
        Errc::refused,
        fresh.string() +
            ": left by a restore that was interrupted: run `eventbusd restore` again, or "
            "remove it if " +
            file.string() + " is what you want");
}

Result<RestoreReport> restore_database(const RestoreOptions& options, WallTime now) {
    Result<DataFolder> folder = DataFolder::take(options.folder);
    if (folder.has_error()) {
        return folder.error();
    }
    if (const auto ours = check_file_header(options.from); ours.has_error()) {
        return ours.error();
    }
    const auto file = options.folder / kDatabaseName;
    RestoreReport report;
    std::error_code failure;
    const auto old_bytes = std::filesystem::file_size(file, failure);
    if (!failure && old_bytes != 0) {
        if (!options.replace) {
            return Error(
                Errc::already_exists,
                file.string() + ": there is a database already; with --replace it is set aside");
        }
        report.set_aside = with_suffix(file, ".replaced-" + format_time_basic(now));
    }
    try {
        sqlite::Database backup(options.from, sqlite::Database::Access::immutable);
        if (const auto sound = check_backup(options.from, backup); sound.has_error()) {
            return sound.error();
        }
        const auto fresh = restored_name(file);
        std::filesystem::remove(fresh, failure);
        DatabaseCopy copy(backup, fresh);
        while (!copy.step(-1)) {
        }
        const auto bytes = copy.publish();
        if (bytes.has_error()) {
            return bytes.error();
        }
        report.bytes = *bytes;
        if (!report.set_aside.empty()) {
            if (const auto moved = set_aside(file, report.set_aside); moved.has_error()) {
                return moved.error();
            }
        }
        // It says how far the old database had got, which the backup cannot have.
        std::filesystem::remove(options.folder / HighWaterMark::kName, failure);
        std::filesystem::rename(fresh, file, failure);
        if (failure) {
            return Error(Errc::io_error, file.string() + ": cannot be made: " + failure.message());
        }
    } catch (const sqlite::SqliteError& error) {
        const Errc kind = error.is_corruption() ? Errc::refused : Errc::io_error;
        return Error(kind, options.from.string() + ": cannot be copied: " + error.what());
    }
    if (const auto synced = sync_folder(options.folder); synced.has_error()) {
        return synced.error();
    }
    return report;
}

}  // namespace eventbus
