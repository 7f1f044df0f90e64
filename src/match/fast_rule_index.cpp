#include "eventbus/match/rule_index.hpp"

#include "match_scratch.hpp"
#include "segment.hpp"
#include "segment_levels.hpp"
#include "stored_rule.hpp"

#include <algorithm>
#include <map>

namespace eventbus {
namespace {

using matching::PathTrie;
using matching::Segment;
using matching::SegmentLevels;
using matching::StoredRulePtr;

using PathTriePtr = std::shared_ptr<const PathTrie>;

class FastRuleIndex final : public RuleIndex {
public:
    FastRuleIndex(PathTriePtr paths, SegmentLevels::View view)
        : paths_(std::move(paths)), view_(std::move(view)) {}

    Result<void> match(
        std::string_view event_json,
        MatchScratch& scratch,
        std::vector<RuleId>& matched) const override {
        matched.clear();
        MatchScratch::Impl& memory = scratch.impl();
        if (!memory.walker.walk(event_json, *paths_, memory.leaves)) {
            return what_is_wrong(event_json, memory);
        }
        return match_leaves(memory, matched);
    }

    Result<void> match_trusted(
        std::string_view event_json,
        MatchScratch& scratch,
        std::vector<RuleId>& matched) const override {
        matched.clear();
        MatchScratch::Impl& memory = scratch.impl();
        if (!memory.walker.walk_trusted(event_json, *paths_, memory.leaves)) {
            return match(event_json, scratch, matched);
        }
        return match_leaves(memory, matched);
    }

    std::size_t rule_count() const override { return view_.rule_count(); }

    RuleIndexStatistics statistics() const override;
    std::string print() const override;

private:
    // Says it in the words of the plain reader, which knows the place.
    static Result<void> what_is_wrong(std::string_view event_json, MatchScratch::Impl& memory) {
        static const matching::PathTable no_paths;
        if (auto read = memory.flattener.flatten(event_json, no_paths, memory.leaves); !read) {
            return read;
        }
        return Error(Errc::malformed, "Event is not valid JSON");
    }

    Result<void> match_leaves(MatchScratch::Impl& memory, std::vector<RuleId>& matched) const {
        memory.segment.gave_up.clear();
        for (const SegmentLevels::Level& level : view_.levels) {
            level.segment->match(memory.leaves, memory.segment, level.dead.get(), matched);
        }
        if (matched.size() > 1) {
            std::sort(matched.begin(), matched.end());
            matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
        }
        if (!memory.segment.gave_up.empty()) {
            return report_undecided(memory.segment.gave_up, matched);
        }
        return {};
    }

    // A rule that one sub-rule has matched is decided, whatever became of its others.
    static Result<void> report_undecided(
        std::vector<RuleId>& undecided,
        std::vector<RuleId>& matched) {
        std::sort(undecided.begin(), undecided.end());
        for (const RuleId id : undecided) {
            if (!std::binary_search(matched.begin(), matched.end(), id)) {
                matched.clear();
                return Error(
                    Errc::limit_exceeded,
                    "Event is too complex: its arrays allow too many combinations to decide "
                    "whether rule " +
                        std::to_string(id) + " matches");
            }
        }
        return {};
    }

    PathTriePtr paths_;
    SegmentLevels::View view_;
};

RuleIndexStatistics FastRuleIndex::statistics() const {
    RuleIndexStatistics out;
    out.rules = view_.rule_count();
    out.bytes = paths_->bytes();
    std::vector<std::size_t> rules_of(paths_->path_count());
    std::vector<std::uint32_t> last_rule(paths_->path_count(), 0);
    std::uint32_t position = 0;
    for (const SegmentLevels::Level& level : view_.levels) {
        out.groups += level.segment->group_count();
        out.wildcard_states += level.segment->wildcard_states();
        out.bytes += level.segment->bytes();
        for (std::size_t i = 0; i < level.segment->rules().size(); ++i) {
            ++position;
            if (level.dead && (*level.dead)[i]) {
                continue;
            }
            for (const auto& condition : level.segment->rules()[i]->conditions) {
                if (last_rule[condition->path] != position) {
                    last_rule[condition->path] = position;
                    ++rules_of[condition->path];
                }
            }
        }
    }
    for (std::uint32_t path = 0; path < rules_of.size(); ++path) {
        if (rules_of[path] > 0) {
            out.fields.push_back({paths_->path_name(path), rules_of[path]});
        }
    }
    std::sort(out.fields.begin(), out.fields.end(), [](const auto& a, const auto& b) {
        return a.path < b.path;
    });
    return out;
}

std::string FastRuleIndex::print() const {
    std::string out;
    for (const SegmentLevels::Level& level : view_.levels) {
        out += "segment of " + std::to_string(level.segment->rules().size()) + " rules\n";
        level.segment->print(out, *paths_);
    }
    return out;
}

class FastRuleIndexBuilder final : public RuleIndexBuilder {
public:
    void put(RuleId id, EventPatternPtr pattern) override {
        const bool has_new_path = std::any_of(
            pattern->paths.begin(),
            pattern->paths.end(),
            [this](const std::string& path) { return paths_->find(path) == matching::kNone; });
        if (has_new_path && paths_is_published_) {
            paths_ = std::make_shared<PathTrie>(*paths_);
            paths_is_published_ = false;
        }
        levels_.put(id, matching::store_rule(id, *pattern, *paths_, pool_));
    }

    void remove(RuleId id) override { levels_.put(id, nullptr); }

    RuleIndexPtr snapshot() const override {
        paths_is_published_ = true;
        return std::make_shared<FastRuleIndex>(paths_, levels_.view());
    }

private:
    std::shared_ptr<PathTrie> paths_ = std::make_shared<PathTrie>();
    mutable bool paths_is_published_ = false;  // a snapshot shares it: copy before writing
    matching::ConditionPool pool_;
    mutable SegmentLevels levels_;
};

}  // namespace

std::unique_ptr<RuleIndexBuilder> make_rule_index_builder() {
    return std::make_unique<FastRuleIndexBuilder>();
}

}  // namespace eventbus
