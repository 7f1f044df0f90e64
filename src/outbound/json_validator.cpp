#include "json_scan.hpp"

#include <vector>

namespace eventbus::json_scan {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

// One past the closing quote of the string that starts at `at`, if every byte and escape in it is
// allowed; else npos.
std::size_t strict_string_end(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '"') {
            return i + 1;
        }
        if (c < 0x20) {
            return npos;
        }
        if (c != '\\') {
            continue;
        }
        if (++i == text.size()) {
            return npos;
        }
        if (text[i] == 'u') {
            for (int digit = 0; digit < 4; ++digit) {
                if (++i >= text.size() || !is_hex_digit(text[i])) {
                    return npos;
                }
            }
        } else if (std::string_view("\"\\/bfnrt").find(text[i]) == npos) {
            return npos;
        }
    }
    return npos;
}

std::size_t strict_number_end(std::string_view text, std::size_t at) {
    const auto digits = [&](std::size_t from) {
        std::size_t i = from;
        while (i < text.size() && is_digit(text[i])) {
            ++i;
        }
        return i == from ? npos : i;
    };
    std::size_t i = at;
    if (text[i] == '-') {
        ++i;
    }
    if (i < text.size() && text[i] == '0') {
        ++i;
    } else if (i = digits(i); i == npos) {
        return npos;
    }
    if (i < text.size() && text[i] == '.') {
        if (i = digits(i + 1); i == npos) {
            return npos;
        }
    }
    if (i < text.size() && (text[i] | 0x20) == 'e') {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
            ++i;
        }
        i = digits(i);
    }
    return i;
}

// One past the string, number or literal at `at`, or npos if there is none.
std::size_t strict_scalar_end(std::string_view text, std::size_t at) {
    const char c = text[at];
    if (c == '"') {
        return strict_string_end(text, at);
    }
    if (c == '-' || is_digit(c)) {
        return strict_number_end(text, at);
    }
    for (const std::string_view literal : {"true", "false", "null"}) {
        if (text.substr(at, literal.size()) == literal) {
            return at + literal.size();
        }
    }
    return npos;
}

// Follows the grammar with a stack of open brackets instead of recursion.
class Validator {
public:
    Validator(std::string_view text, std::size_t depth_max) : text_(text), depth_max_(depth_max) {}

    bool run() {
        at_ = skip_blanks(text_, 0);
        while (at_ < text_.size()) {
            if (!value()) {
                return false;
            }
            if (is_opened_) {
                continue;  // the first element is next
            }
            if (!close_and_separate()) {
                return false;
            }
            if (open_.empty()) {
                return at_ == text_.size();
            }
        }
        return false;
    }

private:
    // Reads a scalar, or the opening of a compound up to its first value. An empty compound counts
    // as a value read.
    bool value() {
        is_opened_ = false;
        const char c = text_[at_];
        if (c != '{' && c != '[') {
            const auto end = strict_scalar_end(text_, at_);
            if (end == npos) {
                return false;
            }
            at_ = skip_blanks(text_, end);
            return true;
        }
        if (open_.size() == depth_max_) {
            return false;
        }
        at_ = skip_blanks(text_, at_ + 1);
        if (at_ < text_.size() && text_[at_] == (c == '{' ? '}' : ']')) {
            at_ = skip_blanks(text_, at_ + 1);
            return true;
        }
        open_.push_back(c);
        is_opened_ = true;
        return c == '[' || key();
    }

    bool key() {
        if (at_ >= text_.size() || text_[at_] != '"') {
            return false;
        }
        const auto end = strict_string_end(text_, at_);
        if (end == npos) {
            return false;
        }
        at_ = skip_blanks(text_, end);
        if (at_ >= text_.size() || text_[at_] != ':') {
            return false;
        }
        at_ = skip_blanks(text_, at_ + 1);
        return true;
    }

    // After a value: closing brackets, then a comma (with the next key) if anything is still open.
    bool close_and_separate() {
        while (!open_.empty()) {
            if (at_ >= text_.size()) {
                return false;
            }
            const char c = text_[at_];
            at_ = skip_blanks(text_, at_ + 1);
            if (c == ',') {
                return open_.back() == '[' || key();
            }
            if (c != (open_.back() == '{' ? '}' : ']')) {
                return false;
            }
            open_.pop_back();
        }
        return true;
    }

    std::string_view text_;
    std::size_t depth_max_;
    std::size_t at_ = 0;
    bool is_opened_ = false;
    std::vector<char> open_;
};

}  // namespace

bool is_json(std::string_view text, std::size_t depth_max) {
    return Validator(text, depth_max).run();
}

}  // namespace eventbus::json_scan
