#pragma once

#include <cstdint>
#include <vector>

namespace eventbus::matching {

// What a probe of the index yields: a group of sub-rules that rest on one condition
// (rule_program.hpp). Below 2^31.
using Group = std::uint32_t;

// From the hash of a value at a path to the groups that wait for it. Keeps 32 bits of the hash and
// not the value: a false hit costs a check, a stored value would cost a cache line each time.
class HashedAnchors {
public:
    void add(std::uint64_t hash, Group group) { pairs_.push_back({hash, group}); }

    // Call once when all are in.
    void finish();

    void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }

    template <class Hit>
    void probe(std::uint64_t hash, Hit& hit) const {
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t index = hash & mask_; slots_[index].entry != kFree;
             index = (index + 1) & mask_) {
            const Slot& slot = slots_[index];
            if (slot.tag != tag) {
                continue;
            }
            if ((slot.entry & kIsList) == 0) {
                hit(slot.entry);
                continue;
            }
            const Group* const list = &lists_[slot.entry & ~kIsList];
            for (std::uint32_t i = 1; i <= list[0]; ++i) {
                hit(list[i]);
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

    static constexpr std::uint32_t kFree = UINT32_MAX;
    static constexpr std::uint32_t kIsList = 0x80000000;

    // Small, so that a cache line holds eight.
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t entry = kFree;  // the group, or with several where their list begins
    };

    std::vector<Pair> pairs_;  // until finish()
    std::vector<Slot> slots_{1};
    std::size_t mask_ = 0;
    std::vector<Group> lists_;  // each behind its length
};

}  // namespace eventbus::matching
