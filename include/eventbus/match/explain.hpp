#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/match/event_pattern.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// Why a pattern does or does not match an event. A pattern with `$or` has several alternatives.
struct MatchExplanation {
    struct Alternative {
        bool matches = false;
        // The first condition, in the order of evaluation, that no value of the event satisfies:
        // the field's names joined with dots, and its list of matchers as a pattern spells it. Both
        // are empty if each condition alone is satisfied and yet no one array element satisfies
        // all.
        std::string failed_path;
        std::string failed_condition;
        // The values that the event has there, as JSON; none: the field is absent.
        std::vector<std::string> found;
    };

    bool matches = false;
    std::vector<Alternative> alternatives;

    // For people, one line for each alternative.
    std::string to_string() const;
};

// Fails as `matches` does.
[[nodiscard]] Result<MatchExplanation> explain_match(
    const EventPattern& pattern,
    std::string_view event_json);

}  // namespace eventbus
