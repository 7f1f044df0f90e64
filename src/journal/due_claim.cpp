#include "due_claim.hpp"

#include "event_row.hpp"

namespace eventbus {

ClaimResult claim_due(JournalTables& tables, ClaimTable& claims, const ClaimRequest& request) {
    ClaimResult result;
    auto owed = tables.owed_in(request.lane);
    while (owed.next()) {
        const auto due = JournalTables::read_due(owed);
        const DeliveryId id{due.event_seq, request.lane};
        if (claims.holds(id)) {
            continue;
        }
        if (due.due_at == kNeverDue) {
            break;  // from here on everything waits for another delivery of its key
        }
        if (due.due_at > request.now || result.deliveries.size() == request.limit) {
            result.next_due_at = due.due_at;
            break;
        }
        result.deliveries.push_back(tables.load(id));
    }
    // Not before all is read: of what was read until an error nobody would ever hear.
    for (const Delivery& delivery : result.deliveries) {
        const auto bytes = static_cast<std::int64_t>(stored_bytes(*delivery.event));
        claims.take(delivery.id, {bytes, false});
    }
    return result;
}

}  // namespace eventbus
