#pragma once

#include "segment.hpp"

#include <future>
#include <map>
#include <memory>
#include <vector>

namespace eventbus::matching {

// Keeps a large segment and the few changes since it was built, so that a change costs what the
// changes cost and not what all rules cost. When the changes have become many, a new large segment
// is built on a thread of its own, and changes go on beside it. One writer at a time.
class SegmentLevels {
public:
    struct Level {
        std::shared_ptr<const Segment> segment;
        std::shared_ptr<const DeadRules> dead;  // null: none
        std::size_t dead_count = 0;
    };

    struct View {
        std::vector<Level> levels;

        std::size_t rule_count() const {
            std::size_t count = 0;
            for (const Level& level : levels) {
                count += level.segment->rules().size() - level.dead_count;
            }
            return count;
        }
    };

    // So many changes are carried beside the large segment before it is built anew.
    static constexpr std::size_t kChangesMax = 256;

    // A null rule removes.
    void put(RuleId id, StoredRulePtr rule);

    View view();

private:
    using Changes = std::map<RuleId, StoredRulePtr>;

    void take_finished();
    void merge_if_many();
    static std::vector<StoredRulePtr> merged(const Segment* base, const Changes& changes);
    Level base_without_changed() const;

    std::shared_ptr<const Segment> base_;
    Changes changes_;  // since base_ was built
    Changes recent_;   // those since the build that is running began; also in changes_
    std::future<std::shared_ptr<const Segment>> building_;
};

}  // namespace eventbus::matching
