#include "due_claim.hpp"

#include "eventbus/base/log.hpp"

#include "event_row.hpp"

#include <tuple>
#include <utility>

namespace eventbus {

Outcome dead_of_damage(JournalTables& tables, const Delivery& delivery, WallTime now) {
    log::error(
        "an event is damaged in the store; its delivery becomes a dead letter",
        {{"event", delivery.event->id}, {"event_seq", delivery.id.event}});
    Outcome outcome;
    outcome.kind = Outcome::Kind::dead_letter;
    outcome.id = delivery.id;
    outcome.attempts = delivery.attempts;
    outcome.error_code = kDamagedCode;
    DeadLetter letter;
    letter.event = delivery.event;
    letter.lane = delivery.id.lane;
    std::tie(letter.rule_arn, letter.target_id) = tables.lane_names(delivery.id.lane);
    letter.error_code = kDamagedCode;
    letter.error_message = "The event is damaged in the store; it was not delivered.";
    letter.attempts = delivery.attempts;
    letter.dead_at = now;
    outcome.dead_letter = std::move(letter);
    return outcome;
}

ClaimResult claim_due(
    JournalTables& tables,
    ClaimTable& claims,
    const ClaimRequest& request,
    std::vector<Outcome>& damaged) {
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
        auto loaded = tables.load(id);
        const auto bytes = static_cast<std::int64_t>(stored_bytes(*loaded.delivery.event));
        claims.take(id, {bytes, false});
        if (loaded.is_damaged) {
            damaged.push_back(dead_of_damage(tables, loaded.delivery, request.now));
        } else {
            result.deliveries.push_back(std::move(loaded.delivery));
        }
    }
    return result;
}

}  // namespace eventbus
