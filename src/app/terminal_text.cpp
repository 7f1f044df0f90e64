#include "terminal_text.hpp"

#include "eventbus/base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

namespace eventbus {

namespace {

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not the rest of a character
    }));
}

}  // namespace

void TextTable::add(std::vector<std::string> row) {
    for (std::string& cell : row) {
        cell = cell.empty() ? "-" : printable(cell);
    }
    rows_.push_back(std::move(row));
}

void TextTable::print(std::ostream& out) const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out << row[i];
            if (i + 1 < row.size()) {
                out << std::string(widths[i] - width_of(row[i]) + 2, ' ');
            }
        }
        out << "\n";
    }
}

std::string harmless_json(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const Character c = first_character(json);
        const std::size_t length = std::max<std::size_t>(c.length, 1);
        // Between the tokens, where an escape would be wrong, there are only these.
        const bool is_blank = c.code == '\n' || c.code == '\t' || c.code == '\r';
        if (c.length == 0) {
            out.append("\\ufffd");
        } else if (is_blank) {
            out.push_back(c.code == '\n' ? '\n' : ' ');
        } else if (is_deceptive(c.code)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", c.code);
            out.append(escape.data());
        } else {
            out.append(json.substr(0, length));
        }
        json.remove_prefix(length);
    }
    return out;
}

}  // namespace eventbus
