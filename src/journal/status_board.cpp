#include "status_board.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace eventbus {

StatusBoard::StatusBoard(
    const Clock& clock,
    MetricsRegistry& metrics,
    std::filesystem::path wal_file)
    : commit_seconds(metrics.latency(
          "eventbusd_commit_seconds",
          "Time of a commit of the journal, fsync included.")),
      commits(metrics.counter("eventbusd_commits_total", "Commits of the journal.")),
      commit_events(metrics.counter(
          "eventbusd_commit_events_total",
          "Events written by commits of the journal.")),
      commit_failures(
          metrics.counter("eventbusd_commit_failures_total", "Commits that were rolled back.")),
      purged_events(metrics.counter(
          "eventbusd_history_purged_events_total",
          "Events that have left the history window.")),
      throttled(metrics.counter(
          "eventbusd_appends_throttled_total",
          "Requests that were refused because too much waits for the disk.")),
      dead_letters_expired(metrics.counter(
          "eventbusd_dead_letters_expired_total",
          "Dead letters that were forgotten after their time.")),
      deduplicated(metrics.counter(
          "eventbusd_events_deduplicated_total",
          "Events that were not written because their deduplication key was known.")),
      purged_archived_events(metrics.counter(
          "eventbusd_archive_purged_events_total",
          "Events that archives have let go.")),
      damaged_events(metrics.counter(
          "eventbusd_damaged_events_total",
          "Deliveries that became dead letters because their event is damaged in the store.")),
      damaged_archived_events(metrics.counter(
          "eventbusd_damaged_archived_events_total",
          "Events that a replay left out because they are damaged in their archive.")),
      clock_(clock),
      metrics_(metrics),
      wal_file_(std::move(wal_file)),
      queue_bytes_gauge_(metrics.gauge(
          "eventbusd_journal_queue_bytes",
          "Events that wait for the journal's writer.")),
      backlog_gauge_(metrics.gauge("eventbusd_deliveries_backlog", "Owed deliveries.")),
      oldest_gauge_(metrics.gauge(
          "eventbusd_oldest_pending_seconds",
          "Age of the oldest event with an owed delivery.")),
      dead_letters_gauge_(metrics.gauge("eventbusd_dead_letters", "Dead letters that are kept.")),
      wal_bytes_gauge_(metrics.gauge("eventbusd_wal_bytes", "Size of the write-ahead log.")),
      writable_gauge_(
          metrics.gauge("eventbusd_journal_writable", "1 if the last write went well, else 0.")) {}

std::shared_ptr<StatusBoard>
StatusBoard::create(const Clock& clock, MetricsRegistry& metrics, std::filesystem::path wal_file) {
    std::shared_ptr<StatusBoard> board(new StatusBoard(clock, metrics, std::move(wal_file)));
    metrics.before_render([board] { board->refresh_gauges(); });
    return board;
}

void StatusBoard::count_dead_letter(const std::string& queue_arn, const std::string& error_code) {
    const std::string labels = MetricsRegistry::label("queue", queue_arn) + "," +
                               MetricsRegistry::label("error_code", error_code);
    metrics_
        .counter(
            "eventbusd_dead_letters_total",
            "Deliveries that became dead letters, by queue (empty: the default one) and cause.",
            labels)
        .add();
}

void StatusBoard::set_totals(Totals totals) {
    backlog_.store(totals.backlog, std::memory_order_relaxed);
    dead_letters_.store(totals.dead_letters, std::memory_order_relaxed);
}

void StatusBoard::set_oldest_accepted(std::optional<WallTime> at) {
    oldest_accepted_at_.store(at ? to_millis(*at) : 0, std::memory_order_relaxed);
}

void StatusBoard::set_queue_bytes(std::size_t bytes) {
    queue_bytes_.store(bytes, std::memory_order_relaxed);
}

void StatusBoard::set_healthy(const std::string& reserved) {
    std::lock_guard lock(mutex_);
    if (!failed_for_good_) {
        failure_ = reserved;
        writable_.store(true, std::memory_order_relaxed);
    }
}

void StatusBoard::set_failure(const std::string& why, bool for_good) {
    std::lock_guard lock(mutex_);
    failure_ = why;
    failed_for_good_ = failed_for_good_ || for_good;
    writable_.store(false, std::memory_order_relaxed);
}

void StatusBoard::set_damaged(const std::string& why) {
    set_failure(why, true);
    damaged_.store(true, std::memory_order_relaxed);
}

JournalStatus StatusBoard::status() const {
    JournalStatus status;
    status.backlog = backlog_.load(std::memory_order_relaxed);
    status.appends = appends.load(std::memory_order_relaxed);
    status.dead_letters = dead_letters_.load(std::memory_order_relaxed);
    const std::int64_t oldest = oldest_accepted_at_.load(std::memory_order_relaxed);
    if (status.backlog != 0 && oldest != 0) {
        status.oldest_accepted_at = from_millis(oldest);
    }
    status.writable = is_writable();
    std::lock_guard lock(mutex_);
    status.failure = failure_;
    status.failed_for_good = failed_for_good_;
    return status;
}

void StatusBoard::refresh_gauges() {
    const JournalStatus now = status();
    double age_seconds = 0;
    if (now.oldest_accepted_at) {
        const std::chrono::duration<double> age = clock_.now() - *now.oldest_accepted_at;
        age_seconds = std::max(0.0, age.count());
    }
    std::error_code missing;
    const auto wal_bytes = std::filesystem::file_size(wal_file_, missing);
    queue_bytes_gauge_.set(static_cast<double>(queue_bytes_.load(std::memory_order_relaxed)));
    backlog_gauge_.set(static_cast<double>(now.backlog));
    oldest_gauge_.set(age_seconds);
    dead_letters_gauge_.set(static_cast<double>(now.dead_letters));
    wal_bytes_gauge_.set(missing ? 0.0 : static_cast<double>(wal_bytes));
    writable_gauge_.set(now.writable ? 1.0 : 0.0);
}

}  // namespace eventbus
