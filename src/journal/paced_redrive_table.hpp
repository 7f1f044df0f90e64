#pragma once

#include "eventbus/journal/dead_letters.hpp"

#include "requests.hpp"
#include "sqlite.hpp"

#include <cstdint>
#include <vector>

namespace eventbus {

// A paced redrive as it is stored.
struct StoredRedrive {
    std::int64_t id = 0;
    std::uint64_t letters_per_second = 0;
    WallTime started_at;
    DeadLetterRun run;
};

// The paced redrives that are under way. On one connection; everything throws SqliteError.
class PacedRedriveTable {
public:
    explicit PacedRedriveTable(sqlite::Database& db);

    std::vector<StoredRedrive> load();
    // Returns the new id.
    std::int64_t insert(const StoredRedrive& redrive);
    void update(const StoredRedrive& redrive);
    // False if there is none.
    bool remove(std::int64_t id);

private:
    sqlite::Statement select_;
    sqlite::Statement insert_;
    sqlite::Statement update_;
    sqlite::Statement delete_;
    sqlite::Database& db_;
};

}  // namespace eventbus
