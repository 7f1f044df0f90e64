#include "page_trees.hpp"

#include <algorithm>
#include <ranges>

namespace eventbus {
namespace {

constexpr std::size_t kOriginBytes = 5;  // how it is used, and by which page
constexpr std::size_t kLastRootOffset = 52;
constexpr PageNumber kFirstMap = 2;
// A page of the map and those that it tells of.
constexpr PageNumber kPagesPerMap = kPageBytes / kOriginBytes + 1;
constexpr int kDepthMax = 20;  // SQLite's own bound of a tree's height

PageNumber map_of(PageNumber page) {
    return (page - kFirstMap) / kPagesPerMap * kPagesPerMap + kFirstMap;
}

}  // namespace

PageTrees::PageTrees(const PageFile& file, const std::vector<Root>& roots, bool all_exist)
    : file_(file), root_of_(std::size_t{file.count()} + 1), is_broken_(root_of_.size()) {
    for (const Root& root : roots) {
        trees_[root.page].is_table = root.is_table;
    }
    for (auto& [root, tree] : trees_) {
        tree.exists = seems_to_exist(root, all_exist);
        if (tree.exists) {
            grow(root, {root, true});
        }
    }
    adopt();
}

// By majority, as each witness may be damaged. The first page has the number of the last root.
bool PageTrees::seems_to_exist(PageNumber root, bool all_exist) const {
    int votes = all_exist ? 1 : 0;
    Page first;
    if (file_.read(1, first)) {
        votes += big_endian_32(first.data() + kLastRootOffset) >= root ? 1 : -1;
    }
    if (const auto origin = origin_of(root)) {
        votes += origin->use == Use::root ? 1 : -1;
    }
    return votes >= 0;
}

// A damaged map is believed in nothing: then the trees are whole, or both are lost.
bool PageTrees::map_is_sound(PageNumber map) const {
    const auto [known, is_new] = sound_maps_.try_emplace(map, false);
    Page page;
    if (is_new && file_.read(map, page)) {
        bool is_sound = true;
        for (PageNumber i = 0; i + 1 < kPagesPerMap && map + i + 1 <= file_.count(); ++i) {
            const unsigned char use = page[i * kOriginBytes];
            is_sound = is_sound && use >= static_cast<unsigned char>(Use::root) &&
                       use <= static_cast<unsigned char>(Use::inner);
        }
        known->second = is_sound;
    }
    return known->second;
}

std::optional<PageTrees::Origin> PageTrees::origin_of(PageNumber page) const {
    if (page <= kFirstMap || map_of(page) == page || !map_is_sound(map_of(page))) {
        return std::nullopt;
    }
    Page map;
    if (!file_.read(map_of(page), map)) {
        return std::nullopt;
    }
    const unsigned char* entry = map.data() + (page - map_of(page) - 1) * kOriginBytes;
    if (entry[0] < static_cast<unsigned char>(Use::root) ||
        entry[0] > static_cast<unsigned char>(Use::inner)) {
        return std::nullopt;  // a page behind the end of the file
    }
    return Origin{static_cast<Use>(entry[0]), big_endian_32(entry + 1)};
}

std::optional<TreePage> PageTrees::read_tree_page(PageNumber number) const {
    Page page;
    return file_.read(number, page) ? parse_tree_page(number, page) : std::nullopt;
}

bool PageTrees::leads_to(PageNumber parent, PageNumber child) const {
    const auto page = read_tree_page(parent);
    return page &&
           (page->last_child == child || std::ranges::any_of(page->cells, [&](const Cell& cell) {
                return cell.child == child;
            }));
}

// One bit of the page above or of the map may be wrong, so where they do not agree a third page
// decides.
bool PageTrees::is_child(PageNumber child, PageNumber parent) const {
    const auto origin = origin_of(child);
    if (!origin) {
        return true;
    }
    switch (origin->use) {
        case Use::free:
            return false;  // what it still holds was deleted
        case Use::root:
            return !trees_.contains(child);
        case Use::inner:
            return origin->parent == parent || !leads_to(origin->parent, child);
        case Use::overflow:
        case Use::more_overflow:
            break;
    }
    return true;
}

bool PageTrees::is_free_to_take(PageNumber page) const {
    return page != 0 && page < root_of_.size() && root_of_[page] == 0;
}

void PageTrees::grow(PageNumber root, Step from) {
    Tree& tree = trees_.at(root);
    std::vector<Step> steps{from};
    while (!steps.empty()) {
        const Step step = steps.back();
        steps.pop_back();
        if (!is_free_to_take(step.page)) {
            tree.is_sound = false;
            continue;
        }
        root_of_[step.page] = root;
        auto page = read_tree_page(step.page);
        if (page && page->is_table != tree.is_table) {
            page.reset();
        }
        bool is_sound = page && page->is_sound;
        if (page) {
            tree.pages.push_back(step.page);
        }
        if (page && page->is_leaf && step.is_first && is_sound) {
            tree.first_number = page->cells.empty() ? 0 : page->cells.front().number;
        }
        if (page && !page->is_leaf) {
            std::vector<PageNumber> children;
            for (const Cell& cell : page->cells) {
                children.push_back(cell.child);
            }
            children.push_back(page->last_child);
            for (std::size_t i = children.size(); i-- > 0;) {
                if (is_free_to_take(children[i]) && is_child(children[i], step.page)) {
                    steps.push_back({children[i], step.is_first && is_sound && i == 0});
                } else {
                    is_sound = false;
                }
            }
        }
        is_broken_[step.page] = !is_sound;
        tree.is_sound = tree.is_sound && is_sound;
    }
}

// The root of the tree that has lost what this page led to; 0 if none has, nullopt if nobody knows.
std::optional<PageNumber> PageTrees::loser_of(PageNumber page) const {
    for (int depth = 0; depth < kDepthMax; ++depth) {
        if (page < root_of_.size() && root_of_[page] != 0) {
            return is_broken_[page] ? root_of_[page] : 0;
        }
        const auto origin = origin_of(page);
        if (!origin) {
            return page == 1 ? std::optional<PageNumber>(0) : std::nullopt;  // 1: of the schema
        }
        if (origin->use != Use::inner) {
            return origin->use == Use::root && trees_.contains(page) ? page : 0;
        }
        page = origin->parent;
    }
    return std::nullopt;
}

void PageTrees::adopt() {
    for (PageNumber page = kFirstMap + 1; page < root_of_.size(); ++page) {
        const auto origin = root_of_[page] == 0 ? origin_of(page) : std::nullopt;
        if (!origin || origin->use != Use::inner) {
            continue;
        }
        const auto root = loser_of(origin->parent);
        if (!root) {
            homeless_.push_back(page);
        } else if (*root != 0) {
            give(page, *root);
        }
    }
}

}  // namespace eventbus
