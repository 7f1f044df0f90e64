#pragma once

#include "eventbus/match/event_pattern.hpp"

#include "matcher.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eventbus {

// What a pattern compiles to: sub-rules, of which one must match (more than one only with `$or`),
// each a conjunction of conditions on paths. Conditions refer to paths and lists by index, because
// `$or` repeats them a thousandfold.
class EventPattern {
public:
    struct Condition {
        std::uint32_t path;  // index into paths
        std::uint32_t list;  // index into lists
    };

    struct SubRule {
        std::vector<Condition> conditions;  // ascending by path, each path once
        bool tests_absence = false;         // some list accepts an absent field
    };

    std::vector<std::string> paths;  // in the order of their UTF-16 units: the order of evaluation
    std::vector<matching::MatcherList> lists;
    std::vector<SubRule> sub_rules;
};

namespace matching {

// Field names joined with dots, without any escaping: in the language, {"a.b":…} and {"a":{"b":…}}
// are one path.
inline void append_path_step(std::string& path, bool is_top_level, std::string_view name) {
    if (!is_top_level) {
        path.push_back('.');
    }
    path += name;
}

}  // namespace matching
}  // namespace eventbus
