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
        // One bit for each name that leads further, by a few of its bytes: most fields of most
        // events are none of them.
        std::uint64_t names = 0;
    };

    static constexpr std::uint32_t kRoot = 0;

    PathTrie();

    // The path's number, a new one if the path is new.
    std::uint32_t add(std::string_view path);

    // The number, or kNone.
    std::uint32_t find(std::string_view path) const;

    // The node of a field (without escapes) of the object at `node`, or kNone: leads nowhere. Up
    // to `readable_end` the bytes behind the name may be read.
    std::uint32_t step(std::uint32_t node, std::string_view name, const char* readable_end) const {
        const Node& here = nodes_[node];
        if ((here.names >> name_bit(name) & 1) != 0) {
            const std::uint32_t child = step_once(node, name, readable_end);
            if (child != kNone) {
                return child;
            }
        }
        return here.leads_further && has_dot(name, readable_end) ? step_dotted(node, name) : kNone;
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

    static unsigned name_bit(std::string_view name) {
        if (name.empty()) {
            return 0;
        }
        const auto first = static_cast<unsigned char>(name.front());
        const auto last = static_cast<unsigned char>(name.back());
        return static_cast<unsigned>(first + last * 5u + name.size() * 11u) % 64;
    }

    static bool has_dot(std::string_view name, const char* readable_end);
    static std::uint64_t first_bytes(const char* from, std::size_t size, const char* readable_end);
    static Slot slot_for(std::uint32_t parent, std::string_view name, const char* readable_end);
    static std::uint64_t hash_of(const Slot& slot);
    std::uint32_t step_once(std::uint32_t node, std::string_view name, const char* readable_end)
        const;
    std::uint32_t step_dotted(std::uint32_t node, std::string_view name) const;
    std::uint32_t add_step(std::uint32_t node, std::string_view name);
    void grow();

    std::vector<Node> nodes_{1};
    std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
    std::size_t used_ = 0;
    std::vector<std::string> names_;
    std::vector<std::string> paths_;
};

// Up to eight bytes; zeros behind the others.
inline std::uint64_t
PathTrie::first_bytes(const char* from, std::size_t size, const char* readable_end) {
    if (size >= 8) {
        return load8(from);
    }
    if (readable_end - from >= 8) {
        return load8(from) & ((std::uint64_t{1} << size * 8) - 1);
    }
    std::uint64_t word = 0;
    for (std::size_t i = size; i-- > 0;) {
        word = word << 8 | static_cast<unsigned char>(from[i]);
    }
    return word;
}

inline bool PathTrie::has_dot(std::string_view name, const char* readable_end) {
    if (name.size() > 8) {
        return std::memchr(name.data(), '.', name.size()) != nullptr;
    }
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const std::uint64_t others = first_bytes(name.data(), name.size(), readable_end) ^ kOnes * '.';
    return ((others - kOnes) & ~others & kOnes * 0x80) != 0;
}

inline PathTrie::Slot
PathTrie::slot_for(std::uint32_t parent, std::string_view name, const char* readable_end) {
    Slot slot;
    slot.size = static_cast<std::uint32_t>(name.size());
    slot.parent = parent;
    slot.first = first_bytes(name.data(), name.size(), readable_end);
    if (name.size() > 8) {
        slot.last = load8(name.data() + name.size() - 8);
    }
    return slot;
}

inline std::uint64_t PathTrie::hash_of(const Slot& slot) {
    const std::uint64_t place = static_cast<std::uint64_t>(slot.parent) << 32 | slot.size;
    return mix(slot.first ^ slot.last * 3 ^ 0x9e3779b97f4a7c15, place ^ 0xbf58476d1ce4e5b9);
}

inline std::uint32_t
PathTrie::step_once(std::uint32_t node, std::string_view name, const char* readable_end) const {
    const Slot wanted = slot_for(node, name, readable_end);
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
