#pragma once

#include "eventbus/base/result.hpp"

#include "sqlite.hpp"

#include <filesystem>
#include <optional>

namespace eventbus {

// A copy of a database in the making: `to` appears whole or not at all. Until publish() it is
// called `to`.part; one that an earlier crash left there is overwritten, and one that is not
// published is removed.
//
// Made and stepped on the thread of `from`; publish() may run on another one afterwards.
class DatabaseCopy {
public:
    // Throws SqliteError, also if the file cannot be made. `from` outlives the last step.
    DatabaseCopy(sqlite::Database& from, std::filesystem::path to);
    ~DatabaseCopy();
    DatabaseCopy(const DatabaseCopy&) = delete;
    DatabaseCopy& operator=(const DatabaseCopy&) = delete;

    // Copies at most `pages` (-1: all); true once the copy is complete. Throws SqliteError.
    bool step(int pages);

    // Syncs the complete copy and gives it its name. Returns its size in bytes. Errc::io_error,
    // Errc::already_exists.
    [[nodiscard]] Result<std::uintmax_t> publish();

    const std::filesystem::path& path() const { return to_; }

private:
    const std::filesystem::path to_;
    const std::filesystem::path part_;
    std::optional<sqlite::Database> db_;
    std::optional<sqlite::Backup> backup_;
};

}  // namespace eventbus
