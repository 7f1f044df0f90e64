#include "hashed_anchors.hpp"

#include <algorithm>
#include <bit>

namespace eventbus::matching {

void HashedAnchors::finish() {
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.group < b.group;
    });
    slots_.assign(std::bit_ceil(pairs_.size() * 2 + 1), {});
    mask_ = slots_.size() - 1;
    for (std::size_t begin = 0, end = 0; begin < pairs_.size(); begin = end) {
        for (end = begin; end < pairs_.size() && pairs_[end].hash == pairs_[begin].hash; ++end) {
        }
        Slot slot;
        slot.tag = static_cast<std::uint32_t>(pairs_[begin].hash >> 32);
        slot.entry = pairs_[begin].group;
        if (end - begin > 1) {
            slot.entry = static_cast<std::uint32_t>(lists_.size()) | kIsList;
            lists_.push_back(static_cast<Group>(end - begin));
            for (std::size_t i = begin; i < end; ++i) {
                lists_.push_back(pairs_[i].group);
            }
        }
        std::size_t index = pairs_[begin].hash & mask_;
        while (slots_[index].entry != kFree) {
            index = (index + 1) & mask_;
        }
        slots_[index] = slot;
    }
    lists_.shrink_to_fit();
    pairs_ = {};
}

}  // namespace eventbus::matching
