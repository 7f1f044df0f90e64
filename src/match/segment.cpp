#include "segment.hpp"

#include "describe.hpp"
#include "hashing.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace eventbus::matching {
namespace {

// A condition with fewer uses is answered anew for each sub-rule, which is cheaper than looking the
// answer up.
constexpr std::uint32_t kSharedUsesMin = 4;

// What the rules of a segment say, counted: the only statistics about events there are.
class Usage {
public:
    explicit Usage(const std::vector<StoredRulePtr>& rules) {
        std::vector<const SharedCondition*> met;
        for (const StoredRulePtr& rule : rules) {
            for (std::size_t i = 0; i < rule->sub_rule_count(); ++i) {
                rule->for_each_condition(i, [&](const SharedCondition& condition) {
                    if (condition.number >= uses_.size()) {
                        uses_.resize(condition.number + 1);
                    }
                    if (uses_[condition.number]++ == 0) {
                        met.push_back(&condition);
                    }
                });
            }
        }
        matcher_uses_.reserve(met.size() * 2);
        for (const SharedCondition* condition : met) {
            for (const Matcher& matcher : condition->list.matchers) {
                matcher_uses_[key(*condition, matcher)] += uses_[condition->number];
                field_uses(condition->path).count(matcher, uses_[condition->number]);
            }
        }
        costs_.assign(uses_.size(), -1);
    }

    std::uint32_t of(const SharedCondition& condition) const { return uses_[condition.number]; }

    // Of resting sub-rules on the condition.
    double cost(const SharedCondition& condition) {
        double& cost = costs_[condition.number];
        if (cost < 0) {
            cost = condition.list.accepts_absence ? std::numeric_limits<double>::infinity() : 0;
            for (const Matcher& matcher : condition.list.matchers) {
                const double uses = matcher_uses_[key(condition, matcher)];
                cost += anchor_cost(matcher, uses, field_uses(condition.path));
            }
        }
        return cost;
    }

private:
    static std::uint64_t key(const SharedCondition& condition, const Matcher& matcher) {
        return hash_of(matcher) ^ condition.path * 0x9e3779b97f4a7c15;
    }

    FieldUses& field_uses(std::uint32_t path) {
        if (path >= field_uses_.size()) {
            field_uses_.resize(path + 1);
        }
        return field_uses_[path];
    }

    std::vector<std::uint32_t> uses_;  // by condition number
    std::vector<double> costs_;        // by condition number; below 0: not known yet
    std::unordered_map<std::uint64_t, std::uint32_t> matcher_uses_;
    std::vector<FieldUses> field_uses_;  // by path
};

struct Placed {
    const SharedCondition* anchor;  // null: unanchored
    std::uint32_t rule;
    std::uint32_t sub_rule;
};

const SharedCondition* choose_anchor(const StoredRule& rule, std::size_t sub_rule, Usage& usage) {
    const SharedCondition* best = nullptr;
    double best_cost = std::numeric_limits<double>::infinity();
    rule.for_each_condition(sub_rule, [&](const SharedCondition& condition) {
        if (const double cost = usage.cost(condition); cost < best_cost) {
            best = &condition;
            best_cost = cost;
        }
    });
    return best;
}

}  // namespace

Segment::Segment(std::vector<StoredRulePtr> rules) : rules_(std::move(rules)) {
    build();
}

void Segment::build() {
    Usage usage(rules_);
    std::vector<Placed> placed;
    placed.reserve(rules_.size());
    for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
        for (std::uint32_t i = 0; i < rules_[rule]->sub_rule_count(); ++i) {
            placed.push_back({choose_anchor(*rules_[rule], i, usage), rule, i});
        }
    }
    // Sub-rules that are tried together lie together.
    std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
        const auto number = [](const Placed& p) {
            return p.anchor == nullptr ? kNone : p.anchor->number;
        };
        return number(a) < number(b);
    });
    sub_rules_.reserve(placed.size());
    std::vector<const SharedCondition*> others;
    for (const Placed& place : placed) {
        if (groups_.empty() || groups_.back().anchor != place.anchor) {
            const auto begin = static_cast<std::uint32_t>(sub_rules_.size());
            groups_.push_back({place.anchor, begin, begin});
        }
        SubRule& sub_rule = sub_rules_.emplace_back();
        sub_rule.rule = place.rule;
        sub_rule.sub_rule = place.sub_rule;
        sub_rule.others_begin = static_cast<std::uint32_t>(others_.size());
        others.clear();
        rules_[place.rule]->for_each_condition(place.sub_rule, [&](const SharedCondition& c) {
            if (&c != place.anchor) {
                others.push_back(&c);
            }
        });
        // Answers that are known cost least to look at.
        const auto first_own =
            std::stable_partition(others.begin(), others.end(), [&usage](const auto* c) {
                return usage.of(*c) >= kSharedUsesMin;
            });
        sub_rule.shared = static_cast<std::uint16_t>(first_own - others.begin());
        sub_rule.others = static_cast<std::uint16_t>(others.size());
        others_.insert(others_.end(), others.begin(), others.end());
        groups_.back().sub_rules_end = static_cast<std::uint32_t>(sub_rules_.size());
    }
    groups_.shrink_to_fit();
    others_.shrink_to_fit();
    for (Group group = 0; group < groups_.size(); ++group) {
        const SharedCondition* anchor = groups_[group].anchor;
        if (anchor == nullptr) {
            unanchored_ = group;
            continue;
        }
        for (const Matcher& matcher : anchor->list.matchers) {
            anchors_.add(anchor->path, matcher, group);
        }
    }
    anchors_.finish();
}

