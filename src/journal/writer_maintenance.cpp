#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"

#include "writer_loop.hpp"

#include <algorithm>
#include <chrono>

// What the writer does between commits: purge, checkpoints, giving space back, the end.
namespace eventbus {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kSecond{1};

// In pages of 4 KiB: a log that readers or a burst let grow is cut when there is time.
constexpr std::int64_t kTruncatePages = 16 * 1024;
// Free pages are reused by the next events, so only what is plenty goes back to the file system.
constexpr std::int64_t kFreePagesKept = 4096;
constexpr std::int64_t kVacuumStepPages = 512;
constexpr std::uint64_t kRoomForEvents = 1024 * 1024;

// Quiet moments are short: who comes in the middle of a step waits for its end, and the pages that
// steps leave behind make checkpoints longer. So steps are small, and a pause of so many times its
// length follows each.
constexpr int kIdlePause = 40;
constexpr std::size_t kIdlePurgeRows = 200;
constexpr std::size_t kIdleIndexRows = 256;

}  // namespace

// New events are taken again once there is as much room as they need to be delivered when the disk
// fills up the next time, and some for themselves: else the first of them would fill it.
void WriterLoop::restore_ballast() {
    if (ballast_is_given_up_ && !failure_ && ballast_.make(kRoomForEvents)) {
        ballast_is_given_up_ = false;
        note_healthy();
    }
}

void WriterLoop::maintain() {
    if (failed_for_good_) {
        more_to_maintain_ = false;
        next_second_at_ = steady_clock::now() + kSecond;
        return;
    }
    try {
        checkpoint_if_long();
        if (steady_clock::now() >= next_second_at_) {
            next_second_at_ = steady_clock::now() + kSecond;
            every_second();
        }
        const SteadyTime begun = steady_clock::now();
        if (failure_) {
            more_to_maintain_ = false;
        } else if (inbox_.is_empty() && begun >= idle_step_at_) {
            more_to_maintain_ = false;  // unless the step says so
            more_to_maintain_ = idle_step();
            const SteadyTime ended = steady_clock::now();
            idle_step_at_ = ended + kIdlePause * (ended - begun);
        }
    } catch (const sqlite::SqliteError& error) {
        fail(error);
    }
}

void WriterLoop::every_second() {
    restore_ballast();
    board_.set_oldest_accepted(tables_.oldest_owed());
    purge_.refresh(steady_clock::now());
    archive_purge_.refresh(clock_.now(), steady_clock::now());
    vacuum_wanted_ = db_->free_pages() > kFreePagesKept;
    const WallTime now = clock_.now();
    Plan plan;
    plan.probe = failure_.has_value();
    plan.purge_rows = is_purge_due() ? options_.purge_slice_rows : 0;
    plan.paced = !paced_.is_empty();
    plan.expire = has_expired(now);
    if (plan.probe || plan.purge_rows != 0 || plan.paced || plan.expire) {
        try_commit(plan);
    }
    more_to_expire_ = has_expired(now);
}

bool WriterLoop::has_expired(WallTime now) {
    const auto letter = tables_.oldest_dead_letter();
    return (letter && letter->dead_at + options_.dead_letters_keep < now) ||
           deduplication_.has_expired(now);
}

bool WriterLoop::is_purge_due() const {
    return purge_.is_due(clock_.now()) || archive_purge_.is_due();
}

// Only this connection checkpoints (see sqlite_store.hpp).
void WriterLoop::checkpoint_if_long() {
    const std::int64_t pages = db_->wal_pages();
    if (pages < wal_pages_seen_) {
        checkpoint_at_pages_ = kCheckpointPages;  // the log has started anew
    }
    wal_pages_seen_ = pages;
    wal_pages_most_ = std::max(wal_pages_most_, pages);
    if (pages >= checkpoint_at_pages_) {
        checkpoint_at_pages_ = pages + kCheckpointPages;
        fault_point("journal.before-checkpoint");
        db_->checkpoint(sqlite::CheckpointMode::passive);
        fault_point("journal.after-checkpoint");
    }
}

// One piece of the work that waits for a quiet moment. True if there may be more.
bool WriterLoop::idle_step() {
    if (unindexed_.has_surplus()) {
        Plan plan;
        plan.index_rows = kIdleIndexRows;
        return try_commit(plan);
    }
    if (is_purge_due()) {
        Plan plan;
        plan.purge_rows = std::min(kIdlePurgeRows, options_.purge_slice_rows);
        return try_commit(plan);
    }
    if (more_to_expire_) {
        Plan plan;
        plan.expire = true;
        more_to_expire_ = try_commit(plan) && has_expired(clock_.now());
        return more_to_expire_;
    }
    if (wal_pages_most_ > kTruncatePages) {
        db_->checkpoint(sqlite::CheckpointMode::truncate);
        wal_pages_most_ = 0;
        return false;
    }
    if (vacuum_wanted_) {
        db_->incremental_vacuum(kVacuumStepPages);
        vacuum_wanted_ = db_->free_pages() > kFreePagesKept;
        return vacuum_wanted_;
    }
    return false;
}

void WriterLoop::finish() {
    try {
        if (failed_for_good_) {
            db_->leave_wal_on_close();  // no further fsync; the next start reads the log
        } else {
            fault_point("close.before-checkpoint");
            db_->checkpoint(sqlite::CheckpointMode::truncate);
            fault_point("close.after-checkpoint");
        }
    } catch (const sqlite::SqliteError& error) {
        log::warn("journal was closed without a checkpoint", {{"cause", error.what()}});
    }
}

}  // namespace eventbus
