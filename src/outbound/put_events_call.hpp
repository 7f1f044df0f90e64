#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/event.hpp"
#include "eventbus/http/client.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What the wire form of PutEvents needs to know beside the events.
struct PutEventsTarget {
    std::string_view bus_arn;
    bool keeps_identity = false;  // one of our own daemons: an entry carries "EventbusdForwarding"
};

// The body of a PutEvents call: Detail is the envelope's detail as it stands, Time its time.
std::string put_events_body(const PutEventsTarget& target, std::span<const EventPtr> events);

// The size of an entry as the service counts it.
std::size_t put_events_entry_bytes(const Event& event);

// How many of `events` fit into one call, from the front: at least one, at most ten.
std::size_t put_events_batch(std::span<const EventPtr> events);

// The answer of a call, by entry.
struct PutEventsVerdict {
    std::vector<AttemptResult> results;
    // The call as a whole was refused for good, which one bad entry can cause: each deserves a call
    // of its own.
    bool is_worth_splitting = false;
};

PutEventsVerdict
read_put_events_answer(const http::ClientResponse& answer, std::size_t entries, WallTime now);

}  // namespace eventbus
