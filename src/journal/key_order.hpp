#pragma once

#include "eventbus/core/delivery.hpp"

#include "sqlite.hpp"

#include <optional>
#include <string>
#include <unordered_set>

namespace eventbus {

// Deliveries that wait for one another: of those with the same key in a lane, only the first is
// due, the others have a due time that never comes. The end of the first makes the next one due in
// the same transaction, so claims never see what waits, however much it is. Lanes without keys cost
// a look at an empty set. Owned by the writer thread; everything throws SqliteError.
class KeyOrder {
public:
    explicit KeyOrder(sqlite::Database& db);

    // Puts a delivery that is about to be written at the end of its key. Whether it has to wait.
    bool append(DeliveryId id, const std::string& key);

    // The delivery is no longer owed: the one that may go now, if there is one.
    std::optional<DeliveryId> end(DeliveryId id);

    // The delivery has become that dead letter, and ends with it: call before end().
    void keep_key(DeliveryId id, std::int64_t dead_letter);
    // The key that a dead letter's delivery had.
    std::optional<std::string> key_of(std::int64_t dead_letter);

private:
    bool may_know(LaneId lane) const { return !lanes_.empty() && lanes_.contains(lane); }

    std::optional<std::string> find_key(DeliveryId id);

    sqlite::Statement select_any_;
    sqlite::Statement insert_;
    sqlite::Statement select_key_;
    sqlite::Statement remove_;
    sqlite::Statement select_first_;
    sqlite::Statement make_due_;
    sqlite::Statement insert_letter_;
    sqlite::Statement select_letter_;
    std::unordered_set<LaneId> lanes_;  // that have, or had, keys
};

}  // namespace eventbus
