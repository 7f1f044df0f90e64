#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// What commands print. Whatever comes from events and targets is made harmless: nothing in it
// reaches the terminal as a control sequence.

// Columns as wide as their widest cell, the head in the first row.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> head) { add(std::move(head)); }

    void add(std::vector<std::string> row);
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// JSON text as it came, with every character that could deceive as its \u escape.
std::string harmless_json(std::string_view json);

}  // namespace eventbus
