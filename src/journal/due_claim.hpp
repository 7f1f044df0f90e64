#pragma once

#include "eventbus/journal/journal.hpp"

#include "claim_table.hpp"
#include "journal_tables.hpp"

#include <vector>

namespace eventbus {

// The end of a delivery whose rows are damaged: a dead letter with what is left of the event. Logs
// it. Throws SqliteError.
Outcome dead_of_damage(JournalTables& tables, const Delivery& delivery, WallTime now);

// Takes what is due in a lane and held by nobody. Reads the lane's index from its earliest delivery
// on, and no further than the limit, what is held, and one more. What cannot be delivered because
// its rows are damaged is claimed too, and its end is put into `damaged`, to be recorded. Throws
// SqliteError.
ClaimResult claim_due(
    JournalTables& tables,
    ClaimTable& claims,
    const ClaimRequest& request,
    std::vector<Outcome>& damaged);

}  // namespace eventbus
