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

    void add(Leaf leaf, std::uint32_t path, std::uint32_t element);
    std::uint32_t begin_array();
    std::uint32_t begin_element(std::uint32_t array, std::uint32_t parent);
    void end_array(std::uint32_t array);
    void end_element(std::uint32_t element);

    // Call once when all leaves are in; `at` works from then on.
    void group_by_path();

    // Ascending indexes of the leaves at one path.
    std::span<const std::uint32_t> at(std::uint32_t path) const {
        return {by_path_.data() + begin_[path], count_[path]};
    }

    // Whether some leaf at the path is inside an array's element.
    bool in_elements(std::uint32_t path) const { return in_elements_[path] != 0; }

    // The paths that have leaves, each once.
    const std::vector<std::uint32_t>& paths_seen() const { return paths_seen_; }

    const std::vector<Placed>& leaves() const { return leaves_; }

    const std::vector<Element>& elements() const { return elements_; }

    const std::vector<Array>& arrays() const { return arrays_; }

private:
    std::uint32_t leaf_count() const { return static_cast<std::uint32_t>(leaves_.size()); }

    std::vector<Placed> leaves_;
    std::vector<Element> elements_;
    std::vector<Array> arrays_;

    // by_path_ holds the leaves of path p from begin_[p] on.
    std::vector<std::uint32_t> by_path_;
    std::vector<std::uint32_t> begin_;
    std::vector<std::uint32_t> count_;
    std::vector<std::uint32_t> paths_seen_;
    std::vector<std::uint8_t> in_elements_;  // by path
};

}  // namespace eventbus::matching
