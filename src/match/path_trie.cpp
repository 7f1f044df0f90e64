#include "path_trie.hpp"

#include "hashing.hpp"

namespace eventbus::matching {

PathTrie::PathTrie() : slots_(16) {}

PathTrie::Slot PathTrie::slot_for(std::uint32_t parent, std::string_view name) {
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

std::uint64_t PathTrie::hash_of(const Slot& slot) {
    const std::uint64_t place = static_cast<std::uint64_t>(slot.parent) << 32 | slot.size;
    return mix(slot.first ^ slot.last * 3 ^ 0x9e3779b97f4a7c15, place ^ 0xbf58476d1ce4e5b9);
}

std::uint32_t PathTrie::step_once(std::uint32_t node, std::string_view name) const {
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

std::uint32_t PathTrie::step_dotted(std::uint32_t node, std::string_view name) const {
    while (node != kNone) {
        const std::size_t dot = name.find('.');
        node = step_once(node, name.substr(0, dot));
        if (dot == std::string_view::npos) {
            break;
        }
        name.remove_prefix(dot + 1);
    }
    return node;
}

std::uint32_t PathTrie::find(std::string_view path) const {
    const std::uint32_t node = step_dotted(kRoot, path);
    return node == kNone ? kNone : nodes_[node].path;
}

std::uint32_t PathTrie::add(std::string_view path) {
    std::uint32_t node = kRoot;
    for (std::string_view rest = path;;) {
        const std::size_t dot = rest.find('.');
        node = add_step(node, rest.substr(0, dot));
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    if (nodes_[node].path == kNone) {
        nodes_[node].path = static_cast<std::uint32_t>(paths_.size());
        paths_.emplace_back(path);
    }
    return nodes_[node].path;
}

std::uint32_t PathTrie::add_step(std::uint32_t node, std::string_view name) {
    if (const std::uint32_t known = step_once(node, name); known != kNone) {
        return known;
    }
    if (++used_ * 2 > slots_.size()) {
        grow();
    }
    nodes_[node].leads_further = true;
    Slot slot = slot_for(node, name);
    slot.child = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    if (name.size() > 16) {
        slot.name = static_cast<std::uint32_t>(names_.size());
        names_.emplace_back(name);
    }
    const std::size_t mask = slots_.size() - 1;
    std::size_t index = hash_of(slot) & mask;
    while (slots_[index].parent != kNone) {
        index = (index + 1) & mask;
    }
    slots_[index] = slot;
    return slot.child;
}

void PathTrie::grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    const std::size_t mask = slots_.size() - 1;
    for (const Slot& slot : old) {
        if (slot.parent == kNone) {
            continue;
        }
        std::size_t index = hash_of(slot) & mask;
        while (slots_[index].parent != kNone) {
            index = (index + 1) & mask;
        }
        slots_[index] = slot;
    }
}

std::size_t PathTrie::bytes() const {
    std::size_t total = nodes_.capacity() * sizeof(Node) + slots_.capacity() * sizeof(Slot);
    for (const auto* texts : {&names_, &paths_}) {
        total += texts->capacity() * sizeof(std::string);
        for (const std::string& text : *texts) {
            total += text.capacity() > 15 ? text.capacity() + 1 : 0;
        }
    }
    return total;
}

}  // namespace eventbus::matching
