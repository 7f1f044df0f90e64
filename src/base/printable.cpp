#include "eventbus/base/printable.hpp"

#include "eventbus/base/json_text.hpp"

namespace eventbus {

namespace {

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
    for (unsigned i = digits; i > 0; --i) {
        out.push_back("0123456789abcdef"[value >> (4 * (i - 1)) & 0xf]);
    }
}

}  // namespace

Character first_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (text.size() < length || !is_valid_utf8(text.substr(0, length))) {
        return {};
    }
    std::uint32_t code = first & (0xffU >> (length + 1));
    for (const char c : text.substr(1, length - 1)) {
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    }
    return {code, length};
}

bool is_deceptive(std::uint32_t code) {
    const bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    const bool line_separator = code == 0x2028 || code == 0x2029;
    const bool bidi = code == 0x061c || code == 0x200e || code == 0x200f ||
                      (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return control || line_separator || bidi;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Character c = first_character(text);
        if (c.length == 0) {
            out.append("\\x");
            append_hex(out, static_cast<unsigned char>(text[0]), 2);
        } else if (c.code == '\n') {
            out.append("\\n");
        } else if (c.code == '\r') {
            out.append("\\r");
        } else if (c.code == '\t') {
            out.append("\\t");
        } else if (is_deceptive(c.code)) {
            out.append("\\u");
            append_hex(out, c.code, 4);
        } else {
            out.append(text.substr(0, c.length));
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    return out;
}

void append_json_any(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const Character c = first_character(text);
        if (c.length == 0) {
            out.append("\\ufffd");
        } else if (c.code == '"' || c.code == '\\') {
            out.push_back('\\');
            out.push_back(text[0]);
        } else if (is_deceptive(c.code)) {
            out.append("\\u");
            append_hex(out, c.code, 4);
        } else {
            out.append(text.substr(0, c.length));
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    out.push_back('"');
}

}  // namespace eventbus
