#pragma once

#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/dead_letters.hpp"

#include "sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace eventbus {

// Finds dead letters on one connection. Belongs to that connection's thread; everything throws
// SqliteError.
class DeadLetterQuery {
public:
    explicit DeadLetterQuery(sqlite::Database& db);

    struct Range {
        std::int64_t after = 0;                                        // exclusive
        std::int64_t last = std::numeric_limits<std::int64_t>::max();  // inclusive
    };

    // At most `limit` dead letters in `range` that pass the filter, in order of id.
    std::vector<DeadLetter> find(const DeadLetterFilter& filter, Range range, std::size_t limit);

    std::uint64_t count(const DeadLetterFilter& filter, Range range);

    // The largest groups, largest first.
    std::vector<DeadLetterGroup> group(const DeadLetterFilter& filter);

private:
    void append_found(
        std::vector<DeadLetter>& letters,
        const DeadLetterFilter& filter,
        Range range,
        std::size_t limit);
    std::uint64_t count_in(const DeadLetterFilter& filter, Range range);

    sqlite::Database& db_;
    sqlite::Statement select_;
    sqlite::Statement count_;
    sqlite::Statement group_;
    sqlite::Statement select_message_;
};

}  // namespace eventbus
