#include "number.hpp"

#include "hashing.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
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

// DIGITS times ten to the `exponent`.
struct ShortDecimal {
    bool negative = false;
    std::uint64_t digits = 0;
    int digit_count = 0;  // without leading zeros
    int exponent = 0;
};

constexpr int kDigitsMax = 19;  // what 64 bits hold
constexpr int kExponentDigitsMax = 4;

// False if the number is too long.
bool read_short(std::string_view text, ShortDecimal& out) {
    const char* at = text.data();
    const char* const end = at + text.size();
    out.negative = *at == '-';
    at += out.negative ? 1 : 0;
    std::uint64_t digits = 0;
    int count = 0;
    int fraction = 0;
    for (bool in_fraction = false; at < end; ++at) {
        const auto digit = static_cast<unsigned>(*at - '0');
        if (digit > 9) {
            if (*at != '.') {
                break;
            }
            in_fraction = true;
            continue;
        }
        digits = digits * 10 + digit;
        count += digits != 0 ? 1 : 0;
        fraction += in_fraction ? 1 : 0;
        if (count > kDigitsMax || fraction > 300) {
            return false;
        }
    }
    int exponent = 0;
    if (at < end) {
        const std::string_view written(at + 1, static_cast<std::size_t>(end - at - 1));
        if (written.size() > kExponentDigitsMax) {
            return false;
        }
        exponent = static_cast<int>(parse_exponent(written));
    }
    out.digits = digits;
    out.digit_count = count;
    out.exponent = exponent - fraction;
    return true;
}

constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// The number as far as it can be known without its shortest spelling.
struct NumberValue {
    Number number;
    bool comparable_is_known = true;
};

NumberValue value_of(std::string_view text, const ShortDecimal& decimal) {
    constexpr int kExactDigits = 15;  // always survive a double and its shortest spelling
    if (decimal.digits == 0) {
        return {{0, true}};
    }
    const int power = decimal.exponent < 0 ? -decimal.exponent : decimal.exponent;
    if (decimal.digit_count <= kExactDigits && power <= 22) {
        // Both are exact in a double, so that one operation rounds correctly.
        const auto digits = static_cast<double>(decimal.digits);
        const double value =
            decimal.exponent < 0 ? digits / kPowers[power] : digits * kPowers[power];
        return {{decimal.negative ? -value : value, true}};
    }
    NumberValue out;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out.number.value);
    if (parsed.ec != std::errc{} || !std::isfinite(out.number.value) || out.number.value == 0) {
        return {};
    }
    out.comparable_is_known = false;
    return out;
}

// The value of eight digits that were read as one word and had '0' subtracted from each.
constexpr std::uint64_t eight_digits(std::uint64_t word) {
    constexpr std::uint64_t kPairs = 0x000000FF000000FF;
    word = word * 10 + (word >> 8);
    return ((word & kPairs) * 0x000F424000000064 + (word >> 16 & kPairs) * 0x0000271000000001) >>
           32;
}

constexpr std::uint64_t kZeros = 0x3030303030303030;

constexpr std::uint64_t kTens[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};

