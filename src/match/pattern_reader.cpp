#include "pattern_reader.hpp"

#include "eventbus/base/json_text.hpp"

#include "unicode.hpp"

namespace eventbus::matching {
namespace {

constexpr std::size_t kSourceUnitsShown = 500;

// Java's Character.isISOControl without the line breaks, which the service shows as they are.
constexpr bool is_shown_escaped(char16_t unit) {
    return (unit < 0x20 && unit != u'\r' && unit != u'\n') || (unit >= 0x7F && unit < 0xA0);
}

void append_pointer_step(std::string& out, std::string_view name) {
    out.push_back('/');
    for (const char c : name) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out.push_back(c);
        }
    }
}

}  // namespace

const char* PatternReader::Scope::description() const {
    switch (kind) {
        case Kind::object:
            return "Object";
        case Kind::array:
            return "Array";
        case Kind::root:
            break;
    }
    return "root";
}

PatternReader::PatternReader(std::string_view text) : text_(to_utf16(text)), scopes_(1) {}

Token PatternReader::next() {
    if (!failed()) {
        token_ = token_ == Token::field_name ? after_name() : read_token();
    }
    if (failed()) {
        token_ = Token::failed;
    }
    return token_;
}

Token PatternReader::after_name() {
    const Token token = value_after_name_;
    return token == Token::start_object || token == Token::start_array ? open_scope(token) : token;
}

Token PatternReader::read_token() {
    if (string_pending_ && !read_string(false)) {
        return Token::failed;
    }
    int unit = skip_space();
    if (unit == kFailed) {
        return Token::failed;
    }
    if (unit == kEnd) {
        return end_of_text();
    }
    if (unit == u']' || unit == u'}') {
        return close_scope(unit);
    }
    Scope& scope = scopes_.back();
    if (scope.values_begun++ > 0 && scope.kind != Scope::Kind::root) {
        unit = skip_comma(unit);
    }
    const bool in_object = scope.kind == Scope::Kind::object;
    if (in_object && unit >= 0) {
        if (unit != u'"') {
            unit = unexpected(unit, "was expecting double-quote to start field name");
        } else if (!read_string(true)) {
            return Token::failed;
        } else {
            scope.name = to_utf8(value_);
            unit = skip_colon();
        }
    }
    if (unit < 0) {
        return Token::failed;
    }
    value_start_ = {line_, pos_ - line_start_};
    const Token value = value_at(unit);
    if (in_object) {
        value_after_name_ = value;
        return Token::field_name;
    }
    return value == Token::start_object || value == Token::start_array ? open_scope(value) : value;
}

Token PatternReader::value_at(int first) {
    switch (first) {
        case u'"':
            string_pending_ = true;
            return Token::string;
        case u'[':
            return Token::start_array;
        case u'{':
            return Token::start_object;
        case u'}':
            unexpected(first, "expected a value");
            return Token::failed;
        case u't':
            return read_literal("true", Token::true_literal);
        case u'f':
            return read_literal("false", Token::false_literal);
        case u'n':
            return read_literal("null", Token::null_literal);
        default:
            return first == u'-' || (first >= u'0' && first <= u'9') ? read_number(first)
                                                                     : odd_value(first);
    }
}

Token PatternReader::end_of_text() {
    const Scope& scope = scopes_.back();
    if (scope.kind != Scope::Kind::root) {
        fail(
            std::string("Unexpected end-of-input: expected close marker for ") +
            scope.description() + " (start marker at " + describe_place(scope.start) + ")");
        return Token::failed;
    }
    return Token::end;
}

Token PatternReader::close_scope(int bracket) {
    const bool is_array = bracket == u']';
    const Scope& scope = scopes_.back();
    if (scope.kind != (is_array ? Scope::Kind::array : Scope::Kind::object)) {
        fail(
            std::string("Unexpected close marker '") + static_cast<char>(bracket) +
            "': expected '" + (is_array ? '}' : ']') + "' (for " + scope.description() +
            " starting at " + describe_place(scope.start) + ")");
        return Token::failed;
    }
    scopes_.pop_back();
    return is_array ? Token::end_array : Token::end_object;
}

Token PatternReader::open_scope(Token token) {
    if (scopes_.size() > kJsonDepthMax) {
        const std::string limit = std::to_string(kJsonDepthMax);
        fail(
            "Document nesting depth (" + std::to_string(scopes_.size()) +
            ") exceeds the maximum allowed (" + limit +
            ", from `StreamReadConstraints.getMaxNestingDepth()`)");
        return Token::failed;
    }
    Scope scope;
    scope.kind = token == Token::start_array ? Scope::Kind::array : Scope::Kind::object;
    scope.start = value_start_;
    scopes_.push_back(std::move(scope));
    return token;
}

