#include "json_place.hpp"

#include <algorithm>

namespace eventbus {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kStructure = "{}[]:,";

bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

std::size_t end_of_token(std::string_view text, std::size_t start) {
    if (text[start] == '"') {
        return end_of_string(text, start);
    }
    if (is_one_of(text[start], kStructure)) {
        return start + 1;
    }
    std::size_t end = start + 1;
    while (end < text.size() && !is_one_of(text[end], kBlanks) &&
           !is_one_of(text[end], kStructure) && text[end] != '"') {
        ++end;
    }
    return end;
}

// Where to point for an error noticed at `offset`. A wrong word or number is noticed at the first
// byte that does not fit, which may belong to what follows (`word_expected`); a wrong byte inside a
// string is itself the place.
std::size_t start_of_wrong_token(std::string_view text, std::size_t offset, bool word_expected) {
    std::size_t previous = std::min(offset, text.size());
    std::size_t at = 0;
    while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
        if (at > offset) {
            break;
        }
        const std::size_t end = end_of_token(text, at);
        if (offset < end) {
            if (text[at] == '"') {
                return offset + 1 == end ? at : offset;
            }
            return word_expected && is_one_of(text[at], kStructure) ? previous : at;
        }
        previous = at;
        at = end;
    }
    return word_expected ? previous : std::min(offset, text.size());
}

// The library's words without its prefix ("[json.exception…] parse error at line 1, column 2: ")
// and without its "last read" excerpt, which may be long and need not be printable.
std::string reason_from(std::string_view library_text) {
    const std::size_t id_end = library_text.find("] ");
    if (id_end != std::string_view::npos) {
        library_text.remove_prefix(id_end + 2);
    }
    if (library_text.starts_with("parse error")) {
        library_text.remove_prefix(std::min(library_text.find(": "), library_text.size() - 2) + 2);
    }
    std::string reason(library_text);
    const std::size_t excerpt = reason.find("; last read: '");
    if (excerpt != std::string::npos) {
        const std::size_t excerpt_end = reason.rfind('\'');
        reason.erase(excerpt, excerpt_end + 1 - excerpt);
    }
    const std::size_t detail = reason.find(" - ");
    if (reason.starts_with("syntax error") && detail != std::string::npos) {
        reason.erase(0, detail + 3);
    }
    return reason;
}

}  // namespace

std::size_t end_of_string(std::string_view text, std::size_t open) {
    std::size_t i = open + 1;
    while (i < text.size() && text[i] != '"') {
        i += text[i] == '\\' ? 2 : 1;
    }
    return std::min(i + 1, text.size());
}

std::size_t offset_of_key(std::string_view text, std::size_t nth) {
    std::size_t at = 0;
    while ((at = text.find('"', at)) != std::string_view::npos) {
        const std::size_t end = end_of_string(text, at);
        const std::size_t next = text.find_first_not_of(kBlanks, end);
        if (next != std::string_view::npos && text[next] == ':' && --nth == 0) {
            return at;
        }
        at = end;
    }
    return text.size();
}

Error error_at(std::string_view text, std::size_t offset, const std::string& message) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
    const std::size_t newline = before.rfind('\n');
    const std::size_t column =
        before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    const std::string line_text = std::to_string(line);
    const std::string column_text = std::to_string(column);
    return {
        Errc::malformed,
        "line " + line_text + ", column " + column_text + ": " + message,
        line_text + ":" + column_text};
}

Error syntax_error(std::string_view text, std::size_t offset, std::string_view library_text) {
    std::string reason = reason_from(library_text);
    const bool word_expected =
        reason.starts_with("invalid literal") || reason.starts_with("invalid number");
    return error_at(text, start_of_wrong_token(text, offset, word_expected), reason);
}

}  // namespace eventbus
