#include "event_query.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace eventbus {
namespace {

// More entries of one event than this are of a loop, and a reader must come to an end.
constexpr int kEntriesMax = 100;
constexpr std::size_t kLettersMax = 100;
// Rows that one page looks at.
constexpr std::int64_t kRowsPerPage = 10'000;
// Sequence numbers follow the time of acceptance but for what was accepted at about the same time.
constexpr std::chrono::minutes kDisorder{1};

constexpr char kSelectEntriesSql[] =
    "SELECT seq, event_id, bus_arn, accepted_at, trace_header, visited_buses, envelope, checksum"
    " FROM events WHERE event_id = ? ORDER BY seq LIMIT ?";
constexpr char kSelectOwedSql[] =
    "SELECT lane_id, due_at, attempts FROM deliveries WHERE event_seq = ? ORDER BY lane_id";
constexpr char kSelectFirstOfKeySql[] =
    "SELECT e.event_id FROM ordered_deliveries AS d JOIN ordered_deliveries AS first"
    " ON first.lane_id = d.lane_id AND first.ordering_key = d.ordering_key"
    " JOIN events AS e ON e.seq = first.event_seq"
    " WHERE d.event_seq = ? AND d.lane_id = ? ORDER BY first.event_seq LIMIT 1";
constexpr char kSelectAttemptsSql[] =
    "SELECT lane_id, number, started_at, duration_ms, http_status, error_code, error_message,"
    " response FROM attempts WHERE event_seq = ? ORDER BY lane_id, number";
constexpr char kSelectLaneSql[] = "SELECT rule_arn, target_id FROM lanes WHERE id = ?";
constexpr char kSelectLetterAttemptsSql[] =
    "SELECT number, started_at, duration_ms, http_status, error_code, error_message, response"
    " FROM dead_letter_attempts WHERE letter_id = ? ORDER BY number";
// A parameter that is NULL does not filter. A damaged envelope may be no JSON, and has no source
// then.
constexpr char kSelectPageSql[] =
    "SELECT e.seq, e.event_id, e.bus_arn, e.accepted_at, e.trace_header, e.visited_buses,"
    " e.envelope, e.checksum, (SELECT COUNT(*) FROM deliveries AS d WHERE d.event_seq = e.seq),"
    " (SELECT COUNT(*) FROM attempts AS a WHERE a.event_seq = e.seq AND a.error_code <> '') AS bad"
    " FROM events AS e WHERE e.seq >= ?1 AND e.seq < ?2"
    " AND (?3 IS NULL OR e.bus_arn = ?3)"
    " AND (?4 IS NULL OR iif(json_valid(e.envelope), e.envelope ->> '$.source', NULL) = ?4)"
    " AND (?5 IS NULL OR"
    " iif(json_valid(e.envelope), e.envelope ->> '$.\"detail-type\"', NULL) = ?5)"
    " AND (?6 IS NULL OR e.accepted_at >= ?6) AND (?7 IS NULL OR e.accepted_at < ?7)"
    " AND (?8 = 0 OR bad > 0) ORDER BY e.seq DESC LIMIT ?9";
constexpr char kSelectSeqRangeSql[] = "SELECT MIN(seq), MAX(seq) FROM events";
constexpr char kSelectAcceptedAtSql[] =
    "SELECT accepted_at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1";

std::optional<std::int64_t> millis_of(const std::optional<WallTime>& time) {
    return time ? std::optional(to_millis(*time)) : std::nullopt;
}

}  // namespace

EventQuery::EventQuery(sqlite::Database& db)
    : db_(db),
      select_entries_(db, kSelectEntriesSql),
      select_owed_(db, kSelectOwedSql),
      select_first_of_key_(db, kSelectFirstOfKeySql),
      select_attempts_(db, kSelectAttemptsSql),
      select_lane_(db, kSelectLaneSql),
      select_letter_attempts_(db, kSelectLetterAttemptsSql),
      select_page_(db, kSelectPageSql),
      select_seq_range_(db, kSelectSeqRangeSql),
      select_accepted_at_(db, kSelectAcceptedAtSql) {}

void EventQuery::add_owed(std::int64_t seq, std::vector<DeliveryTrace>& deliveries) {
    auto rows = select_owed_.query(seq);
    while (rows.next()) {
        DeliveryTrace delivery;
        delivery.id = {seq, rows.integer(0)};
        delivery.is_owed = true;
        delivery.due_at = from_millis(rows.integer(1));
        delivery.attempts_made = static_cast<int>(rows.integer(2));
        deliveries.push_back(std::move(delivery));
    }
}

