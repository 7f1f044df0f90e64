#include "event_scanner.hpp"

#include "unicode.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace eventbus::matching {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

unsigned parse_hex4(std::string_view text) {
    unsigned value = 0;
    for (const char c : text.substr(0, 4)) {
        value = value * 16 + static_cast<unsigned>(hex_value(c));
    }
    return value;
}

// Bit 7 of each byte that ends a run of plain string characters: a quote, a backslash, a control
// character. Bytes beyond the first such byte may be marked falsely; the first one is exact.
std::uint64_t special_bytes(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    const auto zero_bytes = [](std::uint64_t w) { return (w - kOnes) & ~w & kHighs; };
    const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
    return zero_bytes(word ^ kOnes * '"') | zero_bytes(word ^ kOnes * '\\') | controls;
}

}  // namespace

char EventScanner::peek() {
    while (pos_ < text_.size()) {
        const char c = text_[pos_];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            return c;
        }
        ++pos_;
    }
    return '\0';
}

bool EventScanner::take(char wanted) {
    if (peek() != wanted || pos_ == text_.size()) {
        return false;
    }
    ++pos_;
    return true;
}

bool EventScanner::read_string(String& out) {
    const std::size_t begin = ++pos_;
    out.has_escapes = false;
    while (true) {
        while (pos_ + 8 <= text_.size()) {
            std::uint64_t word = 0;
            std::memcpy(&word, text_.data() + pos_, 8);
            const std::uint64_t special = special_bytes(word);
            if (special != 0) {
                static_assert(std::endian::native == std::endian::little);
                pos_ += static_cast<std::size_t>(std::countr_zero(special)) / 8;
                break;
            }
            pos_ += 8;
        }
        const char c = at(pos_);
        if (c == '"') {
            out.raw = text_.substr(begin, pos_++ - begin);
            return true;
        }
        if (c == '\\') {
            out.has_escapes = true;
            if (!read_escape()) {
                return false;
            }
        } else if (pos_ == text_.size()) {
            return fail("a closing quote");
        } else if (static_cast<unsigned char>(c) < 0x20) {
            return fail("no control character in a string");
        } else {
            ++pos_;
        }
    }
}

bool EventScanner::read_escape() {
    constexpr std::string_view kSimpleEscapes = "\"\\/bfnrt";
    const char c = at(pos_ + 1);
    if (c != 'u') {
        if (c == '\0' || kSimpleEscapes.find(c) == std::string_view::npos) {
            return fail("a valid escape sequence");
        }
        pos_ += 2;
        return true;
    }
    unsigned unit = 0;
    if (!read_hex(unit)) {
        return false;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return true;
    }
    unsigned low = 0;
    if (unit > 0xDBFF || at(pos_) != '\\' || at(pos_ + 1) != 'u') {
        return fail("both halves of a surrogate pair");
    }
    return read_hex(low) &&
           ((low >= 0xDC00 && low <= 0xDFFF) || fail("both halves of a surrogate pair"));
}

// Reads \uXXXX.
bool EventScanner::read_hex(unsigned& out) {
    for (std::size_t i = 2; i < 6; ++i) {
        if (hex_value(at(pos_ + i)) < 0) {
            return fail("four hexadecimal digits after \\u");
        }
    }
    out = parse_hex4(text_.substr(pos_ + 2));
    pos_ += 6;
    return true;
}

bool EventScanner::read_digits() {
    if (!is_digit(at(pos_))) {
        return fail("a digit");
    }
    while (is_digit(at(pos_))) {
        ++pos_;
    }
    return true;
}

bool EventScanner::read_number(std::string_view& out) {
    const std::size_t begin = pos_;
    if (at(pos_) == '-') {
        ++pos_;
    }
    if (at(pos_) == '0') {
        ++pos_;
    } else if (!read_digits()) {
        return false;
    }
    if (at(pos_) == '.') {
        ++pos_;
        if (!read_digits()) {
            return false;
        }
    }
    if (at(pos_) == 'e' || at(pos_) == 'E') {
        ++pos_;
        if (at(pos_) == '+' || at(pos_) == '-') {
            ++pos_;
        }
        if (!read_digits()) {
            return false;
        }
    }
    out = text_.substr(begin, pos_ - begin);
    return true;
}

bool EventScanner::read_literal(std::string_view literal) {
    if (text_.substr(pos_, literal.size()) != literal) {
        return fail("a value");
    }
    pos_ += literal.size();
    return true;
}

bool EventScanner::fail(std::string_view expected) {
    if (!failed_) {
        failed_ = true;
        expected_ = expected;
    }
    return false;
}

Error EventScanner::error() const {
    const std::string_view before = text_.substr(0, pos_);
    std::size_t line = 1;
    for (const char c : before) {
        line += c == '\n' ? 1 : 0;
    }
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {
        Errc::malformed,
        "Event is not valid JSON: expected " + expected_ + " at line " + std::to_string(line) +
            ", column " + std::to_string(pos_ - line_start + 1)};
}

void append_unescaped(std::string& out, std::string_view raw) {
    while (true) {
        const std::size_t backslash = raw.find('\\');
        out += raw.substr(0, backslash);
        if (backslash == std::string_view::npos) {
            return;
        }
        const char c = raw[backslash + 1];
        raw.remove_prefix(backslash + 2);
        if (c != 'u') {
            constexpr std::string_view kNames = "bfnrt";
            const std::size_t control = kNames.find(c);
            out.push_back(control == std::string_view::npos ? c : "\b\f\n\r\t"[control]);
            continue;
        }
        char32_t code_point = parse_hex4(raw);
        raw.remove_prefix(4);
        if (code_point >= 0xD800 && code_point <= 0xDBFF) {
            code_point = ((code_point - 0xD7C0) << 10) + (parse_hex4(raw.substr(2)) - 0xDC00);
            raw.remove_prefix(6);
        }
        append_utf8(out, code_point);
    }
}

}  // namespace eventbus::matching
