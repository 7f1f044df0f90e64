#pragma once

#include "eventbus/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace eventbus::matching {

// Reads the tokens of an event's JSON, strictly by RFC 8259. Numbers keep their text, whatever
// their size: that is why simdjson does not serve here, which refuses numbers beyond 64 bits. The
// first error sticks.
class EventScanner {
public:
    struct String {
        std::string_view raw;  // between the quotes
        bool has_escapes = false;
    };

    // `text` must be valid UTF-8.
    explicit EventScanner(std::string_view text) : text_(text) {}

    // The next character that is not white space, not yet consumed; '\0' at the end.
    char peek();

    // Consumes the next character if it is `wanted` (white space before it is skipped).
    bool take(char wanted);

    // Whether only white space is left.
    bool at_end() { return peek() == '\0' && pos_ == text_.size(); }

    // The scanner must stand on the first character. Each returns false after an error.
    bool read_string(String& out);
    bool read_number(std::string_view& out);
    bool read_literal(std::string_view literal);

    // Always returns false.
    bool fail(std::string_view expected);

    bool failed() const { return failed_; }

    Error error() const;

private:
    bool read_escape();
    bool read_hex(unsigned& out);
    bool read_digits();

    char at(std::size_t pos) const { return pos < text_.size() ? text_[pos] : '\0'; }

    std::string_view text_;
    std::size_t pos_ = 0;
    bool failed_ = false;
    std::string expected_;
};

// Appends the characters of a string that the scanner has accepted.
void append_unescaped(std::string& out, std::string_view raw);

}  // namespace eventbus::matching
