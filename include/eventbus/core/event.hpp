#pragma once

#include "eventbus/base/clock.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// An accepted event on one bus. Immutable and shared between its deliveries.
struct Event {
    std::string id;
    std::string bus_arn;
    WallTime accepted_at;  // when we took it in ("ingestion time"); the retry age counts from here
    std::string envelope;  // the complete JSON text that rules see and targets get
    std::string trace_header;  // PutEvents' TraceHeader, or empty; never in the envelope
    // Every bus that the event has entered, this one last. One entry per hop and one more.
    std::vector<std::string> visited_buses;
};

using EventPtr = std::shared_ptr<const Event>;

// The parts of an envelope. `detail` is JSON text and is carried through untouched, so numbers keep
// their spelling.
struct EnvelopeFields {
    std::string_view id;
    std::string_view detail_type;
    std::string_view source;
    std::string_view account;
    WallTime time;
    std::string_view region;
    std::string_view replay_name;  // empty: not a replay
    std::span<const std::string> resources;
    std::string_view detail;
};

// The envelope in the service's key order: version, id, detail-type, source, account, time, region,
// [replay-name], resources, detail; compact, `time` without a fraction.
std::string write_envelope(const EnvelopeFields& fields);

// One of the texts that stand before `resources` in an envelope of write_envelope(), as it is
// spelled there, without its quotes. nullopt if it is not there.
std::optional<std::string_view> find_envelope_text(
    std::string_view envelope,
    std::string_view member);

// The envelope of the same event in a replay: another id, and the replay's name. nullopt if
// `envelope` is not one of write_envelope().
std::optional<std::string>
replayed_envelope(std::string_view envelope, std::string_view id, std::string_view replay_name);

}  // namespace eventbus
