#include "segment_levels.hpp"

#include <algorithm>
#include <chrono>

namespace eventbus::matching {

void SegmentLevels::put(RuleId id, StoredRulePtr rule) {
    if (building_.valid()) {
        recent_.insert_or_assign(id, rule);
    }
    changes_.insert_or_assign(id, std::move(rule));
}

SegmentLevels::View SegmentLevels::view() {
    take_finished();
    merge_if_many();
    View out;
    if (base_) {
        out.levels.push_back(base_without_changed());
    }
    std::vector<StoredRulePtr> changed;
    for (const auto& [id, rule] : changes_) {
        if (rule) {
            changed.push_back(rule);
        }
    }
    if (!changed.empty()) {
        out.levels.push_back({std::make_shared<const Segment>(std::move(changed)), nullptr, 0});
    }
    return out;
}

void SegmentLevels::take_finished() {
    if (building_.valid() &&
        building_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
        base_ = building_.get();
        changes_ = std::move(recent_);
        recent_.clear();
    }
}

void SegmentLevels::merge_if_many() {
    if (changes_.size() <= kChangesMax) {
        return;
    }
    // Where most of the rules are new, as at the start, or where changes come faster than they can
    // be merged, there is nothing to be gained by going on beside it.
    const std::size_t base_size = base_ ? base_->rules().size() : 0;
    if (changes_.size() > std::max(base_size / 8, kChangesMax * 8)) {
        if (building_.valid()) {
            building_.wait();
            take_finished();
        }
        base_ = std::make_shared<const Segment>(merged(base_.get(), changes_));
        changes_.clear();
    } else if (base_size <= kChangesMax * 4) {
        base_ = std::make_shared<const Segment>(merged(base_.get(), changes_));
        changes_.clear();
    } else if (!building_.valid()) {
        building_ = std::async(std::launch::async, [base = base_, changes = changes_] {
            return std::make_shared<const Segment>(merged(base.get(), changes));
        });
    }
}

// All rules as the changes leave them, by id.
std::vector<StoredRulePtr> SegmentLevels::merged(const Segment* base, const Changes& changes) {
    std::vector<StoredRulePtr> out;
    auto change = changes.begin();
    const auto take_changes_below = [&](std::uint64_t end) {
        for (; change != changes.end() && change->first < end; ++change) {
            if (change->second) {
                out.push_back(change->second);
            }
        }
    };
    if (base != nullptr) {
        out.reserve(base->rules().size() + changes.size());
        for (const StoredRulePtr& rule : base->rules()) {
            take_changes_below(rule->id);
            if (change == changes.end() || change->first != rule->id) {
                out.push_back(rule);
            }
        }
    }
    take_changes_below(UINT64_MAX);
    return out;
}

SegmentLevels::Level SegmentLevels::base_without_changed() const {
    Level out{base_, nullptr, 0};
    std::shared_ptr<DeadRules> dead;
    const auto& rules = base_->rules();
    for (const auto& [id, rule] : changes_) {
        const auto place = std::lower_bound(
            rules.begin(),
            rules.end(),
            id,
            [](const StoredRulePtr& candidate, RuleId wanted) { return candidate->id < wanted; });
        if (place == rules.end() || (*place)->id != id) {
            continue;
        }
        if (!dead) {
            dead = std::make_shared<DeadRules>(rules.size());
        }
        (*dead)[static_cast<std::size_t>(place - rules.begin())] = true;
        ++out.dead_count;
    }
    out.dead = std::move(dead);
    return out;
}

}  // namespace eventbus::matching
