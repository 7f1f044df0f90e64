#pragma once

#include "leaf.hpp"
#include "path_table.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace eventbus::matching {

// The leaves of one event that rules look at, in the order of the text, and the arrays around them.
// An array matters by its elements that are objects or arrays: a leaf inside one can only match
// together with leaves of the same element. Indexes are into leaves(), elements() and arrays();
// everything inside an element or array is one range of leaves.
class EventLeaves {
public:
    struct Placed {
        Leaf leaf;
        std::uint32_t path = 0;
        std::uint32_t element = kNone;  // the innermost one around the leaf
    };

    struct Element {
        std::uint32_t array = 0;
        std::uint32_t parent = kNone;  // the innermost element around the array
        std::uint32_t leaves_begin = 0;
        std::uint32_t leaves_end = 0;
    };

    struct Array {
        std::uint32_t leaves_end = 0;
    };

    void clear(std::size_t path_count);

    void add(const Leaf& leaf, std::uint32_t path, std::uint32_t element) {
        AtPath& there = at_path_[path];
        if (there.count++ == 0) {
            there.first = leaf_count();
            paths_seen_.push_back(path);
        }
        there.in_elements |= element != kNone;
        leaves_.push_back({leaf, path, element});
    }

    std::uint32_t begin_array();
    std::uint32_t begin_element(std::uint32_t array, std::uint32_t parent);
    void end_array(std::uint32_t array);
    void end_element(std::uint32_t element);

    // Call once when all leaves are in; `at` works from then on.
    void group_by_path();

    // Ascending indexes of the leaves at one path.
    std::span<const std::uint32_t> at(std::uint32_t path) const {
        const AtPath& there = at_path_[path];
        return {there.count == 1 ? &there.first : by_path_.data() + there.first, there.count};
    }

    // Whether some leaf at the path is inside an array's element.
    bool in_elements(std::uint32_t path) const { return at_path_[path].in_elements; }

    // The paths that have leaves, each once.
    const std::vector<std::uint32_t>& paths_seen() const { return paths_seen_; }

    const std::vector<Placed>& leaves() const { return leaves_; }

    const std::vector<Element>& elements() const { return elements_; }

    const std::vector<Array>& arrays() const { return arrays_; }

private:
    struct AtPath {
        std::uint32_t count = 0;
        // The leaf if it is the only one, else where those of the path begin in by_path_; before
        // they are grouped the first leaf.
        std::uint32_t first = 0;
        std::uint32_t grouped = 0;
        bool in_elements = false;
    };

    std::uint32_t leaf_count() const { return static_cast<std::uint32_t>(leaves_.size()); }

    std::vector<Placed> leaves_;
    std::vector<Element> elements_;
    std::vector<Array> arrays_;

    std::vector<AtPath> at_path_;
    std::vector<std::uint32_t> by_path_;
    std::vector<std::uint32_t> paths_seen_;
};

}  // namespace eventbus::matching
