#include "unicode.hpp"

#include <algorithm>

namespace eventbus::matching {
namespace {

constexpr bool is_high_surrogate(char16_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

constexpr bool is_low_surrogate(char16_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

constexpr bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Lifts the lead bytes of U+E000..U+FFFF above those of the surrogate pairs.
constexpr int utf16_rank(char byte) {
    const int value = static_cast<unsigned char>(byte);
    return value == 0xEE || value == 0xEF ? value + 0x10 : value;
}

}  // namespace

void append_utf8(std::string& out, char32_t code_point) {
    const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

char32_t next_code_point(std::string_view text, std::size_t& pos) {
    const auto byte = [text](std::size_t at) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[at]));
    };
    const char32_t lead = byte(pos++);
    if (lead < 0x80) {
        return lead;
    }
    const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    char32_t code_point = lead & (0x3Fu >> more);
    for (int i = 0; i < more && pos < text.size(); ++i) {
        code_point = code_point << 6 | (byte(pos++) & 0x3F);
    }
    return code_point;
}

char32_t previous_code_point(std::string_view text, std::size_t& end) {
    --end;
    while (end > 0 && is_continuation(text[end])) {
        --end;
    }
    std::size_t pos = end;
    return next_code_point(text, pos);
}

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t pos = 0; pos < text.size();) {
        const char32_t code_point = next_code_point(text, pos);
        if (code_point < 0x10000) {
            out.push_back(static_cast<char16_t>(code_point));
        } else {
            out.push_back(static_cast<char16_t>(0xD7C0 + (code_point >> 10)));
            out.push_back(static_cast<char16_t>(0xDC00 + (code_point & 0x3FF)));
        }
    }
    return out;
}

std::string to_utf8(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char16_t unit = text[i];
        if (is_high_surrogate(unit) && i + 1 < text.size() && is_low_surrogate(text[i + 1])) {
            append_utf8(
                out,
                (static_cast<char32_t>(unit - 0xD7C0) << 10) + (text[i + 1] - 0xDC00u));
            ++i;
        } else if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
            out.push_back('?');
        } else {
            append_utf8(out, unit);
        }
    }
    return out;
}

bool has_lone_surrogate(std::u16string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_high_surrogate(text[i]) && i + 1 < text.size() && is_low_surrogate(text[i + 1])) {
            ++i;
        } else if (is_high_surrogate(text[i]) || is_low_surrogate(text[i])) {
            return true;
        }
    }
    return false;
}

bool utf16_less(std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return utf16_rank(x) < utf16_rank(y);
    });
}

std::u32string fold_case(std::string_view text) {
    std::u32string out;
    for (std::size_t pos = 0; pos < text.size();) {
        out.push_back(fold_case(next_code_point(text, pos)));
    }
    return out;
}

}  // namespace eventbus::matching