// `digits` in front of the `count` digits at `at`.
std::uint64_t append_digits(std::uint64_t digits, const char* at, std::size_t count) {
    const bool is_long = count >= 8;
    for (; count >= 8; at += 8, count -= 8) {
        digits = digits * 100'000'000 + eight_digits(load8(at) - kZeros);
    }
    if (is_long && count > 0) {
        // The last eight, of which the first have been read.
        const std::uint64_t word = load8(at + count - 8) - kZeros;
        return digits * kTens[count] + eight_digits(word & UINT64_MAX << (8 - count) * 8);
    }
    for (; count > 0; ++at, --count) {
        digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    return digits;
}

bool is_negative(std::string_view text) {
    return text.front() == '-';
}

// So that they fit a signed word.
bool has_few_digits(std::string_view text, NumberShape shape) {
    constexpr std::size_t kDigitsFew = 18;
    const std::size_t sign = is_negative(text) ? 1 : 0;
    return shape.whole != 0 && shape.whole - sign + shape.fraction <= kDigitsFew;
}

std::uint64_t digits_of(std::string_view text, NumberShape shape) {
    const std::size_t sign = is_negative(text) ? 1 : 0;
    const auto digits = append_digits(0, text.data() + sign, shape.whole - sign);
    return shape.fraction == 0
               ? digits
               : append_digits(digits, text.data() + shape.whole + 1, shape.fraction);
}

// `digits` divided by ten to the `fraction`, both below 2^60, in whole numbers: the nearest double
// m / 2^k, and whether the decimal is its shortest spelling. nullopt where that takes more thought.
//
// Everything is counted in units of 1 / (2^k * 10^fraction). In these the decimal is digits * 2^k,
// the double m * 10^fraction; decimals that are read as that double lie within half of 10^fraction
// around it, and neighbours of the same length are 2^k apart.
std::optional<Number> divide(std::uint64_t digits, unsigned fraction) {
    __extension__ using Wide = __int128;
    for (; digits % 10 == 0 && fraction > 0; --fraction) {
        digits /= 10;
    }
    const std::uint64_t last_digit = digits % 10;
    if (last_digit == 0) {
        return std::nullopt;
    }
    std::uint64_t scale = 1;
    for (unsigned i = 0; i < fraction; ++i) {
        scale *= 10;
    }
    const int width = static_cast<int>(std::bit_width(digits));
    int k = 53 - width + static_cast<int>(std::bit_width(scale));
    if (k < 1 || k + width > 126) {
        return std::nullopt;
    }
    const Wide wide = static_cast<Wide>(digits) << k;
    auto m = static_cast<std::uint64_t>(wide / scale);
    auto rest = static_cast<std::uint64_t>(wide - static_cast<Wide>(m) * scale);
    if (m >> 53 != 0) {
        rest = (rest + (m % 2) * scale) / 2;
        m /= 2;
        --k;
    }
    const bool is_up = 2 * rest > scale;
    m += is_up ? 1 : 0;
    constexpr std::uint64_t kPowerOfTwo = std::uint64_t{1} << 52;
    if (2 * rest == scale || m == kPowerOfTwo || m == 2 * kPowerOfTwo) {
        return std::nullopt;
    }
    const Wide step = static_cast<Wide>(1) << k;
    // From the double to the decimal, and to the decimals around it that are a digit shorter.
    const Wide from = static_cast<Wide>(rest) - (is_up ? static_cast<Wide>(scale) : 0);
    const Wide below = from - step * last_digit;
    const Wide above = from + step * (10 - last_digit);
    const Wide distance = from < 0 ? -from : from;
    if (2 * distance == step || -2 * below == scale || 2 * above == scale) {
        return std::nullopt;
    }
    Number number;
    number.value = std::ldexp(static_cast<double>(m), -k);
    number.comparable = 2 * distance < step && -2 * below > scale && 2 * above > scale;
    return number;
}

// Whether the shortest spelling of `value` is the same decimal. Without memory of its own: this
// runs for events.
bool is_shortest_spelling(double value, ShortDecimal written) {
    char buffer[64];
    const auto shortest =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
    ShortDecimal spelled;
    if (!read_short({buffer, static_cast<std::size_t>(shortest.ptr - buffer)}, spelled)) {
        return false;
    }
    for (ShortDecimal* decimal : {&written, &spelled}) {
        for (; decimal->digits % 10 == 0; decimal->digits /= 10) {
            ++decimal->exponent;
        }
    }
    return written.digits == spelled.digits && written.exponent == spelled.exponent &&
           written.negative == spelled.negative;
}

}  // namespace

Number parse_number(std::string_view text) {
    ShortDecimal decimal;
    if (read_short(text, decimal)) {
        NumberValue out = value_of(text, decimal);
        if (!out.comparable_is_known) {
            out.number.comparable = is_shortest_spelling(out.number.value, decimal);
        }
        return out.number;
    }
    const Decimal written = parse_decimal(text);
    if (written.digits.empty()) {
        return {0, true};
    }
    Number out;
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

NearNumber near_number(std::string_view text, NumberShape shape) {
    constexpr std::uint64_t kExactEnd = 1'000'000'000'000'000;  // see value_of
    constexpr double kRounding = 0x1p-51;                       // of two operations, generously
    if (!has_few_digits(text, shape)) {
        const Number number = parse_number(text);
        return {number.value, 0, number.comparable};
    }
    const std::uint64_t digits = digits_of(text, shape);
    const double size =
        static_cast<double>(static_cast<std::int64_t>(digits)) / kPowers[shape.fraction];
    const bool is_exact = digits < kExactEnd;
    return {is_negative(text) ? -size : size, is_exact ? 0 : size * kRounding, is_exact};
}

Number exact_number(std::string_view text, NumberShape shape) {
    if (has_few_digits(text, shape)) {
        if (auto number = divide(digits_of(text, shape), shape.fraction)) {
            if (is_negative(text)) {
                number->value = -number->value;
            }
            return *number;
        }
    }
    return parse_number(text);
}

}  // namespace eventbus::matching
