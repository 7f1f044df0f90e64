#include "pattern_reader.hpp"
#include "unicode.hpp"

namespace eventbus::matching {
namespace {

constexpr char kValueForms[] =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
constexpr std::size_t kOddTokenUnitsMax = 256;

constexpr bool is_digit(int unit) {
    return unit >= u'0' && unit <= u'9';
}

constexpr int hex_value(int unit) {
    if (is_digit(unit)) {
        return unit - u'0';
    }
    const int lower = unit | 0x20;
    return lower >= u'a' && lower <= u'f' ? lower - u'a' + 10 : -1;
}

// Java's Character.isJavaIdentifierStart and -Part: exact for ASCII; beyond it every character that
// is no space, punctuation, symbol or half of a pair by its block. It decides only how much of a
// misspelt word an error repeats.
bool is_word_start(int unit) {
    if (unit < 0x80) {
        const int lower = unit | 0x20;
        return (lower >= u'a' && lower <= u'z') || unit == u'_' || unit == u'$';
    }
    const bool latin_1 = unit < 0x100;
    const bool latin_1_word = (unit >= 0xC0 && unit != 0xD7 && unit != 0xF7) || unit == 0xAA ||
                              unit == 0xB5 || unit == 0xBA || (unit >= 0xA2 && unit <= 0xA5);
    const bool symbol_block =
        (unit >= 0x2000 && unit < 0x2C00) || (unit >= 0x3000 && unit < 0x3005) || unit >= 0xFE00;
    const bool surrogate_or_private = unit >= 0xD800 && unit < 0xF900;
    return latin_1 ? latin_1_word : !symbol_block && !surrogate_or_private;
}

bool is_word_part(int unit) {
    const bool ignorable = unit < 9 || (unit >= 0x0E && unit <= 0x1B) ||
                           (unit >= 0x7F && unit < 0xA0) || unit == 0xAD ||
                           (unit >= 0x200B && unit < 0x2010) || unit == 0xFEFF;
    return unit >= 0 && (is_word_start(unit) || is_digit(unit) || ignorable);
}

bool is_control(int unit) {
    return unit < 0x20 || (unit >= 0x7F && unit < 0xA0);
}

std::string describe_unit(int unit) {
    const std::string code = std::to_string(unit);
    if (is_control(unit)) {
        return "(CTRL-CHAR, code " + code + ")";
    }
    const char16_t shown = static_cast<char16_t>(unit);
    std::string out = "'" + to_utf8({&shown, 1}) + "' (code " + code;
    if (unit > 255) {
        constexpr char kDigits[] = "0123456789abcdef";
        std::string hex;
        for (int rest = unit; rest > 0; rest /= 16) {
            hex.insert(hex.begin(), kDigits[rest % 16]);
        }
        out += " / 0x" + hex;
    }
    return out + ")";
}

}  // namespace

int PatternReader::unexpected(int unit, std::string_view comment) {
    fail("Unexpected character (" + describe_unit(unit) + "): " + std::string(comment));
    return kFailed;
}

bool PatternReader::read_string(bool is_name) {
    value_.clear();
    string_pending_ = false;
    while (true) {
        int unit = take();
        if (unit == u'"') {
            break;
        }
        if (unit == kEnd) {
            fail(
                std::string("Unexpected end-of-input") +
                (is_name ? " in field name" : ": was expecting closing quote for a string value"));
        } else if (unit == u'\\') {
            unit = read_escape();
        } else if (unit < u' ') {
            fail(
                "Illegal unquoted character (" + describe_unit(unit) +
                "): has to be escaped using backslash to be included in " +
                (is_name ? "name" : "string value"));
        }
        if (failed()) {
            return false;
        }
        value_.push_back(static_cast<char16_t>(unit));
    }
    // The service would read "?" instead, which nobody can have meant.
    if (has_lone_surrogate(value_)) {
        fail("A string holds half of a surrogate pair");
    }
    return !failed();
}

int PatternReader::read_escape() {
    constexpr char kEndInEscape[] = "Unexpected end-of-input in character escape sequence";
    const int unit = take();
    switch (unit) {
        case kEnd:
            fail(kEndInEscape);
            return kFailed;
        case u'b':
            return u'\b';
        case u't':
            return u'\t';
        case u'n':
            return u'\n';
        case u'f':
            return u'\f';
        case u'r':
            return u'\r';
        case u'"':
        case u'/':
        case u'\\':
            return unit;
        case u'u':
            break;
        default:
            fail("Unrecognized character escape " + describe_unit(unit));
            return kFailed;
    }
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = take();
        if (digit == kEnd) {
            fail(kEndInEscape);
            return kFailed;
        }
        if (hex_value(digit) < 0) {
            return unexpected(digit, "expected a hex-digit for character escape sequence");
        }
        value = value * 16 + hex_value(digit);
    }
    return value;
}

// Jackson reads a number that begins with 1 to 9 with a cursor of its own and reports its errors
// from one character behind the whole part.
Token PatternReader::number_body_error(int unit, std::size_t start, std::string_view comment) {
    std::size_t whole_end = text_[start] == u'-' ? start + 1 : start;
    if (unit == kEnd) {
        unit = text_.back();
    } else if (text_[whole_end] != u'0') {
        while (is_digit(text_[whole_end])) {
            ++whole_end;
        }
        pos_ = whole_end + 1;
    }
    return number_error(unit, comment);
}

