#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// A time in which a target was not delivered to.
struct Pause {
    WallTime from;
    WallTime until;

    bool operator==(const Pause&) const = default;
};

// So many are remembered; of more, the latest.
inline constexpr std::size_t kPausesMax = 64;

// Whether a target is delivered to, beside what its rule says.
struct TargetState {
    enum class Kind {
        active,
        paused,   // by an operator: what it is owed waits, and does not grow old meanwhile
        disabled  // the target answered that it is gone: what it is owed becomes dead letters
    };

    Kind kind = Kind::active;
    WallTime since;      // paused or disabled
    std::string reason;  // disabled: why

    // The latest pauses that are over, one after the other.
    std::vector<Pause> pauses;

    bool operator==(const TargetState&) const = default;
};

// "ACTIVE", "PAUSED", "DISABLED".
std::string_view to_string(TargetState::Kind kind);

// The state after an operator (or the target itself) has asked for `kind`. Asking for what is
// already so changes nothing.
TargetState
changed_state(const TargetState& state, TargetState::Kind kind, std::string reason, WallTime now);

// What holds for a target whose own state and whose rule's state are these.
TargetState combined_state(const TargetState& of_target, const TargetState& of_rule);

// How much of the time from `from` to `now` the target was paused, as far as is remembered.
Millis paused_time(const TargetState& state, WallTime from, WallTime now);

// As stored in the catalog.
std::string to_document(const TargetState& state);
[[nodiscard]] Result<TargetState> target_state_from_document(std::string_view document);

}  // namespace eventbus
