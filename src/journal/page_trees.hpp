#pragma once

#include "page_cells.hpp"
#include "page_file.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace eventbus {

// Which pages belong to which table or index of a damaged database. What the page above does not
// say any more, because it is damaged or gone, the pointer map does: with auto_vacuum, which all
// our databases have, it knows of every page what it is and which page leads to it.
class PageTrees {
public:
    struct Root {
        PageNumber page;
        bool is_table;  // by row numbers, see TreePage
    };

    struct Tree {
        bool is_table = false;
        bool exists = false;            // as far as anybody knows
        bool is_sound = true;           // these are all its pages, and all on them can be read
        std::vector<PageNumber> pages;  // that can be read, in order as far as there is one
        std::optional<std::int64_t> first_number;  // of its rows, if that is known
    };

    // `all_exist`: the file seems to be of a version that has all of them. It must outlive this.
    PageTrees(const PageFile& file, const std::vector<Root>& roots, bool all_exist);

    // Of one of the roots.
    const Tree& tree(PageNumber root) const { return trees_.at(root); }

    // Pages of trees of which nothing says any more whose they are; and what to do with one.
    const std::vector<PageNumber>& homeless() const { return homeless_; }

    void give(PageNumber page, PageNumber root) { grow(root, {page, false}); }

private:
    enum class Use : unsigned char {
        root = 1,
        free = 2,
        overflow = 3,
        more_overflow = 4,
        inner = 5
    };

    struct Origin {
        Use use;
        PageNumber parent;
    };

    struct Step {
        PageNumber page;
        bool is_first;  // no row of the tree comes before its rows
    };

    std::optional<Origin> origin_of(PageNumber page) const;
    bool seems_to_exist(PageNumber root, bool all_exist) const;
    bool map_is_sound(PageNumber map) const;
    std::optional<TreePage> read_tree_page(PageNumber number) const;
    bool leads_to(PageNumber parent, PageNumber child) const;
    bool is_child(PageNumber child, PageNumber parent) const;
    bool is_free_to_take(PageNumber page) const;
    void grow(PageNumber root, Step from);
    std::optional<PageNumber> loser_of(PageNumber page) const;
    void adopt();

    const PageFile& file_;
    std::map<PageNumber, Tree> trees_;
    std::vector<PageNumber> root_of_;  // by page; 0: of none
    std::vector<bool> is_broken_;      // by page: one of its children may not be known
    std::vector<PageNumber> homeless_;
    mutable std::unordered_map<PageNumber, bool> sound_maps_;
};

}  // namespace eventbus
