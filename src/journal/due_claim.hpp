#pragma once

#include "eventbus/journal/journal.hpp"

#include "claim_table.hpp"
#include "journal_tables.hpp"
#include "unindexed_deliveries.hpp"

namespace eventbus {

// Takes what is due in a lane and held by nobody, indexed or not. Reads the lane's index from its
// earliest delivery on, and no further than the limit, what is held, and one more. Throws
// SqliteError.
ClaimResult claim_due(
    JournalTables& tables,
    UnindexedDeliveries& unindexed,
    ClaimTable& claims,
    const ClaimRequest& request);

}  // namespace eventbus
