#pragma once

#include <cstdint>
#include <string_view>

namespace eventbus::matching {

// A JSON number as the language compares it. Most numbers compare by value. One that a double
// cannot carry exactly (its shortest round-trip spelling is another decimal) equals only its own
// source text and is in no range.
struct Number {
    double value = 0;
    bool comparable = false;

    bool operator==(const Number&) const = default;
};

// `text` must be a number of the JSON grammar.
Number parse_number(std::string_view text);

// Where the digits of a number without an exponent lie: "-12.5" has 3 bytes before the point, the
// sign among them, and 1 behind it. Nothing before the point: not known.
struct NumberShape {
    std::uint8_t whole = 0;
    std::uint8_t fraction = 0;
};

// The value is within `slack` of the number, which is what it costs next to nothing to find out;
// without slack it is the nearest double.
struct NearNumber {
    double value = 0;
    double slack = 0;
    bool is_comparable = false;  // false: not known
};

NearNumber near_number(std::string_view text, NumberShape shape);

// What parse_number says, sooner.
Number exact_number(std::string_view text, NumberShape shape);

}  // namespace eventbus::matching
