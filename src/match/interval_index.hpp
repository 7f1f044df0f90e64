#pragma once

#include "hashed_anchors.hpp"

#include <algorithm>
#include <vector>

namespace eventbus::matching {

// Closed intervals, and which of them hold a value: a balanced search tree over their lower ends,
// laid out in a sorted array, each node knowing the highest upper end below it. A probe costs the
// logarithm of the number of intervals for each that holds the value.
template <class Key>
class IntervalIndex {
public:
    void add(const Key& first, const Key& last, Group group) {
        intervals_.push_back({first, last, last, group});
    }

    // Call once when all are in.
    void finish() {
        std::sort(intervals_.begin(), intervals_.end(), [](const auto& a, const auto& b) {
            return a.first < b.first;
        });
        intervals_.shrink_to_fit();
        if (!intervals_.empty()) {
            raise_highest(0, intervals_.size());
        }
    }

    // Hits the intervals that hold a value from `low` to `high`.
    template <class Hit>
    void probe(const Key& low, const Key& high, Hit& hit) const {
        probe(0, intervals_.size(), low, high, hit);
    }

    bool empty() const { return intervals_.empty(); }

    std::size_t bytes() const { return intervals_.capacity() * sizeof(Interval); }

private:
    struct Interval {
        Key first;
        Key last;
        Key highest;  // of `last` in the subtree whose root this is
        Group group;
    };

    static std::size_t middle(std::size_t begin, std::size_t end) {
        return begin + (end - begin) / 2;
    }

    const Key& raise_highest(std::size_t begin, std::size_t end) {
        const std::size_t root = middle(begin, end);
        Interval& interval = intervals_[root];
        if (begin < root) {
            interval.highest = std::max(interval.highest, raise_highest(begin, root));
        }
        if (root + 1 < end) {
            interval.highest = std::max(interval.highest, raise_highest(root + 1, end));
        }
        return interval.highest;
    }

    template <class Hit>
    void probe(std::size_t begin, std::size_t end, const Key& low, const Key& high, Hit& hit)
        const {
        while (begin < end) {
            const std::size_t root = middle(begin, end);
            const Interval& interval = intervals_[root];
            if (interval.highest < low) {
                return;
            }
            probe(begin, root, low, high, hit);
            if (high < interval.first) {
                return;
            }
            if (!(interval.last < low)) {
                hit(interval.group);
            }
            begin = root + 1;
        }
    }

    std::vector<Interval> intervals_;
};

}  // namespace eventbus::matching
