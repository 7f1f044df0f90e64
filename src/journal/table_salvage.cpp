#include "table_salvage.hpp"

#include "migrations.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace eventbus {
namespace {

constexpr std::size_t kUserVersionOffset = 60;

// The indexes that say the same as a table, or which rows it has.
constexpr std::array kIndexes{
    "deliveries_waiting",
    "sqlite_autoindex_lanes_1",
    "archives_arn",
    "events_id",
    "dead_letters_event"};

bool is_of(const sqlite::Value& value, const sqlite::Column& column) {
    if (std::holds_alternative<std::monostate>(value)) {
        return column.may_be_null;
    }
    return std::holds_alternative<std::int64_t>(value) == column.is_integer;
}

}  // namespace

TableSalvage::TableSalvage(const std::filesystem::path& damaged, sqlite::Database& to)
    : file_(damaged), trees_(file_, find_roots(to), has_all_tables()) {
    place_homeless();
}

std::vector<PageTrees::Root> TableSalvage::find_roots(sqlite::Database& to) {
    std::vector<PageTrees::Root> roots;
    for (const std::string& name : to.tables()) {
        const Table& table =
            tables_[name] = {to.columns(name.c_str()), to.has_rowid_key(name.c_str())};
        roots_[name] = static_cast<PageNumber>(to.root_page(name.c_str()));
        roots.push_back({roots_[name], table.has_number});
    }
    for (const char* name : kIndexes) {
        roots_[name] = static_cast<PageNumber>(to.root_page(name));
        roots.push_back({roots_[name], false});
    }
    return roots;
}

// An older version need not have had them all.
bool TableSalvage::has_all_tables() const {
    Page first;
    return file_.read(1, first) && big_endian_32(first.data() + kUserVersionOffset) ==
                                       static_cast<std::uint32_t>(schema_version());
}

const PageTrees::Tree& TableSalvage::tree(const std::string& name) const {
    return trees_.tree(roots_.at(name));
}

std::uint64_t TableSalvage::unreadable(const std::string& name) const {
    const auto found = unreadable_.find(name);
    return found == unreadable_.end() ? 0 : found->second;
}

// No two tables have the same types in the same order.
std::optional<std::string> TableSalvage::table_like(PageNumber number) const {
    Page content;
    const auto page = file_.read(number, content) ? parse_tree_page(number, content) : std::nullopt;
    if (page) {
        for (const auto& [name, table] : tables_) {
            if (table.has_number == page->is_table &&
                std::ranges::any_of(page->cells, [&](const Cell& cell) {
                    return table_row(table, content, cell).has_value();
                })) {
                return name;
            }
        }
    }
    return std::nullopt;
}

void TableSalvage::place_homeless() {
    for (const PageNumber page : trees_.homeless()) {
        if (const auto name = table_like(page)) {
            trees_.give(page, roots_.at(*name));
        }
    }
}

std::optional<TableSalvage::Row>
TableSalvage::table_row(const Table& table, const Page& page, const Cell& cell) const {
    auto values = read_record(file_, page, cell);
    if (!values || values->empty() || values->size() > table.columns.size()) {
        return std::nullopt;
    }
    if (table.has_number) {
        if (!std::holds_alternative<std::monostate>(values->front())) {
            return std::nullopt;
        }
        values->front() = cell.number;
    }
    values->resize(table.columns.size());  // columns that are younger than the row
    return std::ranges::equal(*values, table.columns, is_of) ? std::move(values) : std::nullopt;
}

void TableSalvage::read_table(
    const std::string& name,
    const std::function<bool(const Row&)>& take) {
    const Table& table = tables_.at(name);
    read(
        name,
        [&](const Page& page, const Cell& cell) { return table_row(table, page, cell); },
        take);
}

void TableSalvage::read_index(
    const std::string& name,
    const std::function<bool(const Row&)>& take) {
    read(
        name,
        [&](const Page& page, const Cell& cell) { return read_record(file_, page, cell); },
        take);
}

void TableSalvage::read(
    const std::string& name,
    const std::function<std::optional<Row>(const Page&, const Cell&)>& row_of,
    const std::function<bool(const Row&)>& take) {
    std::uint64_t& unreadable = unreadable_[name];
    Page content;
    for (const PageNumber number : tree(name).pages) {
        const auto page =
            file_.read(number, content) ? parse_tree_page(number, content) : std::nullopt;
        if (!page) {
            ++unreadable;  // the disk gave it once, and now it does not
            continue;
        }
        std::int64_t before = std::numeric_limits<std::int64_t>::min();
        for (const Cell& cell : page->cells) {
            if (!cell.has_payload) {
                continue;
            }
            const auto row = row_of(content, cell);
            // Numbers that do not grow are damaged ones.
            const bool is_in_order = !page->is_table || cell.number > before;
            if (!row || !is_in_order || !take(*row)) {
                ++unreadable;
            } else {
                before = cell.number;
            }
        }
    }
}

}  // namespace eventbus
