#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/journal.hpp"

#include "sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eventbus {

// Finds dead letters on one connection. Belongs to that connection's thread.
class DeadLetterQuery {
public:
    explicit DeadLetterQuery(sqlite::Database& db);

    struct Range {
        std::int64_t after = 0;  // exclusive
        std::int64_t last = 0;   // inclusive
    };

    // At most `limit` dead letters in `range` that pass the filter, in order of id. Throws
    // SqliteError.
    std::vector<DeadLetter> find(const DeadLetterFilter& filter, Range range, std::size_t limit);

private:
    void append_found(
        std::vector<DeadLetter>& letters,
        const DeadLetterFilter& filter,
        Range range,
        std::size_t limit);

    sqlite::Statement select_;
};

}  // namespace eventbus
