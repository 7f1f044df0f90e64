#pragma once

#include "eventbus/core/delivery.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// How far one delivery of an event has come.
struct DeliveryTrace {
    DeliveryId id;
    std::string rule_arn;
    std::string target_id;
    bool is_owed = false;
    bool is_held = false;      // owed and in its lane: being sent, or next in line
    WallTime due_at;           // if it is owed; kNeverDue: it waits for another one of its key,
    std::string behind_event;  // … namely the first one, of this event
    int attempts_made = 0;     // if it is owed
    std::vector<Attempt> attempts;  // the first and the latest ones, by number
};

// One entry of an event into one bus. There is one for each bus that the event has been on, and
// another one each time that it was redriven or sent again.
struct EventTrace {
    EventPtr event;
    std::vector<DeliveryTrace> deliveries;  // owed or tried, in order of lane
};

// All that is known of an event; empty if nothing is.
struct EventRecord {
    std::vector<EventTrace> entries;       // oldest first
    std::vector<DeadLetter> dead_letters;  // those that are kept now, oldest first
};

struct EventFilter {
    std::optional<std::string> bus_arn;
    std::optional<std::string> source;
    std::optional<std::string> detail_type;
    std::optional<WallTime> from;  // accepted at or after
    std::optional<WallTime> to;    // accepted before
    bool failed_only = false;      // with an attempt that failed
};

struct EventSummary {
    std::int64_t number = 0;  // grows with each entry of an event into a bus
    EventPtr event;
    std::uint64_t owed = 0;             // deliveries
    std::uint64_t failed_attempts = 0;  // of those in the attempt log
};

struct EventPage {
    std::vector<EventSummary> events;    // newest first
    std::optional<std::int64_t> before;  // where to go on; nullopt: that was all
};

// What sending an event again came to.
enum class Redelivery {
    sent_again,       // it owes the delivery anew, with fresh attempts and age
    brought_forward,  // the delivery was owed already, and is due now
    in_flight         // the same, and its lane is about to send it anyway
};

}  // namespace eventbus
