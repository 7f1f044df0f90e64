#include "consistency_search.hpp"

#include <algorithm>

namespace eventbus::matching {
namespace {

// Shorter searches do without a memory.
constexpr std::uint64_t kStepsBeforeMemory = 512;

// A dead end that cost less than this to find may as well be found again.
constexpr std::uint64_t kDeadEndStepsMin = 32;

// A search that ends visits each leaf a few times; this allows for far more, and bounds the worst
// case to some tens of milliseconds.
constexpr std::uint64_t kStepsBase = 2'000'000;
constexpr std::uint64_t kStepsPerLeaf = 64;

}  // namespace

ConsistencySearch::Outcome ConsistencySearch::run(
    std::span<const Condition> conditions,
    const EventLeaves& event) {
    event_ = &event;
    switch (prepare(conditions)) {
        case Prepared::satisfied:
            return Outcome::match;
        case Prepared::impossible:
            return Outcome::no_match;
        case Prepared::search:
            break;
    }
    steps_ = 0;
    steps_max_ = kStepsBase + kStepsPerLeaf * event.leaves().size();
    trail_.clear();
    chosen_.assign(event.arrays().size(), kNone);
    last_level_.clear();
    dead_ends_.clear();
    if (search(0)) {
        return Outcome::match;
    }
    return steps_ > steps_max_ ? Outcome::gave_up : Outcome::no_match;
}

// Finds the leaves that each condition accepts and keeps as levels the conditions that need a
// search.
ConsistencySearch::Prepared ConsistencySearch::prepare(std::span<const Condition> conditions) {
    levels_.clear();
    accepted_.clear();
    bool tests_absence = false;
    for (const auto& [path, list] : conditions) {
        tests_absence |= list->accepts_absence;
        if (event_->at(path).empty() && !list->accepts_absence) {
            return Prepared::impossible;
        }
    }
    for (const auto& [path, list] : conditions) {
        Level level;
        level.leaves = event_->at(path);
        level.accepts_absence = list->accepts_absence;
        level.accepted_begin = accepted_.size();
        bool binds_nothing = level.leaves.empty();
        for (const std::uint32_t index : level.leaves) {
            const EventLeaves::Placed& placed = event_->leaves()[index];
            if (!list->accepts(placed.leaf)) {
                continue;
            }
            accepted_.push_back(index);
            if (placed.element == kNone && !tests_absence) {
                binds_nothing = true;
                break;
            }
        }
        level.accepted_end = accepted_.size();
        if (binds_nothing) {
            accepted_.resize(level.accepted_begin);
        } else if (level.accepted_begin == level.accepted_end && !level.accepts_absence) {
            return Prepared::impossible;
        } else {
            levels_.push_back(level);
        }
    }
    const bool any_choice_will_do = levels_.size() <= 1 && !tests_absence;
    return any_choice_will_do ? Prepared::satisfied : Prepared::search;
}

bool ConsistencySearch::search(std::size_t index) {
    if (index == levels_.size()) {
        return true;
    }
    if (++steps_ > steps_max_ || is_known_dead_end(index)) {
        return false;
    }
    const std::uint64_t steps_before = steps_;
    const Level& level = levels_[index];
    const bool is_absent =
        level.accepts_absence && next_consistent(level.leaves, 0) == level.leaves.size();
    if ((is_absent && search(index + 1)) || search_leaves(index, level)) {
        return true;
    }
    if (steps_ - steps_before >= kDeadEndStepsMin) {
        remember_dead_end(index);
    }
    return false;
}

bool ConsistencySearch::search_leaves(std::size_t index, const Level& level) {
    const std::span accepted(
        accepted_.data() + level.accepted_begin,
        level.accepted_end - level.accepted_begin);
    bool failed_without_binding = false;
    std::uint32_t failed_element = kNone;
    for (std::size_t i = next_consistent(accepted, 0); i < accepted.size() && steps_ <= steps_max_;
         i = next_consistent(accepted, i + 1)) {
        const std::uint32_t element = event_->leaves()[accepted[i]].element;
        if (element != kNone && element == failed_element) {
            continue;
        }
        const std::size_t trail_size = trail_.size();
        bind(element);
        const bool binds_nothing = trail_.size() == trail_size;
        if (binds_nothing && failed_without_binding) {
            continue;
        }
        if (search(index + 1)) {
            return true;
        }
        undo_to(trail_size);
        failed_without_binding |= binds_nothing;
        failed_element = element;
    }
    return false;
}

// The first leaf at or behind `from` that is in no other element than those chosen.
std::size_t ConsistencySearch::next_consistent(
    std::span<const std::uint32_t> leaves,
    std::size_t from) {
    while (from < leaves.size()) {
        ++steps_;
        const std::uint32_t leaf = leaves[from];
        const std::uint32_t array = conflicting_array(event_->leaves()[leaf].element);
        if (array == kNone) {
            break;
        }
        const EventLeaves::Element& chosen = event_->elements()[chosen_[array]];
        const std::uint32_t skip_to =
            leaf < chosen.leaves_begin ? chosen.leaves_begin : event_->arrays()[array].leaves_end;
        const auto rest = leaves.subspan(from);
        from += static_cast<std::size_t>(
            std::lower_bound(rest.begin(), rest.end(), skip_to) - rest.begin());
    }
    return from;
}

// The array in which another element than the one around this one is chosen. Choices are made
// together with all elements around them, so the first array that is bound at all decides.
std::uint32_t ConsistencySearch::conflicting_array(std::uint32_t element) {
    while (element != kNone) {
        const EventLeaves::Element& e = event_->elements()[element];
        if (chosen_[e.array] != kNone) {
            return chosen_[e.array] == element ? kNone : e.array;
        }
        ++steps_;
        element = e.parent;
    }
    return kNone;
}

void ConsistencySearch::bind(std::uint32_t element) {
    while (element != kNone) {
        const EventLeaves::Element& e = event_->elements()[element];
        if (chosen_[e.array] != kNone) {
            return;
        }
        chosen_[e.array] = element;
        trail_.push_back(element);
        element = e.parent;
    }
}

void ConsistencySearch::undo_to(std::size_t trail_size) {
    for (; trail_.size() > trail_size; trail_.pop_back()) {
        chosen_[event_->elements()[trail_.back()].array] = kNone;
    }
}

bool ConsistencySearch::is_known_dead_end(std::size_t index) {
    return !dead_ends_.empty() && dead_ends_.contains(visible_choices(index));
}

void ConsistencySearch::remember_dead_end(std::size_t index) {
    if (steps_ > kStepsBeforeMemory && steps_ <= steps_max_) {
        dead_ends_.insert(visible_choices(index));
    }
}

// The level, and the chosen elements of the arrays that hold leaves of this level or of a later
// one: all that the outcome from here on depends on.
const std::vector<std::uint32_t>& ConsistencySearch::visible_choices(std::size_t index) {
    if (last_level_.empty()) {
        find_last_levels();
    }
    key_.clear();
    for (const std::uint32_t element : trail_) {
        if (last_level_[event_->elements()[element].array] > index) {
            key_.push_back(element);
        }
    }
    std::sort(key_.begin(), key_.end());
    key_.push_back(static_cast<std::uint32_t>(index));
    steps_ += key_.size();
    return key_;
}

void ConsistencySearch::find_last_levels() {
    last_level_.assign(event_->arrays().size(), 0);
    for (std::size_t index = levels_.size(); index-- > 0;) {
        for (const std::uint32_t leaf : levels_[index].leaves) {
            std::uint32_t element = event_->leaves()[leaf].element;
            while (element != kNone) {
                const EventLeaves::Element& e = event_->elements()[element];
                if (last_level_[e.array] > index) {
                    break;
                }
                last_level_[e.array] = index + 1;
                element = e.parent;
            }
        }
    }
}

}  // namespace eventbus::matching
