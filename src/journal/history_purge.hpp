#pragma once

#include "eventbus/base/clock.hpp"

#include "attempt_log.hpp"
#include "journal_tables.hpp"
#include "sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace eventbus {

// Forgets events that owe nothing any more, oldest first, once they are older than the history
// window or the history takes more bytes than it may. A sweep walks the events in order of their
// sequence numbers and steps over those that still owe something; what those leave behind is
// collected by the next sweep. So the cost of a purge does not depend on the backlog before it.
//
// Owned by the writer thread. Everything that touches the tables throws SqliteError.
class HistoryPurge {
public:
    struct Limits {
        Millis keep{0};
        std::uint64_t bytes_max = 0;
    };

    HistoryPurge(sqlite::Database& db, JournalTables& tables, AttemptLog& attempts, Limits limits);

    // Whether a slice would find something, as far as is known. Cheap; refresh() looks again.
    bool is_due(WallTime now) const;

    // Call every second or so: looks at the next candidate, and starts a new sweep when the old one
    // has left things behind for long enough.
    void refresh(SteadyTime now);

    // Deletes within the open transaction, looking at no more than `rows_max` events. Returns how
    // many it has deleted.
    std::uint64_t slice(WallTime now, std::size_t rows_max);
    void committed();
    void rolled_back();

private:
    struct Candidate {
        std::int64_t seq = 0;
        WallTime accepted_at;
        std::int64_t bytes = 0;
    };

    struct Position {
        std::int64_t after = 0;  // events up to this one have been looked at in this sweep
        std::uint64_t stepped_over = 0;
        std::optional<WallTime> next_accepted_at;
    };

    bool is_over_bytes() const;
    bool is_at_end() const;
    std::vector<Candidate> read_candidates(std::size_t rows_max);
    // Forgets the attempts of events after `after` up to the current position, which are deleted.
    void forget_attempts(std::int64_t after);
    // The candidates that still owe something, in order.
    std::vector<std::int64_t> read_owing(std::int64_t last);

    JournalTables& tables_;
    AttemptLog& attempts_;
    const Limits limits_;
    Position position_;
    Position position_before_;
    SteadyTime sweep_started_at_;
    sqlite::Statement select_candidates_;
    sqlite::Statement select_owing_;
    sqlite::Statement delete_event_;
};

}  // namespace eventbus
