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
    // What is known of the rows of a table that are lost.
    enum class Loss {
        counted,    // exactly so many
        at_most,    // not more than that
        of_events,  // only rows that belong to so many events at most
        unknown     // so many, and perhaps more
    };

    struct Table {
        std::string name;
        std::uint64_t saved = 0;
        std::uint64_t lost = 0;
        Loss loss = Loss::counted;
    };

    std::vector<Table> tables;
    std::int64_t last_seq = 0;              // the last change that the database knows
    std::int64_t missing_acknowledged = 0;  // changes after it that had been acknowledged

    bool is_whole() const;
};

// Copies every row that can still be read of a damaged database into a new one, page by page, and
// says how many are lost. Rows whose content has changed are copied too; their checksum shows it,
// and the daemon makes dead letters of their deliveries. Needs room for twice the damaged database.
// Errors: Errc::conflict (a daemon holds one of the folders), Errc::already_exists (there is a
// database in `to`), Errc::not_found, Errc::io_error (the new one cannot be written).
[[nodiscard]] Result<RecoverReport> recover_database(const RecoverOptions& options);

}  // namespace eventbus
