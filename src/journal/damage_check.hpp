#pragma once

#include "eventbus/base/result.hpp"

#include "sqlite.hpp"
#include "status_board.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace eventbus {

// Damage of a database, in words for its operator: Errc::malformed, with the command that helps.
Error damage_error(const std::filesystem::path& file, const std::string& what);

// What a start must know before SQLite opens the file, and may change it.
struct StateBefore {
    std::optional<std::int64_t> mark;  // see HighWaterMark
    bool was_closed = true;            // the last process closed the database: there is no log
};

StateBefore look_before_open(const std::filesystem::path& file);

// Errc::malformed if the file is empty although there was something in it: SQLite would make a new
// database of it. Errc::io_error if nobody can say.
[[nodiscard]] Result<void> check_not_emptied(
    const std::filesystem::path& file,
    const StateBefore& before);

// Errc::malformed if what was committed last is missing. Throws SqliteError.
[[nodiscard]] Result<void>
check_complete(const std::filesystem::path& file, const StateBefore& before, sqlite::Database& db);

// Reads the whole database and says whether its structure is sound: "ok", or what is wrong. Throws
// SqliteError.
std::string find_damage(sqlite::Database& db);

// Above this a start does not wait for the check; it is done beside the daemon's work.
inline constexpr std::uintmax_t kCheckedBeforeStartMax = 256 * 1024 * 1024;

// Runs find_damage() on a thread and a connection of its own.
class BackgroundCheck {
public:
    // Damage is reported to the board, as the store's end.
    BackgroundCheck(std::filesystem::path file, std::shared_ptr<StatusBoard> board);
    ~BackgroundCheck();
    BackgroundCheck(const BackgroundCheck&) = delete;
    BackgroundCheck& operator=(const BackgroundCheck&) = delete;

private:
    void run(const std::filesystem::path& file, StatusBoard& board) noexcept;

    std::mutex mutex_;
    // Guarded by mutex_:
    sqlite::Database* running_ = nullptr;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace eventbus
