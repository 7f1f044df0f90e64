#pragma once

#include <cstdint>
#include <vector>

namespace eventbus::matching {

// What a probe of the index yields: groups of sub-rules that rest on one condition (segment.hpp).
using Group = std::uint32_t;

// From the hash of a value at a path to the groups that wait for it. Keeps 32 bits of the hash and
// not the value: a false hit costs a check, a stored value would cost a cache line each time.
class HashedAnchors {
public:
    void add(std::uint64_t hash, Group group) { pairs_.push_back({hash, group}); }

    // Call once when all are in.
    void finish();

    template <class Hit>
    void probe(std::uint64_t hash, Hit hit) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t index = hash & mask_; slots_[index].count != 0;
             index = (index + 1) & mask_) {
            const Slot& slot = slots_[index];
            if (slot.tag != tag) {
                continue;
            }
            if (slot.count == 1) {
                hit(slot.group);
                continue;
            }
            for (std::uint32_t i = 0; i < slot.count; ++i) {
                hit(lists_[slot.group + i]);
            }
        }
    }

    std::size_t bytes() const {
        return slots_.capacity() * sizeof(Slot) + lists_.capacity() * sizeof(Group);
    }

private:
    struct Pair {
        std::uint64_t hash;
        Group group;
    };

    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t count = 0;  // 0: free
        Group group = 0;          // the group, or with several where their list begins
    };

    std::vector<Pair> pairs_;  // until finish()
    std::vector<Slot> slots_{1};
    std::size_t mask_ = 0;
    std::vector<Group> lists_;
};

}  // namespace eventbus::matching
