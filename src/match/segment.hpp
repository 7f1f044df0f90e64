#pragma once

#include "anchors.hpp"
#include "consistency_search.hpp"
#include "event_leaves.hpp"
#include "rule_program.hpp"
#include "stored_rule.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace eventbus::matching {

// Working memory of one matching thread.
struct SegmentScratch {
    std::uint32_t epoch = 0;                  // of one event in one segment
    std::vector<std::uint32_t> groups_tried;  // by group: the epoch
    std::vector<std::uint32_t> answers;       // by shared condition: the epoch * 2 + the answer
    std::vector<Group> candidates;
    std::vector<ConsistencySearch::Condition> conditions;
    ConsistencySearch search;
    AnchorScratch anchors;
    std::vector<RuleId> gave_up;
};

// Which rules of a segment no longer count; by position in the segment.
using DeadRules = std::vector<bool>;

// An immutable set of rules, compiled. Each sub-rule rests on one of its conditions, its anchor:
// the one that, by what all the rules say, the fewest events and the fewest other rules share.
// Sub-rules with the same anchor form a group. An event's values lead to groups (Anchors); a
// group's anchor is checked once, and then what else its sub-rules ask for (RuleProgram). So the
// cost follows the anchors that an event hits and not the number of rules.
class Segment {
public:
    // `rules` ascend by id.
    explicit Segment(std::vector<StoredRulePtr> rules);

    // Appends the ids of the rules that match, in no order and perhaps repeated; puts those that
    // the consistency search gave up on into scratch.gave_up.
    void match(
        const EventLeaves& event,
        SegmentScratch& scratch,
        const DeadRules* dead,
        std::vector<RuleId>& matched) const;

    const std::vector<StoredRulePtr>& rules() const { return rules_; }

    std::size_t group_count() const { return program_.group_count(); }

    std::size_t wildcard_states() const { return anchors_.wildcard_states(); }

    std::size_t bytes() const;

    // One line for each group: what it rests on and the rules in it.
    void print(std::string& out, const PathTrie& paths) const;

private:
    class Run;
    friend class Run;

    void build();

    std::vector<StoredRulePtr> rules_;
    RuleProgram program_;
    std::vector<const SharedCondition*> rests_on_;  // by group; null: no value leads to it
    std::vector<const SharedCondition*> shared_;    // whose answers are kept for the event
    Anchors anchors_;
    std::uint32_t unanchored_ = kNone;  // the group that every event tries
};

}  // namespace eventbus::matching
