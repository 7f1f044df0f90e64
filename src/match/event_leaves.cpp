#include "event_leaves.hpp"

namespace eventbus::matching {

void EventLeaves::clear(std::size_t path_count) {
    for (const std::uint32_t path : paths_seen_) {
        count_[path] = 0;
        in_elements_[path] = 0;
    }
    paths_seen_.clear();
    leaves_.clear();
    elements_.clear();
    arrays_.clear();
    // One more than needed, so that an empty table has a place to point at.
    begin_.resize(path_count + 1);
    count_.resize(path_count + 1);
    in_elements_.resize(path_count + 1);
}

void EventLeaves::add(Leaf leaf, std::uint32_t path, std::uint32_t element) {
    leaves_.push_back({leaf, path, element});
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

void EventLeaves::group_by_path() {
    for (const Placed& placed : leaves_) {
        if (count_[placed.path]++ == 0) {
            paths_seen_.push_back(placed.path);
        }
        in_elements_[placed.path] |= placed.element != kNone ? 1 : 0;
    }
    std::uint32_t begin = 0;
    for (const std::uint32_t path : paths_seen_) {
        begin_[path] = begin;
        begin += count_[path];
        count_[path] = 0;
    }
    by_path_.resize(leaves_.size());
    for (std::uint32_t i = 0; i < leaf_count(); ++i) {
        const std::uint32_t path = leaves_[i].path;
        by_path_[begin_[path] + count_[path]++] = i;
    }
}

}  // namespace eventbus::matching
