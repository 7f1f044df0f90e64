#pragma once

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

// The value alone, which costs a fraction. `is_known` says whether `comparable` is known as well;
// it is for up to 15 digits, which is most numbers.
struct NumberValue {
    Number number;
    bool is_known = false;
};

NumberValue parse_number_value(std::string_view text);

}  // namespace eventbus::matching
