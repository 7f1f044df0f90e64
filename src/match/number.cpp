#include "number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace eventbus::matching {
namespace {

// 0.DIGITS times ten to the `exponent`, DIGITS without zeros at either end; zero has no digits.
struct Decimal {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;

    bool operator==(const Decimal&) const = default;
};

// Far beyond what a double can reach even from a megabyte of digits, and far from overflowing.
constexpr std::int64_t kExponentMax = 1'000'000'000'000;

std::int64_t parse_exponent(std::string_view text) {
    const bool negative = text.front() == '-';
    if (negative || text.front() == '+') {
        text.remove_prefix(1);
    }
    std::int64_t value = 0;
    for (const char digit : text) {
        value = std::min(value * 10 + (digit - '0'), kExponentMax);
    }
    return negative ? -value : value;
}

Decimal parse_decimal(std::string_view text) {
    Decimal out;
    if (text.front() == '-') {
        out.negative = true;
        text.remove_prefix(1);
    }
    const std::size_t e = text.find_first_of("eE");
    const std::string_view mantissa = text.substr(0, e);
    const std::string_view whole = mantissa.substr(0, mantissa.find('.'));
    out.digits = whole;
    if (whole.size() < mantissa.size()) {
        out.digits += mantissa.substr(whole.size() + 1);
    }
    out.exponent = static_cast<std::int64_t>(whole.size());
    if (e != std::string_view::npos) {
        out.exponent += parse_exponent(text.substr(e + 1));
    }
    const std::size_t first = out.digits.find_first_not_of('0');
    if (first == std::string::npos) {
        return Decimal{};
    }
    out.digits.erase(out.digits.find_last_not_of('0') + 1);
    out.digits.erase(0, first);
    out.exponent -= static_cast<std::int64_t>(first);
    return out;
}

// Whole numbers of up to 15 digits are exact in a double, and they are most numbers.
bool parse_small_integer(std::string_view text, Number& out) {
    constexpr std::size_t kExactDigits = 15;
    const bool negative = text.front() == '-';
    const std::string_view digits = negative ? text.substr(1) : text;
    if (digits.size() > kExactDigits) {
        return false;
    }
    std::int64_t value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    out = {static_cast<double>(negative ? -value : value), true};
    return true;
}

}  // namespace

Number parse_number(std::string_view text) {
    Number out;
    if (parse_small_integer(text, out)) {
        return out;
    }
    const Decimal written = parse_decimal(text);
    if (written.digits.empty()) {
        return {0, true};
    }
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out.value);
    if (parsed.ec != std::errc{} || !std::isfinite(out.value) || out.value == 0) {
        return {};
    }
    char buffer[64];
    const auto shortest =
        std::to_chars(buffer, buffer + sizeof buffer, out.value, std::chars_format::scientific);
    const std::string_view spelled(buffer, static_cast<std::size_t>(shortest.ptr - buffer));
    out.comparable = parse_decimal(spelled) == written;
    return out;
}

}  // namespace eventbus::matching
