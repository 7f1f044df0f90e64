#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace eventbus {

// What looking at a data folder has found, in sentences for its operator.
struct DataReport {
    std::vector<std::string> facts;
    std::vector<std::string> problems;  // each says what to do; empty: the folder is sound
};

// Looks at a data folder without changing it: who holds it, permissions, room, the database's
// identity, structure (SQLite's quick_check) and whether its tables agree with each other. Works
// beside a running daemon; takes as long as reading the whole database. Safe from any thread.
DataReport inspect_data_folder(const std::filesystem::path& folder);

struct RestoreOptions {
    std::filesystem::path from;    // a backup: a database file of ours, whole
    std::filesystem::path folder;  // the data folder; made if missing
    bool replace = false;          // a database that is there is set aside instead of refused
};

struct RestoreReport {
    std::uintmax_t bytes = 0;
    std::filesystem::path set_aside;  // what the database that was there is called now, or empty
};

// Makes the backup the database of a data folder that no daemon uses. The backup itself is only
// read. `now` names what is set aside. Errors: Errc::conflict (a daemon holds the folder),
// Errc::already_exists (there is a database, and not `replace`), Errc::refused (the backup is
// damaged, not ours, or of a newer version), Errc::io_error; nothing has changed then.
[[nodiscard]] Result<RestoreReport> restore_database(const RestoreOptions& options, WallTime now);

}  // namespace eventbus
