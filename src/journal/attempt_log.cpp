#include "attempt_log.hpp"

#include "event_row.hpp"

#include <string_view>

namespace eventbus {
namespace {

// Of 185 attempts, what the first one met and how the last ones went is what people look for.
constexpr int kAttemptsKept = 20;
constexpr std::int64_t kRowOverhead = 32;

constexpr char kInsertSql[] =
    "INSERT OR REPLACE INTO attempts (event_seq, lane_id, number, started_at, duration_ms,"
    " http_status, error_code, error_message, response, bytes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kTrimSql[] =
    "DELETE FROM attempts WHERE event_seq = ? AND lane_id = ? AND number > 1 AND number <= ?";
constexpr char kCopySql[] =
    "INSERT INTO dead_letter_attempts (letter_id, number, started_at, duration_ms, http_status,"
    " error_code, error_message, response)"
    " SELECT ?, number, started_at, duration_ms, http_status, error_code, error_message, response"
    " FROM attempts WHERE event_seq = ? AND lane_id = ? ORDER BY number";
constexpr char kRemoveCopiesSql[] = "DELETE FROM dead_letter_attempts WHERE letter_id = ?";
constexpr char kSumBytesSql[] =
    "SELECT SUM(bytes) FROM attempts WHERE event_seq > ? AND event_seq <= ?";
constexpr char kRemoveSql[] = "DELETE FROM attempts WHERE event_seq > ? AND event_seq <= ?";

}  // namespace

AttemptLog::AttemptLog(sqlite::Database& db)
    : insert_(db, kInsertSql),
      trim_(db, kTrimSql),
      copy_(db, kCopySql),
      remove_copies_(db, kRemoveCopiesSql),
      sum_bytes_(db, kSumBytesSql),
      remove_(db, kRemoveSql) {}

std::int64_t AttemptLog::add(DeliveryId delivery, const Attempt& attempt) {
    const std::string_view response =
        std::string_view(attempt.response).substr(0, kResponseBytesKept);
    const std::string_view message =
        std::string_view(attempt.error_message).substr(0, kResponseBytesKept);
    const auto bytes =
        kRowOverhead +
        static_cast<std::int64_t>(attempt.error_code.size() + message.size() + response.size());
    insert_.run(
        delivery.event,
        delivery.lane,
        attempt.number,
        to_millis(attempt.started_at),
        attempt.duration.count(),
        attempt.http_status,
        attempt.error_code,
        message,
        response,
        bytes);
    if (attempt.number > kAttemptsKept) {
        trim_.run(delivery.event, delivery.lane, attempt.number - kAttemptsKept + 1);
    }
    return bytes;
}

void AttemptLog::copy_to_dead_letter(DeliveryId delivery, std::int64_t letter) {
    copy_.run(letter, delivery.event, delivery.lane);
}

void AttemptLog::remove_of_dead_letter(std::int64_t letter) {
    remove_copies_.run(letter);
}

std::int64_t AttemptLog::remove_of_events(std::int64_t after, std::int64_t last) {
    std::int64_t bytes = 0;
    {
        auto rows = sum_bytes_.query(after, last);
        bytes = rows.next() ? rows.integer(0) : 0;
    }
    if (bytes != 0) {
        remove_.run(after, last);
    }
    return bytes;
}

Attempt read_attempt(const sqlite::Rows& rows, int first) {
    Attempt attempt;
    attempt.number = static_cast<int>(rows.integer(first));
    attempt.started_at = from_millis(rows.integer(first + 1));
    attempt.duration = Millis(rows.integer(first + 2));
    attempt.http_status = static_cast<unsigned>(rows.integer(first + 3));
    attempt.error_code = rows.text(first + 4);
    attempt.error_message = rows.text(first + 5);
    attempt.response = rows.text(first + 6);
    return attempt;
}

}  // namespace eventbus
