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
        shared_.assign(uses_.size(), kNone);
    }

    std::uint32_t of(const SharedCondition& condition) const { return uses_[condition.number]; }

    // For the builder to note; kNone at first.
    std::uint32_t& number_of_shared(const SharedCondition& condition) {
        return shared_[condition.number];
    }

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

    std::vector<std::uint32_t> uses_;    // by condition number
    std::vector<double> costs_;          // by condition number; below 0: not known yet
    std::vector<std::uint32_t> shared_;  // by condition number
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
    const auto number_of_shared = [&](const SharedCondition& condition) {
        std::uint32_t& number = usage.number_of_shared(condition);
        if (number == kNone && usage.of(condition) >= kSharedUsesMin) {
            number = static_cast<std::uint32_t>(shared_.size());
            shared_.push_back(&condition);
        }
        return number;
    };
    std::vector<RuleProgram::Asked> asked;
    for (std::size_t begin = 0, end = 0; begin < placed.size(); begin = end) {
        const SharedCondition* const anchor = placed[begin].anchor;
        while (end < placed.size() && placed[end].anchor == anchor) {
            ++end;
        }
        rests_on_.push_back(anchor);
        const Group group = program_.add_group(anchor, static_cast<std::uint32_t>(end - begin));
        for (std::size_t i = begin; i < end; ++i) {
            const StoredRule& rule = *rules_[placed[i].rule];
            asked.clear();
            rule.for_each_condition(placed[i].sub_rule, [&](const SharedCondition& condition) {
                if (&condition != anchor) {
                    asked.push_back({&condition, number_of_shared(condition)});
                }
            });
            // Answers that are known cost least to look at.
            std::stable_partition(asked.begin(), asked.end(), [](const RuleProgram::Asked& ask) {
                return ask.shared != kNone;
            });
            program_.add_sub_rule(placed[i].rule, rule.id, placed[i].sub_rule, asked);
        }
        if (anchor == nullptr) {
            unanchored_ = group;
            continue;
        }
        for (const Matcher& matcher : anchor->list.matchers) {
            anchors_.add(anchor->path, matcher, group);
        }
    }
    program_.finish();
    rests_on_.shrink_to_fit();
    shared_.shrink_to_fit();
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
        auto reader = segment_.program_.at(group);
        const auto head = reader.read<RuleProgram::GroupHead>();
        std::uint32_t& tried = scratch_.groups_tried[head.number];
        if (tried == scratch_.epoch) {
            return;
        }
        tried = scratch_.epoch;
        const auto anchor = reader.read<RuleProgram::Check>();
        if (!anchor_holds && !RuleProgram::holds(anchor, reader.at(), event_)) {
            return;
        }
        reader.skip(anchor.words);
        for (std::uint32_t i = 0; i < head.sub_rules; ++i) {
            const auto sub_rule = reader.read<RuleProgram::SubRuleHead>();
            try_sub_rule(sub_rule, reader);
            reader.skip(sub_rule.words);
        }
    }

private:
    void try_sub_rule(const RuleProgram::SubRuleHead& sub_rule, RuleProgram::Reader reader) {
        for (int i = 0; i < sub_rule.checks; ++i) {
            const auto check = reader.read<RuleProgram::Check>();
            const bool passed = check.kind == RuleProgram::CheckKind::shared
                                    ? known_to_hold(check.at)
                                    : RuleProgram::holds(check, reader.at(), event_);
            if (!passed) {
                return;
            }
            reader.skip(check.words);
        }
        if (dead_ != nullptr && (*dead_)[sub_rule.rule]) {
            return;
        }
        // An anchor that stands alone never asks for absence, so any value of its will do.
        const bool is_anchor_alone = sub_rule.checks == 0;
        if (!has_elements_ || is_anchor_alone) {
            matched_.push_back(sub_rule.id);
            return;
        }
        switch (search(sub_rule)) {
            case ConsistencySearch::Outcome::match:
                matched_.push_back(sub_rule.id);
                break;
            case ConsistencySearch::Outcome::no_match:
                break;
            case ConsistencySearch::Outcome::gave_up:
                scratch_.gave_up.push_back(sub_rule.id);
        }
    }

    // Whether leaves can be chosen for all conditions, of which each alone is known to hold.
    ConsistencySearch::Outcome search(const RuleProgram::SubRuleHead& sub_rule) {
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

    bool known_to_hold(std::uint32_t shared) {
        std::uint32_t& answer = scratch_.answers[shared];
        if (answer >> 1 != scratch_.epoch) {
            const bool it_holds = holds(*segment_.shared_[shared], event_);
            answer = scratch_.epoch << 1 | (it_holds ? 1 : 0);
        }
        return (answer & 1) != 0;
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
    const DeadRules* dead,
    std::vector<RuleId>& matched) const {
    if (++scratch.epoch > UINT32_MAX / 2) {
        std::fill(scratch.groups_tried.begin(), scratch.groups_tried.end(), 0);
        std::fill(scratch.answers.begin(), scratch.answers.end(), 0);
        scratch.epoch = 1;
    }
    if (scratch.groups_tried.size() < program_.group_count()) {
        scratch.groups_tried.resize(program_.group_count());
    }
    if (scratch.answers.size() < shared_.size()) {
        scratch.answers.resize(shared_.size());
    }
    Run run(*this, event, scratch, dead, matched);
    if (unanchored_ != kNone) {
        run.try_group(unanchored_, true);
    }
    // Candidates are gathered first, for the same reason as hashes are.
    scratch.candidates.clear();
    anchors_.probe(
        event,
        scratch.anchors,
        [&](Group group) {
            program_.prefetch(group);
            scratch.candidates.push_back(group);
        },
        [&run](Group group) { run.try_group(group, true); });
    for (const Group group : scratch.candidates) {
        run.try_group(group, false);
    }
}

std::size_t Segment::bytes() const {
    return rules_.capacity() * sizeof(StoredRulePtr) + program_.bytes() +
           (rests_on_.capacity() + shared_.capacity()) * sizeof(void*) + anchors_.bytes();
}

void Segment::print(std::string& out, const PathTrie& paths) const {
    for (auto reader = program_.at(0); !program_.is_end(reader);) {
        const auto head = reader.read<RuleProgram::GroupHead>();
        const SharedCondition* const rests_on = rests_on_[head.number];
        out += rests_on == nullptr
                   ? "(every event)"
                   : paths.path_name(rests_on->path) + " " + describe(rests_on->list);
        out += " ->";
        reader.skip(reader.read<RuleProgram::Check>().words);
        for (std::uint32_t i = 0; i < head.sub_rules; ++i) {
            const auto sub_rule = reader.read<RuleProgram::SubRuleHead>();
            out += " " + std::to_string(sub_rule.id);
            reader.skip(sub_rule.words);
        }
        out += "\n";
    }
}

}  // namespace eventbus::matching
