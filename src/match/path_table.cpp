#include "path_table.hpp"

#include <algorithm>

namespace eventbus::matching {

// FNV-1a: the hash of a longer path continues that of the shorter. Its collisions can be
// constructed, but only paths of rules are stored, so an event can provoke comparisons and no long
// chains.
std::uint64_t PathTable::extend(std::uint64_t hash, std::string_view bytes) {
    for (const char byte : bytes) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    }
    return hash;
}

std::uint32_t PathTable::add(std::string_view path) {
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos;
         dot = path.find('.', dot + 1)) {
        entry_of(path.substr(0, dot)).leads_further = true;
    }
    Entry& entry = entry_of(path);
    if (entry.id == kNone) {
        entry.id = size_++;
    }
    longest_path_ = std::max(longest_path_, path.size());
    return entry.id;
}

PathTable::Entry PathTable::find(std::string_view path, std::uint64_t hash) const {
    const Slot& slot = slots_[slot_of(path, hash)];
    return slot.used ? slot.entry : Entry{};
}

PathTable::Entry& PathTable::entry_of(std::string_view path) {
    const std::uint64_t hash = extend(kEmptyHash, path);
    std::size_t index = slot_of(path, hash);
    if (!slots_[index].used) {
        if (++used_ * 2 > slots_.size()) {
            grow();
            index = slot_of(path, hash);
        }
        slots_[index] = {hash, std::string(path), {}, true};
    }
    return slots_[index].entry;
}

std::size_t PathTable::slot_of(std::string_view path, std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t index = (hash ^ hash >> 32) & mask;
    while (slots_[index].used && (slots_[index].hash != hash || slots_[index].path != path)) {
        index = (index + 1) & mask;
    }
    return index;
}

void PathTable::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old) {
        if (slot.used) {
            const std::size_t index = slot_of(slot.path, slot.hash);
            slots_[index] = std::move(slot);
        }
    }
}

}  // namespace eventbus::matching
