#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/journal/journal.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace eventbus {

// What the writer thread last knew, for everybody to read. Safe from any thread. Shared with the
// metrics registry, which may render after the store is gone.
class StatusBoard {
public:
    static std::shared_ptr<StatusBoard>
    create(const Clock& clock, MetricsRegistry& metrics, std::filesystem::path wal_file);

    struct Totals {
        std::uint64_t backlog = 0;
        std::uint64_t dead_letters = 0;
    };

    void set_totals(Totals totals);
    void set_oldest_accepted(std::optional<WallTime> at);
    void set_queue_bytes(std::size_t bytes);
    // With `reserved`: writable, but no new events are accepted, for that reason.
    void set_healthy(const std::string& reserved = {});
    // `for_good`: no later success undoes it.
    void set_failure(const std::string& why, bool for_good);

    // The file is damaged: a failure for good that a restart does not heal.
    void set_damaged(const std::string& why);

    // For the writer, which may not be the one who found it. Cheap.
    bool is_damaged() const { return damaged_.load(std::memory_order_relaxed); }

    bool is_writable() const { return writable_.load(std::memory_order_relaxed); }

    JournalStatus status() const;

    // Written by the writer thread only.
    Histogram& commit_seconds;
    Counter& commits;
    Counter& commit_events;
    Counter& commit_failures;
    Counter& purged_events;
    Counter& throttled;                     // any thread
    std::atomic<std::uint64_t> appends{0};  // any thread
    Counter& dead_letters_expired;
    Counter& deduplicated;
    Counter& purged_archived_events;
    // A delivery has become a dead letter of that queue.
    void count_dead_letter(const std::string& queue_arn, const std::string& error_code);
    Counter& damaged_events;
    Counter& damaged_archived_events;

private:
    StatusBoard(const Clock& clock, MetricsRegistry& metrics, std::filesystem::path wal_file);
    void refresh_gauges();

    const Clock& clock_;
    MetricsRegistry& metrics_;
    const std::filesystem::path wal_file_;
    Gauge& queue_bytes_gauge_;
    Gauge& backlog_gauge_;
    Gauge& oldest_gauge_;
    Gauge& dead_letters_gauge_;
    Gauge& wal_bytes_gauge_;
    Gauge& writable_gauge_;

    std::atomic<std::uint64_t> backlog_{0};
    std::atomic<std::uint64_t> dead_letters_{0};
    std::atomic<std::uint64_t> queue_bytes_{0};
    std::atomic<std::int64_t> oldest_accepted_at_{0};  // 0: none
    std::atomic<bool> writable_{true};
    std::atomic<bool> damaged_{false};

    mutable std::mutex mutex_;
    // Guarded by mutex_:
    std::string failure_;
    bool failed_for_good_ = false;
};

}  // namespace eventbus
