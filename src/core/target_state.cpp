#include "eventbus/core/target_state.hpp"

#include "documents.hpp"

#include <algorithm>
#include <utility>

namespace eventbus {

namespace {

using documents::Json;
using Kind = TargetState::Kind;

std::int64_t to_millis(WallTime at) {
    return at.time_since_epoch().count();
}

WallTime time_of(const Json& json, const char* key) {
    return WallTime(Millis(json.value(key, std::int64_t{0})));
}

Millis overlap(WallTime from, WallTime until, WallTime begin, WallTime end) {
    return std::max(std::min(until, end) - std::max(from, begin), Millis::zero());
}

}  // namespace

std::string_view to_string(TargetState::Kind kind) {
    switch (kind) {
        case Kind::active:
            return "ACTIVE";
        case Kind::paused:
            return "PAUSED";
        case Kind::disabled:
            break;
    }
    return "DISABLED";
}

TargetState changed_state(const TargetState& state, Kind kind, std::string reason, WallTime now) {
    if (state.kind == kind) {
        return state;
    }
    TargetState changed = state;
    if (state.kind == Kind::paused) {
        changed.paused_from = state.since;
        changed.paused_until = now;
    }
    changed.kind = kind;
    changed.since = kind == Kind::active ? WallTime() : now;
    changed.reason = kind == Kind::disabled ? std::move(reason) : std::string();
    return changed;
}

TargetState combined_state(const TargetState& of_target, const TargetState& of_rule) {
    TargetState combined = of_target;
    if (of_target.kind == Kind::active && of_rule.kind == Kind::paused) {
        combined.kind = Kind::paused;
        combined.since = of_rule.since;
    } else if (of_target.kind == Kind::paused && of_rule.kind == Kind::paused) {
        combined.since = std::min(of_target.since, of_rule.since);
    }
    if (of_rule.paused_until > of_target.paused_until) {
        combined.paused_from = of_rule.paused_from;
        combined.paused_until = of_rule.paused_until;
    }
    return combined;
}

Millis paused_time(const TargetState& state, WallTime from, WallTime now) {
    Millis paused = overlap(state.paused_from, state.paused_until, from, now);
    if (state.kind == Kind::paused) {
        paused += overlap(state.since, now, from, now);
    }
    return paused;
}

std::string to_document(const TargetState& state) {
    Json json;
    json["State"] = to_string(state.kind);
    json["SinceMs"] = to_millis(state.since);
    documents::put_text(json, "Reason", state.reason);
    json["PausedFromMs"] = to_millis(state.paused_from);
    json["PausedUntilMs"] = to_millis(state.paused_until);
    return json.dump();
}

Result<TargetState> target_state_from_document(std::string_view document) {
    return documents::reading<TargetState>("state of a target", [&] {
        const auto json = Json::parse(document);
        const auto text = json.at("State").get<std::string>();
        TargetState state;
        state.kind = text == "PAUSED"     ? Kind::paused
                     : text == "DISABLED" ? Kind::disabled
                                          : Kind::active;
        state.since = time_of(json, "SinceMs");
        state.reason = documents::get_text(json, "Reason");
        state.paused_from = time_of(json, "PausedFromMs");
        state.paused_until = time_of(json, "PausedUntilMs");
        return state;
    });
}

}  // namespace eventbus
