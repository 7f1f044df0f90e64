#pragma once

#include "eventbus/match/rule_index.hpp"

#include "compiled_pattern.hpp"
#include "path_trie.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace eventbus::matching {

// One field's list of matchers at a path. Rules that say the same of a path share it, so that the
// answer is worked out once for an event.
struct SharedCondition {
    std::uint32_t path = 0;
    std::uint32_t number = 0;  // unique among those alive; small
    std::uint64_t hash = 0;
    MatcherList list;
};

using SharedConditionPtr = std::shared_ptr<const SharedCondition>;

// A rule as the index keeps it: the pattern's sub-rules over shared conditions.
struct StoredRule {
    RuleId id = 0;
    std::vector<SharedConditionPtr> conditions;  // each once
    // The sub-rules end to end, as positions in `conditions` in the order of evaluation. Both are
    // empty if the only sub-rule is all of `conditions`.
    std::vector<std::uint16_t> members;
    std::vector<std::uint32_t> ends;

    std::size_t sub_rule_count() const { return ends.empty() ? 1 : ends.size(); }

    // Calls `each` with every condition of a sub-rule, in the order of evaluation.
    template <class Each>
    void for_each_condition(std::size_t sub_rule, Each each) const {
        if (ends.empty()) {
            for (const SharedConditionPtr& condition : conditions) {
                each(*condition);
            }
            return;
        }
        const std::size_t begin = sub_rule == 0 ? 0 : ends[sub_rule - 1];
        for (std::size_t i = begin; i < ends[sub_rule]; ++i) {
            each(*conditions[members[i]]);
        }
    }
};

using StoredRulePtr = std::shared_ptr<const StoredRule>;

// Finds the conditions that rules share.
class ConditionPool {
public:
    SharedConditionPtr share(std::uint32_t path, const MatcherList& list);

    std::size_t size() const { return pool_.size(); }

private:
    void drop_unused();

    std::unordered_multimap<std::uint64_t, SharedConditionPtr> pool_;
    std::vector<std::uint32_t> free_numbers_;
    std::uint32_t numbers_end_ = 0;
    std::size_t drop_at_ = 1024;
};

StoredRulePtr
store_rule(RuleId id, const EventPattern& pattern, PathTrie& paths, ConditionPool& pool);

std::uint64_t hash_of(const Matcher& matcher);

}  // namespace eventbus::matching
