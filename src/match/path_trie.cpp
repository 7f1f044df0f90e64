#include "path_trie.hpp"

namespace eventbus::matching {

PathTrie::PathTrie() : slots_(16) {}

std::uint32_t PathTrie::step_dotted(std::uint32_t node, std::string_view name) const {
    while (node != kNone) {
        const std::size_t dot = name.find('.');
        const std::string_view first = name.substr(0, dot);
        node = step_once(node, first, first.data() + first.size());
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
    const char* const end = name.data() + name.size();
    if (const std::uint32_t known = step_once(node, name, end); known != kNone) {
        return known;
    }
    if (++used_ * 2 > slots_.size()) {
        grow();
    }
    nodes_[node].leads_further = true;
    nodes_[node].names |= std::uint64_t{1} << name_bit(name);
    Slot slot = slot_for(node, name, end);
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
