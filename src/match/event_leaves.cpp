#include "event_leaves.hpp"

namespace eventbus::matching {

void EventLeaves::clear(std::size_t path_count) {
    for (const std::uint32_t path : paths_seen_) {
        at_path_[path] = {};
    }
    paths_seen_.clear();
    leaves_.clear();
    elements_.clear();
    arrays_.clear();
    by_path_.clear();
    // One more than needed, so that an empty table has a place to point at.
    at_path_.resize(path_count + 1);
}

std::uint32_t EventLeaves::begin_array() {
    arrays_.push_back({leaf_count()});
    return static_cast<std::uint32_t>(arrays_.size() - 1);
}

std::uint32_t EventLeaves::begin_element(std::uint32_t array, std::uint32_t parent) {
    elements_.push_back({array, parent, leaf_count(), leaf_count()});
    return static_cast<std::uint32_t>(elements_.size() - 1);
}

void EventLeaves::end_array(std::uint32_t array) {
    arrays_[array].leaves_end = leaf_count();
}

void EventLeaves::end_element(std::uint32_t element) {
    elements_[element].leaves_end = leaf_count();
}

// Most paths have one leaf, which needs no list.
void EventLeaves::group_by_path() {
    std::uint32_t grouped = 0;
    for (const std::uint32_t path : paths_seen_) {
        AtPath& there = at_path_[path];
        if (there.count > 1) {
            there.first = grouped;
            grouped += there.count;
        }
    }
    if (grouped == 0) {
        return;
    }
    by_path_.resize(grouped);
    for (std::uint32_t i = 0; i < leaf_count(); ++i) {
        AtPath& there = at_path_[leaves_[i].path];
        if (there.count > 1) {
            by_path_[there.first + there.grouped++] = i;
        }
    }
}

}  // namespace eventbus::matching
