#pragma once

#include "eventbus/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace eventbus {

struct RecoverOptions {
    std::filesystem::path from;  // the data folder with the damaged database; only read
    std::filesystem::path to;    // made; must not have a database yet
};

struct RecoverReport {
    struct Table {
        std::string name;
        std::uint64_t saved = 0;
        std::uint64_t unreadable =
            0;                 // rows that are in damaged pages, as far as they have numbers
        bool is_whole = true;  // false: rows without numbers may be missing as well
    };

    std::vector<Table> tables;
    std::int64_t last_seq = 0;              // the last change that the database knows
    std::int64_t missing_acknowledged = 0;  // changes after it that had been acknowledged

    bool is_whole() const;
};

// Copies everything that can still be read of a damaged database into a new one: from both ends of
// each table to the damage, and row by row in between. Rows whose content has changed are copied
// too; their checksum shows it, and the daemon makes dead letters of their deliveries. Needs room
// for twice the damaged database. Errors: Errc::conflict (a daemon holds one of the folders),
// Errc::already_exists (there is a database in `to`), Errc::not_found, Errc::malformed (not even
// the schema can be read), Errc::io_error.
[[nodiscard]] Result<RecoverReport> recover_database(const RecoverOptions& options);

}  // namespace eventbus
