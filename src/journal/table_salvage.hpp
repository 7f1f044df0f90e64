#pragma once

#include "page_cells.hpp"
#include "page_file.hpp"
#include "page_trees.hpp"
#include "sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// The rows of a damaged database, table by table. The trees are found by the schema of a new
// database: with auto_vacuum the first pages of tables and indexes are those from 3 on, in the
// order in which they were made, whatever has become of the database since.
class TableSalvage {
public:
    // `to` has the schema; it outlives this.
    TableSalvage(const std::filesystem::path& damaged, sqlite::Database& to);

    // False if the damaged database is of a version that had no such table.
    bool exists(const std::string& name) const { return tree(name).exists; }

    // All pages of a table or index are found; and all rows on them were read without trouble.
    bool is_sound(const std::string& name) const {
        return tree(name).exists && tree(name).is_sound;
    }

    bool is_complete(const std::string& name) const {
        return is_sound(name) && unreadable(name) == 0;
    }

    // Of a table whose rows have numbers; nullopt if it may be among what is lost.
    std::optional<std::int64_t> first_number(const std::string& table) const {
        return tree(table).first_number;
    }

    using Row = std::vector<sqlite::Value>;

    // Gives each row that is one, in the order of the columns. One that `take` refuses is counted
    // as unreadable.
    void read_table(const std::string& name, const std::function<bool(const Row&)>& take);
    // The same of an index: its columns, then what else the table's key consists of.
    void read_index(const std::string& name, const std::function<bool(const Row&)>& take);

    std::uint64_t unreadable(const std::string& name) const;

private:
    struct Table {
        std::vector<sqlite::Column> columns;
        bool has_number = false;  // the first column is the row's number
    };

    const PageTrees::Tree& tree(const std::string& name) const;
    std::vector<PageTrees::Root> find_roots(sqlite::Database& to);
    bool has_all_tables() const;
    void place_homeless();
    std::optional<std::string> table_like(PageNumber number) const;
    std::optional<Row> table_row(const Table& table, const Page& page, const Cell& cell) const;
    void read(
        const std::string& name,
        const std::function<std::optional<Row>(const Page&, const Cell&)>& row_of,
        const std::function<bool(const Row&)>& take);

    PageFile file_;
    std::map<std::string, Table> tables_;
    std::map<std::string, PageNumber> roots_;
    PageTrees trees_;
    std::map<std::string, std::uint64_t> unreadable_;
};

}  // namespace eventbus