Token PatternReader::number_error(int unit, std::string_view comment) {
    fail(
        "Unexpected character (" + describe_unit(unit) +
        ") in numeric value: " + std::string(comment));
    return Token::failed;
}

Token PatternReader::read_number(int first) {
    const std::size_t start = pos_ - 1;
    int unit = first;
    if (unit == u'-') {
        unit = take();
        if (!is_digit(unit)) {
            return invalid_number_start(unit, true);
        }
    }
    if (unit == u'0' && is_digit(peek())) {
        fail("Invalid numeric value: Leading zeroes not allowed");
        return Token::failed;
    }
    while (is_digit(unit)) {
        unit = take();
    }
    return read_fraction_and_exponent(unit, start);
}

Token PatternReader::read_fraction_and_exponent(int unit, std::size_t start) {
    if (unit == u'.') {
        unit = take();
        if (!is_digit(unit)) {
            return number_body_error(unit, start, "Decimal point not followed by a digit");
        }
        while (is_digit(unit)) {
            unit = take();
        }
    }
    if (unit == u'e' || unit == u'E') {
        unit = take();
        if (unit == u'-' || unit == u'+') {
            unit = take();
        }
        if (unit == kEnd) {
            fail("Unexpected end-of-inputexpected a digit for number exponent");
            return Token::failed;
        }
        if (!is_digit(unit)) {
            return number_body_error(unit, start, "Exponent indicator not followed by a digit");
        }
        while (is_digit(unit)) {
            unit = take();
        }
    }
    const std::size_t end = unit == kEnd ? pos_ : pos_ - 1;
    value_.assign(text_, start, end - start);
    if (scopes_.back().kind != Scope::Kind::root) {
        pos_ = end;
    } else if (unit == u'\r') {
        pos_ = end;
    } else if (unit != kEnd && space_or(unit) != 0) {
        unexpected(unit, "Expected space separating root-level values");
    }
    return Token::number;
}

Token PatternReader::invalid_number_start(int unit, bool negative) {
    if (unit == kEnd) {
        fail("Unexpected end-of-inputNo digit following minus sign");
        return Token::failed;
    }
    if (unit == u'I') {
        unit = take();
        if (unit == kEnd) {
            fail("Unexpected end-of-input in a Number value");
            return Token::failed;
        }
        if (unit == u'N' || unit == u'n') {
            const std::u16string literal =
                std::u16string(negative ? u"-" : u"+") + (unit == u'N' ? u"INF" : u"Infinity");
            if (match_rest(literal, 3)) {
                fail(
                    "Non-standard token '" + to_utf8(literal) +
                    "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow");
            }
            return Token::failed;
        }
    }
    if (!negative) {
        return number_error(
            u'+',
            "JSON spec does not allow numbers to have plus signs: enable "
            "`JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow");
    }
    if (unit == u'.') {
        unexpected(unit, std::string("expected a valid value ") + kValueForms);
        return Token::failed;
    }
    return number_error(unit, "expected digit (0-9) to follow minus sign, for valid numeric value");
}

Token PatternReader::read_literal(std::string_view literal, Token token) {
    return match_rest(std::u16string(literal.begin(), literal.end()), 1) ? token : Token::failed;
}

// `matched` units of `literal` are consumed; consumes the others, or fails.
bool PatternReader::match_rest(std::u16string_view literal, std::size_t matched) {
    for (; matched < literal.size(); ++matched, ++pos_) {
        if (peek() != literal[matched]) {
            unrecognized_token(std::u16string(literal.substr(0, matched)));
            return false;
        }
    }
    if (is_word_part(peek()) && peek() >= u'0') {
        unrecognized_token(std::u16string(literal));
        return false;
    }
    return true;
}

void PatternReader::unrecognized_token(std::u16string matched) {
    std::string cut;
    while (is_word_part(peek())) {
        matched.push_back(static_cast<char16_t>(take()));
        if (matched.size() >= kOddTokenUnitsMax) {
            cut = "...";
            break;
        }
    }
    fail("Unrecognized token '" + to_utf8(matched) + cut + "': was expecting " + kValueForms);
}

Token PatternReader::odd_value(int unit) {
    constexpr char kAllow[] = "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow";
    if (unit == u'N' || unit == u'I') {
        const std::u16string literal = unit == u'N' ? u"NaN" : u"Infinity";
        if (match_rest(literal, 1)) {
            fail("Non-standard token '" + to_utf8(literal) + kAllow);
        }
    } else if (unit == u'+') {
        const int after = take();
        if (after == kEnd) {
            fail("Unexpected end-of-input in a Number value");
            return Token::failed;
        }
        return invalid_number_start(after, false);
    } else if (is_word_start(unit)) {
        unrecognized_token({static_cast<char16_t>(unit)});
    } else {
        unexpected(unit, std::string("expected a valid value ") + kValueForms);
    }
    return Token::failed;
}

}  // namespace eventbus::matching