// One event in one segment.
class Segment::Run {
public:
    Run(const Segment& segment,
        const EventLeaves& event,
        SegmentScratch& scratch,
        const DeadRules* dead,
        std::vector<RuleId>& matched)
        : segment_(segment),
          event_(event),
          scratch_(scratch),
          dead_(dead),
          matched_(matched),
          has_elements_(!event.elements().empty()) {}

    void try_group(Group group, bool anchor_holds) {
        std::uint32_t& tried = scratch_.groups_tried[group];
        if (tried == scratch_.epoch) {
            return;
        }
        tried = scratch_.epoch;
        const GroupEntry& entry = segment_.groups_[group];
        if (anchor_holds && entry.anchor != nullptr) {
            scratch_.answers[entry.anchor->number] = scratch_.epoch << 1 | 1;
        } else if (entry.anchor != nullptr && !known_to_hold(*entry.anchor)) {
            return;
        }
        for (std::uint32_t i = entry.sub_rules_begin; i < entry.sub_rules_end; ++i) {
            try_sub_rule(segment_.sub_rules_[i]);
        }
    }

private:
    void try_sub_rule(const SubRule& sub_rule) {
        const SharedCondition* const* other = segment_.others_.data() + sub_rule.others_begin;
        for (int i = 0; i < sub_rule.shared; ++i) {
            if (!known_to_hold(*other[i])) {
                return;
            }
        }
        for (int i = sub_rule.shared; i < sub_rule.others; ++i) {
            if (!holds(*other[i])) {
                return;
            }
        }
        if (dead_ != nullptr && (*dead_)[sub_rule.rule]) {
            return;
        }
        const RuleId id = segment_.rules_[sub_rule.rule]->id;
        if (!has_elements_) {
            matched_.push_back(id);
            return;
        }
        switch (search(sub_rule)) {
            case ConsistencySearch::Outcome::match:
                matched_.push_back(id);
                break;
            case ConsistencySearch::Outcome::no_match:
                break;
            case ConsistencySearch::Outcome::gave_up:
                scratch_.gave_up.push_back(id);
        }
    }

    // Whether leaves can be chosen for all conditions, of which each alone is known to hold.
    ConsistencySearch::Outcome search(const SubRule& sub_rule) {
        int in_elements = 0;
        bool tests_absence_there = false;
        auto& conditions = scratch_.conditions;
        conditions.clear();
        segment_.rules_[sub_rule.rule]->for_each_condition(
            sub_rule.sub_rule,
            [&](const SharedCondition& condition) {
                conditions.push_back({condition.path, &condition.list});
                if (event_.in_elements(condition.path)) {
                    ++in_elements;
                    tests_absence_there |= condition.list.accepts_absence;
                }
            });
        if (in_elements <= 1 && !tests_absence_there) {
            return ConsistencySearch::Outcome::match;
        }
        return scratch_.search.run(conditions, event_);
    }

    bool known_to_hold(const SharedCondition& condition) {
        std::uint32_t& answer = scratch_.answers[condition.number];
        if (answer >> 1 != scratch_.epoch) {
            answer = scratch_.epoch << 1 | (holds(condition) ? 1 : 0);
        }
        return (answer & 1) != 0;
    }

    // Whether the condition alone can be satisfied. An absent field may be so within one element
    // of an array, which is for the search to find out.
    bool holds(const SharedCondition& condition) const {
        const auto leaves = event_.at(condition.path);
        if (leaves.empty()) {
            return condition.list.accepts_absence;
        }
        for (const std::uint32_t leaf : leaves) {
            if (condition.list.accepts(event_.leaves()[leaf].leaf)) {
                return true;
            }
        }
        return condition.list.accepts_absence && event_.in_elements(condition.path);
    }

    const Segment& segment_;
    const EventLeaves& event_;
    SegmentScratch& scratch_;
    const DeadRules* dead_;
    std::vector<RuleId>& matched_;
    bool has_elements_;
};

void Segment::match(
    const EventLeaves& event,
    SegmentScratch& scratch,
    std::uint32_t conditions_end,
    const DeadRules* dead,
    std::vector<RuleId>& matched) const {
    if (++scratch.epoch > UINT32_MAX / 2) {
        std::fill(scratch.groups_tried.begin(), scratch.groups_tried.end(), 0);
        std::fill(scratch.answers.begin(), scratch.answers.end(), 0);
        scratch.epoch = 1;
    }
    if (scratch.groups_tried.size() < groups_.size()) {
        scratch.groups_tried.resize(groups_.size());
    }
    if (scratch.answers.size() < conditions_end) {
        scratch.answers.resize(conditions_end);
    }
    Run run(*this, event, scratch, dead, matched);
    if (unanchored_ != kNone) {
        run.try_group(unanchored_, true);
    }
    anchors_.probe(
        event,
        scratch.anchors,
        [&run](Group group) { run.try_group(group, false); },
        [&run](Group group) { run.try_group(group, true); });
}

std::size_t Segment::bytes() const {
    return rules_.capacity() * sizeof(StoredRulePtr) + groups_.capacity() * sizeof(GroupEntry) +
           sub_rules_.capacity() * sizeof(SubRule) + others_.capacity() * sizeof(void*) +
           anchors_.bytes();
}

void Segment::print(std::string& out, const PathTrie& paths) const {
    for (const GroupEntry& group : groups_) {
        out += group.anchor == nullptr
                   ? "(every event)"
                   : paths.path_name(group.anchor->path) + " " + describe(group.anchor->list);
        out += " ->";
        for (std::uint32_t i = group.sub_rules_begin; i < group.sub_rules_end; ++i) {
            out += " " + std::to_string(rules_[sub_rules_[i].rule]->id);
        }
        out += "\n";
    }
}

}  // namespace eventbus::matching
