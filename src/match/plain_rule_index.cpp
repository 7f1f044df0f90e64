#include "eventbus/match/rule_index.hpp"

#include "compiled_pattern.hpp"
#include "match_scratch.hpp"
#include "path_table.hpp"

#include <map>

namespace eventbus {
namespace {

using matching::ConsistencySearch;

class PlainRuleIndex final : public RuleIndex {
public:
    explicit PlainRuleIndex(const std::map<RuleId, EventPatternPtr>& patterns) {
        for (const auto& [id, pattern] : patterns) {
            Rule& rule = rules_.emplace_back(Rule{id, pattern, {}});
            std::vector<std::uint32_t> path_ids;
            for (const std::string& path : pattern->paths) {
                path_ids.push_back(paths_.add(path));
            }
            for (const EventPattern::SubRule& sub_rule : pattern->sub_rules) {
                Conjunction& conjunction = rule.sub_rules.emplace_back();
                for (const auto& [path, list] : sub_rule.conditions) {
                    conjunction.push_back({path_ids[path], &pattern->lists[list]});
                }
            }
        }
    }

    Result<void> match(
        std::string_view event_json,
        MatchScratch& scratch,
        std::vector<RuleId>& matched) const override {
        matched.clear();
        MatchScratch::Impl& memory = scratch.impl();
        if (auto flat = memory.flattener.flatten(event_json, paths_, memory.leaves); !flat) {
            return flat;
        }
        for (const Rule& rule : rules_) {
            switch (try_rule(rule, memory)) {
                case ConsistencySearch::Outcome::match:
                    matched.push_back(rule.id);
                    break;
                case ConsistencySearch::Outcome::no_match:
                    break;
                case ConsistencySearch::Outcome::gave_up:
                    matched.clear();
                    return Error(
                        Errc::limit_exceeded,
                        "Event is too complex: its arrays allow too many combinations to decide "
                        "whether rule " +
                            std::to_string(rule.id) + " matches");
            }
        }
        return {};
    }

    std::size_t rule_count() const override { return rules_.size(); }

    RuleIndexStatistics statistics() const override {
        RuleIndexStatistics out;
        out.rules = rules_.size();
        return out;
    }

    std::string print() const override {
        return std::to_string(rules_.size()) + " rules, each tried by itself\n";
    }

private:
    using Conjunction = std::vector<ConsistencySearch::Condition>;

    struct Rule {
        RuleId id;
        EventPatternPtr pattern;  // owns what sub_rules point to
        std::vector<Conjunction> sub_rules;
    };

    static ConsistencySearch::Outcome try_rule(const Rule& rule, MatchScratch::Impl& memory) {
        auto outcome = ConsistencySearch::Outcome::no_match;
        for (const Conjunction& sub_rule : rule.sub_rules) {
            const auto tried = memory.search.run(sub_rule, memory.leaves);
            if (tried == ConsistencySearch::Outcome::match) {
                return tried;
            }
            if (tried == ConsistencySearch::Outcome::gave_up) {
                outcome = tried;
            }
        }
        return outcome;
    }

    matching::PathTable paths_;
    std::vector<Rule> rules_;  // ascending by id
};

class PlainRuleIndexBuilder final : public RuleIndexBuilder {
public:
    void put(RuleId id, EventPatternPtr pattern) override {
        patterns_.insert_or_assign(id, std::move(pattern));
    }

    void remove(RuleId id) override { patterns_.erase(id); }

    RuleIndexPtr snapshot() const override { return std::make_shared<PlainRuleIndex>(patterns_); }

private:
    std::map<RuleId, EventPatternPtr> patterns_;
};

}  // namespace

MatchScratch::MatchScratch() : impl_(std::make_unique<Impl>()) {}

MatchScratch::~MatchScratch() = default;
MatchScratch::MatchScratch(MatchScratch&&) noexcept = default;
MatchScratch& MatchScratch::operator=(MatchScratch&&) noexcept = default;

std::unique_ptr<RuleIndexBuilder> make_plain_rule_index_builder() {
    return std::make_unique<PlainRuleIndexBuilder>();
}

Result<bool> matches(const EventPattern& pattern, std::string_view event_json) {
    // The pattern outlives the index, which therefore need not own it.
    const EventPatternPtr borrowed(EventPatternPtr{}, &pattern);
    const PlainRuleIndex index({{0, borrowed}});
    MatchScratch scratch;
    std::vector<RuleId> matched;
    if (const auto done = index.match(event_json, scratch, matched); !done) {
        return done.error();
    }
    return !matched.empty();
}

}  // namespace eventbus
