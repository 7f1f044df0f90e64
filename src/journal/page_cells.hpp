#pragma once

#include "page_file.hpp"
#include "sqlite.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eventbus {

// One entry of a tree's page: a row, or the way to a page below, or both (a table without row
// numbers keeps rows on its inner pages too).
struct Cell {
    std::int64_t number = 0;  // of a table's row
    PageNumber child = 0;     // 0 on a leaf
    bool has_payload = false;
    std::size_t payload_bytes = 0;
    std::size_t local_at = 0;  // of the payload's part on the page
    std::size_t local_bytes = 0;
    PageNumber overflow = 0;  // where the rest is
};

struct TreePage {
    bool is_table = false;  // by row numbers; false: an index, or a table without them
    bool is_leaf = false;
    std::vector<Cell> cells;
    PageNumber last_child = 0;
    // Every entry can be read, and together with the free space they fill the page.
    bool is_sound = false;
};

// What of a page can be understood; nullopt if it is no page of a tree.
std::optional<TreePage> parse_tree_page(PageNumber number, const Page& page);

// A row's values as they are stored: numbers and texts only, all that our tables have. nullopt if
// they cannot be read.
std::optional<std::vector<sqlite::Value>>
read_record(const PageFile& file, const Page& page, const Cell& cell);

}  // namespace eventbus