void EventQuery::add_attempts(std::int64_t seq, std::vector<DeliveryTrace>& deliveries) {
    auto rows = select_attempts_.query(seq);
    while (rows.next()) {
        const DeliveryId id{seq, rows.integer(0)};
        auto at = std::ranges::find(deliveries, id, &DeliveryTrace::id);
        if (at == deliveries.end()) {
            DeliveryTrace delivery;
            delivery.id = id;
            deliveries.push_back(std::move(delivery));
            at = std::prev(deliveries.end());
        }
        at->attempts.push_back(read_attempt(rows, 1));
    }
}

void EventQuery::name_lane(DeliveryTrace& delivery) {
    auto rows = select_lane_.query(delivery.id.lane);
    if (rows.next()) {
        delivery.rule_arn = rows.text(0);
        delivery.target_id = rows.text(1);
    }
}

std::string EventQuery::first_of_key(DeliveryId id) {
    auto rows = select_first_of_key_.query(id.event, id.lane);
    return rows.next() ? std::string(rows.text(0)) : std::string();
}

EventRecord EventQuery::find(const std::string& event_id, DeadLetterQuery& dead_letters) {
    const sqlite::Snapshot snapshot(db_);
    EventRecord record;
    std::vector<std::int64_t> seqs;
    {
        auto rows = select_entries_.query(event_id, kEntriesMax);
        while (rows.next()) {
            seqs.push_back(rows.integer(0));
            record.entries.push_back({read_checked_event(rows, 1).event, {}});
        }
    }
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        auto& deliveries = record.entries[i].deliveries;
        add_owed(seqs[i], deliveries);
        add_attempts(seqs[i], deliveries);
        std::ranges::sort(deliveries, {}, [](const DeliveryTrace& d) { return d.id.lane; });
        for (DeliveryTrace& delivery : deliveries) {
            name_lane(delivery);
            if (delivery.is_owed && delivery.due_at == kNeverDue) {
                delivery.behind_event = first_of_key(delivery.id);
            }
        }
    }
    DeadLetterFilter filter;
    filter.event_id = event_id;
    record.dead_letters = dead_letters.find(filter, {}, kLettersMax);
    return record;
}

std::vector<Attempt> EventQuery::attempts_of(std::int64_t letter) {
    std::vector<Attempt> attempts;
    auto rows = select_letter_attempts_.query(letter);
    while (rows.next()) {
        attempts.push_back(read_attempt(rows, 0));
    }
    return attempts;
}

std::int64_t EventQuery::first_seq_at(WallTime time) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    {
        auto rows = select_seq_range_.query();
        if (rows.next()) {
            low = rows.integer(0);
            high = rows.integer(1) + 1;
        }
    }
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        auto rows = select_accepted_at_.query(middle);
        if (rows.next() && rows.integer(0) < to_millis(time)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

EventPage
EventQuery::list(const EventFilter& filter, std::optional<std::int64_t> before, std::size_t limit) {
    const std::int64_t first =
        first_seq_at(filter.from ? *filter.from - kDisorder : WallTime::min());
    std::int64_t end = first_seq_at(filter.to ? *filter.to + kDisorder : WallTime::max());
    end = before ? std::min(end, *before) : end;
    const std::int64_t begin = std::max(first, end - kRowsPerPage);
    EventPage page;
    auto rows = select_page_.query(
        begin,
        end,
        filter.bus_arn,
        filter.source,
        filter.detail_type,
        millis_of(filter.from),
        millis_of(filter.to),
        filter.failed_only ? 1 : 0,
        limit);
    while (rows.next()) {
        EventSummary summary;
        summary.number = rows.integer(0);
        summary.event = read_checked_event(rows, 1).event;
        summary.owed = static_cast<std::uint64_t>(rows.integer(8));
        summary.failed_attempts = static_cast<std::uint64_t>(rows.integer(9));
        page.events.push_back(std::move(summary));
    }
    if (page.events.size() == limit && limit != 0) {
        page.before = page.events.back().number;
    } else if (begin > first) {
        page.before = begin;
    }
    return page;
}

}  // namespace eventbus
