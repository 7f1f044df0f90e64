#include "due_claim.hpp"

#include "event_row.hpp"

#include <utility>

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
        auto delivery = tables.load(id);
        claims.take(id, {static_cast<std::int64_t>(stored_bytes(*delivery.event)), false});
        result.deliveries.push_back(std::move(delivery));
    }
    return result;
}

}  // namespace eventbus
