#pragma once

#include "hashing.hpp"
#include "path_table.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus::matching {

// The paths that some rules look at as a tree of field names, so that whoever walks an event pays
// one probe for each field and leaves out what leads nowhere. Because names are joined with dots
// and not escaped, a field named "a.b" takes the same two steps as "b" inside "a".
class PathTrie {
public:
    struct Node {
        std::uint32_t path = kNone;  // kNone: no rule looks at this path itself
        bool leads_further = false;  // an object here may hold paths of the trie
    };

    static constexpr std::uint32_t kRoot = 0;

    PathTrie();

    // The path's number, a new one if the path is new.
    std::uint32_t add(std::string_view path);

    // The number, or kNone.
    std::uint32_t find(std::string_view path) const;

    // The node of a field (without escapes) of the object at `node`, or kNone: leads nowhere.
    std::uint32_t step(std::uint32_t node, std::string_view name) const {
        const std::uint32_t child = step_once(node, name);
        if (child != kNone || !nodes_[node].leads_further || !has_dot(name)) {
            return child;
        }
        return step_dotted(node, name);
    }

    const Node& node(std::uint32_t index) const { return nodes_[index]; }

    std::size_t path_count() const { return paths_.size(); }

    const std::string& path_name(std::uint32_t path) const { return paths_[path]; }

    std::size_t bytes() const;

private:
    // A field name of up to 16 bytes is its first and its last eight.
    struct Slot {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::uint32_t size = 0;
        std::uint32_t parent = kNone;  // kNone: the slot is free
        std::uint32_t child = 0;
        std::uint32_t name = 0;  // into names_, of a longer one
    };

    static bool has_dot(std::string_view name) {
        constexpr std::uint64_t kOnes = 0x0101010101010101;
        const auto in_word = [](std::uint64_t word) {
            const std::uint64_t others = word ^ kOnes * '.';
            return ((others - kOnes) & ~others & kOnes * 0x80) != 0;
        };
        if (name.size() <= 8) {
            return in_word(load_short(name.data(), name.size()));
        }
        if (name.size() <= 16) {
            return in_word(load8(name.data())) || in_word(load8(name.data() + name.size() - 8));
        }
        return name.find('.') != std::string_view::npos;
    }

    static Slot slot_for(std::uint32_t parent, std::string_view name);
    static std::uint64_t hash_of(const Slot& slot);
    std::uint32_t step_once(std::uint32_t node, std::string_view name) const;
    std::uint32_t step_dotted(std::uint32_t node, std::string_view name) const;
    std::uint32_t add_step(std::uint32_t node, std::string_view name);
    void grow();

    std::vector<Node> nodes_{1};
    std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
    std::size_t used_ = 0;
    std::vector<std::string> names_;
    std::vector<std::string> paths_;
};

inline PathTrie::Slot PathTrie::slot_for(std::uint32_t parent, std::string_view name) {
    Slot slot;
    slot.size = static_cast<std::uint32_t>(name.size());
    slot.parent = parent;
    if (name.size() <= 8) {
        slot.first = load_short(name.data(), name.size());
    } else {
        slot.first = load8(name.data());
        slot.last = load8(name.data() + name.size() - 8);
    }
    return slot;
}

inline std::uint64_t PathTrie::hash_of(const Slot& slot) {
    const std::uint64_t place = static_cast<std::uint64_t>(slot.parent) << 32 | slot.size;
    return mix(slot.first ^ slot.last * 3 ^ 0x9e3779b97f4a7c15, place ^ 0xbf58476d1ce4e5b9);
}

inline std::uint32_t PathTrie::step_once(std::uint32_t node, std::string_view name) const {
    const Slot wanted = slot_for(node, name);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t index = hash_of(wanted) & mask; slots_[index].parent != kNone;
         index = (index + 1) & mask) {
        const Slot& slot = slots_[index];
        if (slot.first == wanted.first && slot.last == wanted.last && slot.size == wanted.size &&
            slot.parent == node && (name.size() <= 16 || names_[slot.name] == name)) {
            return slot.child;
        }
    }
    return kNone;
}

}  // namespace eventbus::matching
