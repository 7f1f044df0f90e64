#pragma once

#include "eventbus/core/delivery.hpp"

#include "sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace eventbus {

// Which event had a deduplication key first. On the writing connection; everything throws
// SqliteError.
class DeduplicationTable {
public:
    explicit DeduplicationTable(sqlite::Database& db);

    struct First {
        std::string event_id;
        std::string digest;
    };

    // nullopt if the key is new, or has expired.
    std::optional<First> find(const std::string& key, WallTime now);
    // Replaces one that has expired.
    void insert(const Deduplication& deduplication, const std::string& event_id);

    bool has_expired(WallTime now);
    void remove_expired(WallTime now, std::size_t rows_max);

private:
    sqlite::Statement select_;
    sqlite::Statement insert_;
    sqlite::Statement select_expired_;
    sqlite::Statement remove_expired_;
};

}  // namespace eventbus
