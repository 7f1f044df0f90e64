#include "unindexed_deliveries.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <functional>

namespace eventbus {
namespace {

constexpr char kSelectSql[] =
    "SELECT event_seq, lane_id, due_at FROM deliveries NOT INDEXED WHERE is_unindexed = 1";
constexpr char kIndexSql[] =
    "UPDATE deliveries SET is_unindexed = NULL WHERE event_seq = ? AND lane_id = ?";

// A lane keeps that many here. With twice as many, the later ones are indexed: together, because
// they share pages, and with those of lanes that owe the same events.
constexpr std::size_t kLaneShare = 64;

// A lane in which so many wait, of which so many come with each transaction, is flooded.
constexpr std::size_t kFloodWaiting = 512;
constexpr std::size_t kFloodRows = 16;

}  // namespace

UnindexedDeliveries::UnindexedDeliveries(sqlite::Database& db) : index_(db, kIndexSql) {
    sqlite::Statement select(db, kSelectSql);
    auto rows = select.query();
    while (rows.next()) {
        add({rows.integer(0), rows.integer(1)}, from_millis(rows.integer(2)));
    }
}

void UnindexedDeliveries::add(DeliveryId id, WallTime due_at) {
    Lane& lane = lanes_[id.lane];
    const Entry entry{due_at, id.event};
    // Nearly always the last one.
    const auto after =
        std::upper_bound(lane.entries.rbegin(), lane.entries.rend(), entry, std::greater<>());
    lane.entries.insert(after.base(), entry);
    ++size_;
    note_crowd(id.lane, lane);
}

void UnindexedDeliveries::note_crowd(LaneId id, Lane& lane) {
    if (!lane.is_crowded && lane.entries.size() >= 2 * kLaneShare) {
        lane.is_crowded = true;
        crowded_.push_back(id);
    }
    if (!lane.is_flooded && lane.entries.size() >= kFloodWaiting) {
        lane.is_flooded = true;
        lane.in_transaction = kFloodRows;
    }
}

bool UnindexedDeliveries::is_for_the_index(LaneId id) {
    const auto found = lanes_.find(id);
    if (found == lanes_.end() || !found->second.is_flooded) {
        return false;
    }
    Lane& lane = found->second;
    if (lane.transaction != transaction_) {
        lane.is_flooded = lane.in_transaction >= kFloodRows;
        lane.transaction = transaction_;
        lane.in_transaction = 0;
    }
    ++lane.in_transaction;
    return lane.is_flooded;
}

const UnindexedDeliveries::Entries& UnindexedDeliveries::of(LaneId lane) const {
    static const Entries kNone;
    const auto found = lanes_.find(lane);
    return found == lanes_.end() ? kNone : found->second.entries;
}

void UnindexedDeliveries::claimed(LaneId lane, std::size_t count) {
    if (count == 0) {
        return;
    }
    Entries& entries = lanes_.at(lane).entries;
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count));
    size_ -= count;
    forget_if_empty(lane);
}

void UnindexedDeliveries::take(DeliveryId id) {
    const auto lane = lanes_.find(id.lane);
    if (lane == lanes_.end()) {
        return;
    }
    Entries& entries = lane->second.entries;
    const auto found = std::ranges::find(entries, id.event, &Entry::event_seq);
    if (found == entries.end()) {
        return;
    }
    taken_.emplace_back(id, found->due_at);
    entries.erase(found);
    --size_;
    forget_if_empty(id.lane);
}

void UnindexedDeliveries::index(std::size_t rows) {
    const std::size_t before = size_;
    while (!crowded_.empty() && before - size_ < rows) {
        const LaneId id = crowded_.front();
        crowded_.pop_front();
        Lane& lane = lanes_.at(id);
        lane.is_crowded = false;
        index_surplus_of(id, lane, rows - (before - size_));
        note_crowd(id, lane);
        forget_if_empty(id);
    }
}

void UnindexedDeliveries::index_surplus_of(LaneId id, Lane& lane, std::size_t rows) {
    for (; rows > 0 && lane.entries.size() > kLaneShare; --rows) {
        const Entry entry = lane.entries.back();
        taken_.emplace_back(DeliveryId{entry.event_seq, id}, entry.due_at);
        lane.entries.pop_back();
        --size_;
        index_.run(entry.event_seq, id);
    }
}

void UnindexedDeliveries::committed() {
    taken_.clear();
    ++transaction_;
}

void UnindexedDeliveries::rolled_back() {
    ++transaction_;
    for (const auto& [id, due_at] : std::exchange(taken_, {})) {
        add(id, due_at);
    }
}

// One that is listed as crowded stays until its turn.
void UnindexedDeliveries::forget_if_empty(LaneId lane) {
    const auto found = lanes_.find(lane);
    if (found->second.entries.empty() && !found->second.is_crowded) {
        lanes_.erase(found);
    }
}

}  // namespace eventbus
