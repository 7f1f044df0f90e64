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

// In order, and none touches another.
std::vector<Pause> united(std::vector<Pause> pauses) {
    std::ranges::sort(pauses, {}, &Pause::from);
    std::vector<Pause> all;
    for (const Pause& pause : pauses) {
        if (!all.empty() && pause.from <= all.back().until) {
            all.back().until = std::max(all.back().until, pause.until);
        } else {
            all.push_back(pause);
        }
    }
    return all;
}

Json to_json(const std::vector<Pause>& pauses) {
    Json json = Json::array();
    for (const Pause& pause : pauses) {
        Json one = Json::array();
        one.push_back(to_millis(pause.from));
        one.push_back(to_millis(pause.until));
        json.push_back(std::move(one));
    }
    return json;
}

// Versions before this one kept the last pause only.
std::vector<Pause> pauses_of(const Json& json) {
    std::vector<Pause> pauses;
    if (const auto all = json.find("Pauses"); all != json.end()) {
        for (const Json& one : *all) {
            pauses.push_back(
                {WallTime(Millis(one.at(0).get<std::int64_t>())),
                 WallTime(Millis(one.at(1).get<std::int64_t>()))});
        }
    } else if (const Pause last{time_of(json, "PausedFromMs"), time_of(json, "PausedUntilMs")};
               last != Pause()) {
        pauses.push_back(last);
    }
    return pauses;
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
    if (state.kind == Kind::paused && now > state.since) {
        changed.pauses.push_back({state.since, now});
        changed.pauses = united(std::move(changed.pauses));
        if (changed.pauses.size() > kPausesMax) {
            changed.pauses.erase(changed.pauses.begin());
        }
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
    combined.pauses.insert(combined.pauses.end(), of_rule.pauses.begin(), of_rule.pauses.end());
    combined.pauses = united(std::move(combined.pauses));
    return combined;
}

Millis paused_time(const TargetState& state, WallTime from, WallTime now) {
    Millis paused{0};
    const auto add = [&](const Pause& pause) {
        const auto begun = std::max(pause.from, from);
        paused += std::max(std::min(pause.until, now) - begun, Millis::zero());
    };
    // What is still paused may have been so, by its rule, for a part of the pauses before.
    WallTime before = now;
    if (state.kind == Kind::paused) {
        add({state.since, now});
        before = state.since;
    }
    for (const Pause& pause : state.pauses) {
        add({pause.from, std::min(pause.until, before)});
    }
    return paused;
}

std::string to_document(const TargetState& state) {
    Json json;
    json["State"] = to_string(state.kind);
    json["SinceMs"] = to_millis(state.since);
    documents::put_text(json, "Reason", state.reason);
    json["Pauses"] = to_json(state.pauses);
    // For a version before this one, after a way back to it.
    const Pause last = state.pauses.empty() ? Pause() : state.pauses.back();
    json["PausedFromMs"] = to_millis(last.from);
    json["PausedUntilMs"] = to_millis(last.until);
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
        state.pauses = pauses_of(json);
        return state;
    });
}

}  // namespace eventbus
