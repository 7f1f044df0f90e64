#include "history_purge.hpp"

#include "eventbus/base/fault_point.hpp"

#include "event_row.hpp"

#include <chrono>

namespace eventbus {
namespace {

constexpr char kSelectCandidatesSql[] =
    "SELECT seq, accepted_at, bytes FROM events WHERE seq > ? ORDER BY seq LIMIT ?";
constexpr char kSelectOwingSql[] =
    "SELECT DISTINCT event_seq FROM deliveries WHERE event_seq > ? AND event_seq <= ?"
    " ORDER BY event_seq";
constexpr char kDeleteEventSql[] = "DELETE FROM events WHERE seq = ?";

// A sweep reads what it steps over, so it must not come round often when a backlog stands.
constexpr std::chrono::minutes kSweepEvery{10};

}  // namespace

HistoryPurge::HistoryPurge(
    sqlite::Database& db,
    JournalTables& tables,
    AttemptLog& attempts,
    Limits limits)
    : tables_(tables),
      attempts_(attempts),
      limits_(limits),
      select_candidates_(db, kSelectCandidatesSql),
      select_owing_(db, kSelectOwingSql),
      delete_event_(db, kDeleteEventSql) {}

bool HistoryPurge::is_over_bytes() const {
    return tables_.counters().history_bytes > static_cast<std::int64_t>(limits_.bytes_max);
}

bool HistoryPurge::is_at_end() const {
    return position_.after >= tables_.counters().last_seq;
}

bool HistoryPurge::is_due(WallTime now) const {
    if (is_at_end()) {
        return false;
    }
    return is_over_bytes() ||
           (position_.next_accepted_at && *position_.next_accepted_at + limits_.keep <= now);
}

void HistoryPurge::refresh(SteadyTime now) {
    const bool left_behind = position_.stepped_over != 0;
    const bool wanted = (is_at_end() && is_over_bytes()) || now - sweep_started_at_ >= kSweepEvery;
    if (left_behind && wanted) {
        position_ = {};
        sweep_started_at_ = now;
    }
    const auto next = read_candidates(1);
    position_.next_accepted_at =
        next.empty() ? std::nullopt : std::optional(next.front().accepted_at);
    position_before_ = position_;
}

std::vector<HistoryPurge::Candidate> HistoryPurge::read_candidates(std::size_t rows_max) {
    std::vector<Candidate> candidates;
    auto rows = select_candidates_.query(position_.after, rows_max);
    while (rows.next()) {
        candidates.push_back({rows.integer(0), from_millis(rows.integer(1)), rows.integer(2)});
    }
    return candidates;
}

std::vector<std::int64_t> HistoryPurge::read_owing(std::int64_t last) {
    std::vector<std::int64_t> owing;
    auto rows = select_owing_.query(position_.after, last);
    while (rows.next()) {
        owing.push_back(rows.integer(0));
    }
    return owing;
}

void HistoryPurge::forget_attempts(std::int64_t after) {
    if (after < position_.after) {
        tables_.counters().history_bytes -= attempts_.remove_of_events(after, position_.after);
    }
}

std::uint64_t HistoryPurge::slice(WallTime now, std::size_t rows_max) {
    position_before_ = position_;
    const auto candidates = read_candidates(rows_max);
    if (candidates.empty()) {
        position_.after = tables_.counters().last_seq;
        return 0;
    }
    std::uint64_t deleted = 0;
    const auto owing = read_owing(candidates.back().seq);
    auto next_owing = owing.begin();
    std::int64_t deleted_after = position_.after;  // where the latest run of deleted events begins
    for (const Candidate& candidate : candidates) {
        position_.next_accepted_at = candidate.accepted_at;
        if (!is_over_bytes() && candidate.accepted_at + limits_.keep > now) {
            break;
        }
        if (next_owing != owing.end() && *next_owing == candidate.seq) {
            ++next_owing;
            ++position_.stepped_over;
            forget_attempts(deleted_after);
            deleted_after = candidate.seq;
        } else {
            delete_event_.run(candidate.seq);
            fault_point("journal.purge");
            ++deleted;
            tables_.counters().history_bytes -= candidate.bytes;
        }
        position_.after = candidate.seq;
    }
    forget_attempts(deleted_after);
    return deleted;
}

void HistoryPurge::committed() {
    position_before_ = position_;
}

void HistoryPurge::rolled_back() {
    position_ = position_before_;
}

}  // namespace eventbus
