#include "dead_letter_query.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace eventbus {
namespace {

// A parameter that is NULL does not filter.
constexpr char kSelectSql[] =
    "SELECT id, queue_arn, lane_id, rule_arn, target_id, target_arn, error_code, error_message,"
    " attempts, exhausted_retry_condition, dead_at, event_id, bus_arn, accepted_at, trace_header,"
    " visited_buses, envelope FROM dead_letters"
    " WHERE id > ?1 AND id <= ?2 AND (?3 IS NULL OR queue_arn = ?3)"
    " AND (?4 IS NULL OR rule_arn = ?4) AND (?5 IS NULL OR target_id = ?5)"
    " AND (?6 IS NULL OR error_code = ?6) ORDER BY id LIMIT ?7";

DeadLetter read_dead_letter(const sqlite::Rows& rows) {
    DeadLetter letter;
    letter.id = rows.integer(0);
    letter.queue_arn = rows.text(1);
    letter.lane = rows.integer(2);
    letter.rule_arn = rows.text(3);
    letter.target_id = rows.text(4);
    letter.target_arn = rows.text(5);
    letter.error_code = rows.text(6);
    letter.error_message = rows.text(7);
    letter.attempts = static_cast<int>(rows.integer(8));
    letter.exhausted_retry_condition = rows.text(9);
    letter.dead_at = from_millis(rows.integer(10));
    letter.event = read_event(rows, 11);
    return letter;
}

}  // namespace

DeadLetterQuery::DeadLetterQuery(sqlite::Database& db) : select_(db, kSelectSql) {}

std::vector<DeadLetter>
DeadLetterQuery::find(const DeadLetterFilter& filter, Range range, std::size_t limit) {
    std::vector<DeadLetter> letters;
    if (filter.ids.empty()) {
        append_found(letters, filter, range, limit);
        return letters;
    }
    // One seek for each wanted id, instead of reading the whole range.
    const std::set<std::int64_t> wanted(filter.ids.begin(), filter.ids.end());
    for (auto id = wanted.upper_bound(range.after);
         id != wanted.end() && *id <= range.last && letters.size() < limit;
         ++id) {
        append_found(letters, filter, {*id - 1, *id}, 1);
    }
    return letters;
}

void DeadLetterQuery::append_found(
    std::vector<DeadLetter>& letters,
    const DeadLetterFilter& filter,
    Range range,
    std::size_t limit) {
    const auto limit_rows = std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max());
    auto rows = select_.query(
        range.after,
        range.last,
        filter.queue_arn,
        filter.rule_arn,
        filter.target_id,
        filter.error_code,
        limit_rows);
    while (rows.next()) {
        letters.push_back(read_dead_letter(rows));
    }
}

}  // namespace eventbus
