#include "damage_check.hpp"

#include "eventbus/base/log.hpp"

#include "high_water_mark.hpp"

#include <pthread.h>

#include <string>
#include <system_error>
#include <utility>

namespace eventbus {
namespace {

// SQLite names up to a hundred places in as many lines; the first say what kind of damage it is,
// and the way out must not be lost behind them.
std::string shortened(const std::string& what) {
    constexpr std::size_t kEnough = 300;
    if (what.size() <= kEnough) {
        return what;
    }
    const auto end = what.rfind('\n', kEnough);
    return what.substr(0, end == std::string::npos ? kEnough : end) + "\n… and more";
}

}  // namespace

Error damage_error(const std::filesystem::path& file, const std::string& what) {
    const std::string folder = file.parent_path().string();
    return Error(
        Errc::malformed,
        file.string() + ": damaged: " + shortened(what) +
            ". It was left untouched. To save what can be read: " + "eventbusd recover --from " +
            folder + " --to " + folder + "-recovered");
}

StateBefore look_before_open(const std::filesystem::path& file) {
    StateBefore before;
    before.mark = HighWaterMark::read(file.parent_path());
    std::error_code trouble;
    const auto log_bytes = std::filesystem::file_size(file.string() + "-wal", trouble);
    before.was_closed = trouble ? trouble == std::errc::no_such_file_or_directory : log_bytes == 0;
    return before;
}

Result<void> check_not_emptied(const std::filesystem::path& file, const StateBefore& before) {
    std::error_code trouble;
    const auto bytes = std::filesystem::file_size(file, trouble);
    if (trouble) {
        return Error(Errc::io_error, file.string() + ": cannot be read: " + trouble.message());
    }
    if (bytes == 0 && (before.mark.value_or(0) > 0 || !before.was_closed)) {
        return damage_error(file, "the file is empty, but there were events in it");
    }
    return {};
}

Result<void>
check_complete(const std::filesystem::path& file, const StateBefore& before, sqlite::Database& db) {
    sqlite::Statement select(db, "SELECT last_seq FROM counters WHERE id = 1");
    auto rows = select.query();
    const std::int64_t last_seq = rows.next() ? rows.integer(0) : 0;
    if (!before.mark || *before.mark <= last_seq) {
        return {};
    }
    return damage_error(
        file,
        "the last " + std::to_string(*before.mark - last_seq) +
            " changes that were acknowledged are missing (it goes up to number " +
            std::to_string(last_seq) + ", but there was number " + std::to_string(*before.mark) +
            "); if this is an older copy that was put here on purpose, remove the file " +
            (file.parent_path() / HighWaterMark::kName).string());
}

std::string find_damage(sqlite::Database& db) {
    std::string found = db.quick_check();
    // An index that disagrees would hide owed deliveries, which the quick check does not see.
    return found == "ok" ? db.check_table("deliveries") : found;
}

BackgroundCheck::BackgroundCheck(std::filesystem::path file, std::shared_ptr<StatusBoard> board)
    : thread_([this, path = std::move(file), told = std::move(board)] { run(path, *told); }) {
    pthread_setname_np(thread_.native_handle(), "journal-check");
}

BackgroundCheck::~BackgroundCheck() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        if (running_ != nullptr) {
            running_->interrupt();
        }
    }
    thread_.join();
}

void BackgroundCheck::run(const std::filesystem::path& file, StatusBoard& board) noexcept {
    try {
        sqlite::Database db(file, sqlite::Database::Access::reader);
        {
            std::lock_guard lock(mutex_);
            if (stopping_) {
                return;
            }
            running_ = &db;
        }
        std::string found;
        std::optional<sqlite::SqliteError> trouble;
        try {
            found = find_damage(db);
        } catch (const sqlite::SqliteError& error) {
            trouble = error;
        }
        std::lock_guard lock(mutex_);
        running_ = nullptr;
        if (trouble && !trouble->is_corruption()) {
            if (!stopping_) {
                log::warn("the database could not be checked", {{"cause", trouble->what()}});
            }
        } else if (trouble || found != "ok") {
            board.set_damaged(trouble ? trouble->what() : found);
        } else {
            log::info("the database was checked after an unclean end: it is sound");
        }
    } catch (const sqlite::SqliteError& error) {
        log::warn("the database could not be checked", {{"cause", error.what()}});
    }
}

}  // namespace eventbus
