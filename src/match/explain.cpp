#include "eventbus/match/explain.hpp"

#include "eventbus/base/json_text.hpp"

#include "compiled_pattern.hpp"
#include "consistency_search.hpp"
#include "describe.hpp"
#include "event_flattener.hpp"
#include "path_table.hpp"

#include <algorithm>

namespace eventbus {
namespace {

using matching::ConsistencySearch;
using matching::EventLeaves;
using matching::Leaf;

std::string spelled(const Leaf& leaf) {
    switch (leaf.kind) {
        case Leaf::Kind::string:
            return json_string(leaf.text);
        case Leaf::Kind::number:
            return std::string(leaf.text);
        case Leaf::Kind::true_literal:
            return "true";
        case Leaf::Kind::false_literal:
            return "false";
        case Leaf::Kind::null_literal:
            break;
    }
    return "null";
}

bool holds(const ConsistencySearch::Condition& condition, const EventLeaves& event) {
    const auto leaves = event.at(condition.path);
    if (condition.list->accepts_absence && (leaves.empty() || event.in_elements(condition.path))) {
        return true;
    }
    return std::any_of(leaves.begin(), leaves.end(), [&](std::uint32_t leaf) {
        return condition.list->accepts(event.leaves()[leaf].leaf);
    });
}

}  // namespace

Result<MatchExplanation> explain_match(const EventPattern& pattern, std::string_view event_json) {
    matching::PathTable table;
    std::vector<std::uint32_t> path_ids;
    for (const std::string& path : pattern.paths) {
        path_ids.push_back(table.add(path));
    }
    matching::EventFlattener flattener;
    EventLeaves event;
    if (const auto flat = flattener.flatten(event_json, table, event); !flat) {
        return flat.error();
    }
    MatchExplanation out;
    ConsistencySearch search;
    for (const EventPattern::SubRule& sub_rule : pattern.sub_rules) {
        auto& alternative = out.alternatives.emplace_back();
        std::vector<ConsistencySearch::Condition> conditions;
        for (const auto& [path, list] : sub_rule.conditions) {
            conditions.push_back({path_ids[path], &pattern.lists[list]});
        }
        const auto failed = std::find_if(conditions.begin(), conditions.end(), [&](const auto& c) {
            return !holds(c, event);
        });
        if (failed == conditions.end()) {
            const auto outcome = search.run(conditions, event);
            if (outcome == ConsistencySearch::Outcome::gave_up) {
                return Error(
                    Errc::limit_exceeded,
                    "Event is too complex: its arrays allow too many combinations");
            }
            alternative.matches = outcome == ConsistencySearch::Outcome::match;
            out.matches |= alternative.matches;
            continue;
        }
        const auto position = static_cast<std::size_t>(failed - conditions.begin());
        alternative.failed_path = pattern.paths[sub_rule.conditions[position].path];
        alternative.failed_condition = matching::describe(*failed->list);
        for (const std::uint32_t leaf : event.at(failed->path)) {
            alternative.found.push_back(spelled(event.leaves()[leaf].leaf));
        }
    }
    return out;
}

std::string MatchExplanation::to_string() const {
    std::string out;
    for (const Alternative& alternative : alternatives) {
        if (alternative.matches) {
            out += "matches\n";
        } else if (alternative.failed_condition.empty()) {
            out += "no match: no array element satisfies all conditions together\n";
        } else {
            out += "no match: " + alternative.failed_path + " must be " +
                   alternative.failed_condition + ", the event has ";
            for (std::size_t i = 0; i < alternative.found.size(); ++i) {
                out += (i > 0 ? ", " : "") + alternative.found[i];
            }
            out += alternative.found.empty() ? "no such field\n" : "\n";
        }
    }
    return out;
}

}  // namespace eventbus
