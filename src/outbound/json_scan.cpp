#include "json_scan.hpp"

#include <cstdint>

namespace eventbus::json_scan {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// One past the closing quote of the string that starts at `at`, or npos.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            return i + 1;
        }
        if (text[i] == '\\') {
            ++i;
        }
    }
    return npos;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

// The four hexadecimal digits at `at`, or nothing useful (> 0xFFFF) if they are not there.
std::uint32_t code_unit(std::string_view text, std::size_t at) {
    std::uint32_t code = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const int digit = i < text.size() ? hex_value(text[i]) : -1;
        if (digit < 0) {
            return 0x110000;
        }
        code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    return code;
}

// Appends what the \u escape at `at` (its backslash) stands for; returns the position behind it.
std::size_t append_unicode_escape(std::string& out, std::string_view text, std::size_t at) {
    constexpr std::uint32_t kReplacement = 0xFFFD;
    std::uint32_t code = code_unit(text, at + 2);
    std::size_t end = at + 6;
    if (code >= 0xD800 && code < 0xDC00 && text.substr(end, 2) == "\\u") {
        const std::uint32_t low = code_unit(text, end + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            end += 6;
        }
    }
    const bool is_scalar = code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
    append_utf8(out, is_scalar ? code : kReplacement);
    return end;
}

char simple_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

// Copies `value` but for blanks outside strings and, if asked, the quotes around them.
void append_tokens(std::string& out, std::string_view value, bool with_quotes) {
    bool is_in_string = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '"') {
            is_in_string = !is_in_string;
            if (!with_quotes) {
                continue;
            }
        } else if (!is_in_string && is_blank(c)) {
            continue;
        }
        out.push_back(c);
        if (is_in_string && c == '\\' && i + 1 < value.size()) {
            out.push_back(value[++i]);
        }
    }
}

}  // namespace

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    return at;
}

std::size_t value_end(std::string_view text, std::size_t at) {
    if (at >= text.size()) {
        return npos;
    }
    if (text[at] == '"') {
        return string_end(text, at);
    }
    if (text[at] != '{' && text[at] != '[') {
        while (at < text.size() && !is_blank(text[at]) && text[at] != ',' && text[at] != '}' &&
               text[at] != ']') {
            ++at;
        }
        return at;
    }
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = string_end(text, at);
            if (at == npos) {
                return npos;
            }
            continue;
        }
        ++at;
        if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return npos;
}

Members::Members(std::string_view compound) : text_(compound) {
    at_ = skip_blanks(text_, 0);
    is_object_ = at_ < text_.size() && text_[at_] == '{';
    const bool is_array = at_ < text_.size() && text_[at_] == '[';
    at_ = is_object_ || is_array ? skip_blanks(text_, at_ + 1) : text_.size();
}

bool Members::next(Member& member) {
    const auto end_here = [&] {
        at_ = text_.size();
        return false;
    };
    if (at_ >= text_.size() || text_[at_] == '}' || text_[at_] == ']') {
        return end_here();
    }
    member.key = {};
    if (is_object_) {
        const auto key_end = text_[at_] == '"' ? string_end(text_, at_) : npos;
        if (key_end == npos) {
            return end_here();
        }
        member.key = text_.substr(at_, key_end - at_);
        at_ = skip_blanks(text_, key_end);
        if (at_ >= text_.size() || text_[at_] != ':') {
            return end_here();
        }
        at_ = skip_blanks(text_, at_ + 1);
    }
    const auto end = value_end(text_, at_);
    if (end == npos || end == at_) {
        return end_here();
    }
    member.value = text_.substr(at_, end - at_);
    at_ = skip_blanks(text_, end);
    if (at_ < text_.size() && text_[at_] == ',') {
        at_ = skip_blanks(text_, at_ + 1);
    }
    return true;
}

bool key_is(std::string_view quoted_key, std::string_view name) {
    if (quoted_key.find('\\') == npos) {
        return quoted_key.size() == name.size() + 2 && quoted_key.substr(1, name.size()) == name;
    }
    return unescape(quoted_key) == name;
}

std::string_view member(std::string_view object, std::string_view name) {
    std::string_view found;
    if (object.empty() || object.front() != '{') {
        return found;
    }
    Members members(object);
    for (Member m; members.next(m);) {
        if (key_is(m.key, name)) {
            found = m.value;
        }
    }
    return found;
}

std::string unescape(std::string_view quoted) {
    std::string out;
    if (quoted.size() < 2) {
        return out;
    }
    const auto text = quoted.substr(1, quoted.size() - 2);
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out.push_back(text[i++]);
        } else if (text[i + 1] == 'u') {
            i = append_unicode_escape(out, text, i);
        } else {
            out.push_back(simple_escape(text[i + 1]));
            i += 2;
        }
    }
    return out;
}

void append_compact(std::string& out, std::string_view value) {
    append_tokens(out, value, true);
}

void append_unquoted(std::string& out, std::string_view value) {
    append_tokens(out, value, false);
}

}  // namespace eventbus::json_scan