// What `unit` means between tokens: 0 for white space, itself if it begins something.
int PatternReader::space_or(int unit) {
    if (unit == u'/') {
        return unexpected(
            unit,
            "maybe a (non-standard) comment? (not recognized as one since Feature "
            "'ALLOW_COMMENTS' not enabled for parser)");
    }
    if (unit > u' ') {
        return unit;
    }
    if (unit == u'\r' && peek() == u'\n') {
        ++pos_;
    }
    if (unit == u'\r' || unit == u'\n') {
        ++line_;
        line_start_ = pos_;
    } else if (unit != u' ' && unit != u'\t') {
        fail(
            "Illegal character ((CTRL-CHAR, code " + std::to_string(unit) +
            ")): only regular white space (\\r, \\n, \\t) is allowed between tokens");
        return kFailed;
    }
    return 0;
}

int PatternReader::skip_space() {
    while (pos_ < text_.size()) {
        if (const int unit = space_or(take()); unit != 0) {
            return unit;
        }
    }
    return kEnd;
}

int PatternReader::skip_comma(int unit) {
    const std::string entries = std::string(scopes_.back().description()) + " entries";
    if (unit != u',') {
        return unexpected(unit, "was expecting comma to separate " + entries);
    }
    const int next = skip_space();
    if (next == kEnd) {
        fail("Unexpected end-of-input within/between " + entries);
    }
    return next;
}

int PatternReader::skip_colon() {
    int unit = skip_space();
    if (unit >= 0 && unit != u':') {
        return unexpected(unit, "was expecting a colon to separate field name and value");
    }
    if (unit == u':') {
        unit = skip_space();
    }
    if (unit == kEnd) {
        fail(
            std::string("Unexpected end-of-input within/between ") + scopes_.back().description() +
            " entries");
    }
    return unit;
}

std::string PatternReader::text() {
    switch (token_) {
        case Token::string:
            if (string_pending_) {
                read_string(false);
            }
            return to_utf8(value_);
        case Token::number:
            return to_utf8(value_);
        case Token::start_object:
            return "{";
        case Token::end_object:
            return "}";
        case Token::start_array:
            return "[";
        case Token::end_array:
            return "]";
        case Token::true_literal:
            return "true";
        case Token::false_literal:
            return "false";
        case Token::null_literal:
            return "null";
        case Token::field_name:
            return name();
        case Token::end:
        case Token::failed:
            break;
    }
    return {};
}

std::nullopt_t PatternReader::fail(std::string message) {
    if (!failed()) {
        fail_without_location(std::move(message));
        repeat_location();
    }
    return std::nullopt;
}

std::nullopt_t PatternReader::fail_without_location(std::string message) {
    if (!failed()) {
        error_ = Failure{std::move(message), pointer()};
    }
    return std::nullopt;
}

void PatternReader::repeat_location() {
    error_->message += "\n at " + describe_place(here());
}

Error PatternReader::error() const {
    return {Errc::malformed, error_->message, error_->pointer, "InvalidEventPatternException"};
}

std::string PatternReader::pointer() const {
    std::string out;
    for (const Scope& scope : scopes_) {
        if (scope.values_begun == 0 || scope.kind == Scope::Kind::root) {
            continue;
        }
        append_pointer_step(
            out,
            scope.kind == Scope::Kind::object ? scope.name
                                              : std::to_string(scope.values_begun - 1));
    }
    return out;
}

std::string PatternReader::describe_source() const {
    const std::u16string_view shown = std::u16string_view(text_).substr(0, kSourceUnitsShown);
    std::u16string escaped;
    constexpr char16_t kHexDigits[] = u"0123456789ABCDEF";
    for (const char16_t unit : shown) {
        if (is_shown_escaped(unit)) {
            escaped += u"\\u00";
            escaped += kHexDigits[unit >> 4];
            escaped += kHexDigits[unit & 0xF];
        } else {
            escaped += unit;
        }
    }
    std::string out = "(String)\"" + to_utf8(escaped) + '"';
    if (text_.size() > kSourceUnitsShown) {
        out += "[truncated " + std::to_string(text_.size() - kSourceUnitsShown) + " chars]";
    }
    return out;
}

std::string PatternReader::describe_place(Position at) const {
    return "[Source: " + describe_source() + "; line: " + std::to_string(at.line) +
           ", column: " + std::to_string(at.column) + "]";
}

}  // namespace eventbus::matching
