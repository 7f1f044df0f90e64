#include "dead_letter_query.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace eventbus {
namespace {

constexpr int kGroupsMax = 1000;

// A parameter that is NULL does not filter.
#define EVENTBUS_WHERE                                               \
    " WHERE id > ?1 AND id <= ?2 AND (?3 IS NULL OR queue_arn = ?3)" \
    " AND (?4 IS NULL OR rule_arn = ?4)"                             \
    " AND (?5 IS NULL OR target_id = ?5)"                            \
    " AND (?6 IS NULL OR error_code = ?6)"                           \
    " AND (?7 IS NULL OR event_id = ?7)"                             \
    " AND (?8 IS NULL OR dead_at >= ?8)"                             \
    " AND (?9 IS NULL OR dead_at < ?9)"

constexpr char kSelectSql[] =
    "SELECT id, queue_arn, lane_id, rule_arn, target_id, target_arn, error_code, error_message,"
    " attempts, exhausted_retry_condition, dead_at, event_id, bus_arn, accepted_at, trace_header,"
    " visited_buses, envelope, checksum FROM dead_letters" EVENTBUS_WHERE " ORDER BY id LIMIT ?10";
constexpr char kCountSql[] = "SELECT COUNT(*) FROM dead_letters" EVENTBUS_WHERE;
constexpr char kGroupSql[] =
    "SELECT queue_arn, rule_arn, target_id, target_arn, error_code, COUNT(*), MIN(dead_at),"
    " MAX(dead_at), MAX(id) FROM dead_letters" EVENTBUS_WHERE
    " GROUP BY queue_arn, rule_arn, target_id, target_arn, error_code"
    " ORDER BY COUNT(*) DESC, MAX(id) DESC LIMIT ?10";
constexpr char kSelectMessageSql[] = "SELECT error_message FROM dead_letters WHERE id = ?";

#undef EVENTBUS_WHERE

template <class... More>
sqlite::Rows query(
    sqlite::Statement& statement,
    const DeadLetterFilter& filter,
    DeadLetterQuery::Range range,
    More... more) {
    const auto from = filter.from ? std::optional(to_millis(*filter.from)) : std::nullopt;
    const auto to = filter.to ? std::optional(to_millis(*filter.to)) : std::nullopt;
    return statement.query(
        range.after,
        range.last,
        filter.queue_arn,
        filter.rule_arn,
        filter.target_id,
        filter.error_code,
        filter.event_id,
        from,
        to,
        more...);
}

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
    StoredEvent stored = read_checked_event(rows, 11);
    letter.event = std::move(stored.event);
    if (stored.is_damaged) {
        letter.error_code = kDamagedCode;
    }
    return letter;
}

// Calls `visit` with the range to look at: all of it, or one seek for each wanted id. Stops when
// `visit` says so.
template <class Visit>
void for_each_range(
    const DeadLetterFilter& filter,
    DeadLetterQuery::Range range,
    const Visit& visit) {
    if (filter.ids.empty()) {
        visit(range);
        return;
    }
    const std::set<std::int64_t> wanted(filter.ids.begin(), filter.ids.end());
    for (auto id = wanted.upper_bound(range.after); id != wanted.end() && *id <= range.last; ++id) {
        if (!visit({*id - 1, *id})) {
            return;
        }
    }
}

}  // namespace

DeadLetterQuery::DeadLetterQuery(sqlite::Database& db)
    : db_(db),
      select_(db, kSelectSql),
      count_(db, kCountSql),
      group_(db, kGroupSql),
      select_message_(db, kSelectMessageSql) {}

std::vector<DeadLetter>
DeadLetterQuery::find(const DeadLetterFilter& filter, Range range, std::size_t limit) {
    std::vector<DeadLetter> letters;
    for_each_range(filter, range, [&](Range part) {
        append_found(letters, filter, part, limit - letters.size());
        return letters.size() < limit;
    });
    return letters;
}

void DeadLetterQuery::append_found(
    std::vector<DeadLetter>& letters,
    const DeadLetterFilter& filter,
    Range range,
    std::size_t limit) {
    const auto limit_rows = std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max());
    auto rows = query(select_, filter, range, limit_rows);
    while (rows.next()) {
        letters.push_back(read_dead_letter(rows));
    }
}

std::uint64_t DeadLetterQuery::count(const DeadLetterFilter& filter, Range range) {
    std::uint64_t found = 0;
    for_each_range(filter, range, [&](Range part) {
        found += count_in(filter, part);
        return true;
    });
    return found;
}

std::uint64_t DeadLetterQuery::count_in(const DeadLetterFilter& filter, Range range) {
    auto rows = query(count_, filter, range);
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

std::vector<DeadLetterGroup> DeadLetterQuery::group(const DeadLetterFilter& filter) {
    const sqlite::Snapshot snapshot(db_);
    std::vector<DeadLetterGroup> groups;
    {
        auto rows = query(group_, filter, Range(), kGroupsMax);
        while (rows.next()) {
            DeadLetterGroup group;
            group.queue_arn = rows.text(0);
            group.rule_arn = rows.text(1);
            group.target_id = rows.text(2);
            group.target_arn = rows.text(3);
            group.error_code = rows.text(4);
            group.count = static_cast<std::uint64_t>(rows.integer(5));
            group.oldest = from_millis(rows.integer(6));
            group.newest = from_millis(rows.integer(7));
            group.example_id = rows.integer(8);
            groups.push_back(std::move(group));
        }
    }
    for (DeadLetterGroup& group : groups) {
        auto rows = select_message_.query(group.example_id);
        group.example_message = rows.next() ? rows.text(0) : std::string_view();
    }
    return groups;
}

}  // namespace eventbus
