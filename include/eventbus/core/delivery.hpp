#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/event.hpp"
#include "eventbus/core/rule.hpp"
#include "eventbus/core/target_state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventbus {

// The queue of one target of one rule. Given by the journal, once per (rule ARN, target id), for
// ever.
using LaneId = std::int64_t;

// One event for one target; an event owes at most one delivery to a lane. Opaque to everybody but
// the journal.
struct DeliveryId {
    std::int64_t event = 0;
    LaneId lane = 0;

    bool operator==(const DeliveryId&) const = default;
};

struct DeliveryIdHash {
    std::size_t operator()(const DeliveryId& id) const {
        return std::hash<std::int64_t>{}(id.event * 0x9E3779B97F4A7C15LL ^ id.lane);
    }
};

// An owed delivery, as claimed from the journal.
struct Delivery {
    DeliveryId id;
    EventPtr event;
    WallTime due_at;
    int attempts = 0;  // made so far
    // The store has lost the event or holds it as it was not written: it must not be sent. The
    // event is what is left of it.
    bool is_damaged = false;
};

// The error code of deliveries that cannot be made because their event is damaged in the store.
inline constexpr char kDamagedCode[] = "CORRUPT";

// What orders a delivery: it is not due before those of the same key in its lane that were accepted
// earlier have been delivered or are dead letters.
struct OrderingKey {
    LaneId lane = 0;
    std::string key;
};

// The due time of what waits for another delivery.
inline constexpr WallTime kNeverDue{Millis{std::int64_t{1} << 62}};

// What makes an event a repeat of another one: the same key before the other's has expired.
struct Deduplication {
    std::string key;     // scope and key, as one text
    std::string digest;  // of the content as the client sent it
    WallTime expires_at;
};

// An event together with the lanes that it owes a delivery to and the archives that keep it: what a
// match amounts to.
struct NewEvent {
    EventPtr event;
    std::vector<LaneId> owed;
    ArchiveCopies archived{};
    std::shared_ptr<const Deduplication> deduplication = nullptr;  // for Journal::append_once
    std::vector<OrderingKey> keys = {};  // of those of the lanes whose target asks for an order
};

// A target in its rule: what a lane resolves to now. Immutable. Texts are the rule's own.
struct BoundTarget {
    // The one at `place` among the rule's targets.
    BoundTarget(LaneId its_lane, const RulePtr& its_rule, std::size_t place, TargetState its_state)
        : lane(its_lane),
          rule(its_rule),
          rule_name(rule->name),
          rule_arn(rule->arn),
          bus_arn(rule->bus_arn),
          target(rule->targets.at(place)),
          state(std::move(its_state)) {}

    LaneId lane = 0;
    RulePtr rule;
    const std::string& rule_name;
    const std::string& rule_arn;
    const std::string& bus_arn;
    const Target& target;
    TargetState state;
};

using BoundTargetPtr = std::shared_ptr<const BoundTarget>;

// How delivering to a target goes at the moment.
struct LaneStatus {
    LaneId lane = 0;
    std::size_t in_flight = 0;  // calls
    bool is_down = false;       // its circuit breaker is open: nothing is attempted but probes
    std::optional<WallTime> next_probe_at;
    // What is due waits for the target's rate until then.
    std::optional<WallTime> rate_turn_at;

    struct Batch {
        WallTime begun_at;  // with the acceptance of its first event
        WallTime goes_at;   // if it is not full before
    };

    std::optional<Batch> batch;   // that is being filled
    std::string last_error_code;  // of the last attempt that failed
    std::string last_error_message;
    std::optional<WallTime> last_error_at;
};

// How much of an answer's body the attempt log keeps.
inline constexpr std::size_t kResponseBytesKept = 1024;

// What one attempt left behind, for whoever asks what became of an event.
struct Attempt {
    int number = 0;  // of its delivery, from 1
    WallTime started_at;
    Millis duration{0};
    unsigned http_status = 0;  // 0: no answer
    std::string error_code;    // empty: delivered
    std::string error_message;
    std::string response;  // the first bytes of the answer's body as they came, secrets masked

    bool operator==(const Attempt&) const = default;
};

// What became of one attempt. `code` is one of the service's error codes (api reference:
// CONNECTION_FAILURE, ERROR_FROM_TARGET, TIMEOUT, THROTTLING, NO_RESOURCE, NO_PERMISSIONS,
// INVALID_JSON, INVALID_PARAMETER, SDK_CLIENT_ERROR, INTERNAL_ERROR, THIRD_ACCOUNT_HOP_DETECTED) or
// one of ours (BLOCKED_ADDRESS, LOOP_DETECTED, BAD_RESPONSE, TLS_FAILURE, DNS_FAILURE).
struct AttemptResult {
    enum class Verdict {
        delivered,
        retriable,  // trying again later may help
        permanent   // it cannot
    };

    Verdict verdict = Verdict::delivered;
    std::string code;
    std::string message;
    unsigned http_status = 0;           // 0: no answer
    std::optional<Millis> retry_after;  // what the target asked for, not yet clamped
    std::string response;               // as in Attempt
    std::vector<NewEvent>
        follow_ups;  // events that this delivery itself put on a bus of this daemon
};

// A delivery that could not be made, with the service's attributes.
struct DeadLetter {
    std::int64_t id = 0;
    std::string queue_arn;  // of DeadLetterConfig, or empty: the default queue
    EventPtr event;         // the original, untransformed
    LaneId lane = 0;
    std::string rule_arn;
    std::string target_id;
    std::string target_arn;
    std::string error_code;
    std::string error_message;
    int attempts = 0;  // tries made; the service's RETRY_ATTEMPTS is one less, at least 0
    std::string
        exhausted_retry_condition;  // "MaximumRetryAttempts", "MaximumEventAgeInSeconds" or empty
    WallTime dead_at;
};

}  // namespace eventbus
