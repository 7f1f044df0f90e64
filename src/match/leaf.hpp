#pragma once

#include "number.hpp"

#include <cstdint>
#include <string_view>

namespace eventbus::matching {

// One value of an event that is neither object nor array.
struct Leaf {
    enum class Kind : std::uint8_t { string, number, true_literal, false_literal, null_literal };

    Kind kind = Kind::null_literal;
    std::string_view text;  // a string's characters, a number's source text, else empty
    // Of a number. Whether it is comparable is worked out when first asked, and of a long number
    // that costs more than its value.
    mutable Number number;
    mutable bool comparable_is_known = true;

    bool comparable() const {
        if (!comparable_is_known) {
            number = parse_number(text);
            comparable_is_known = true;
        }
        return number.comparable;
    }
};

}  // namespace eventbus::matching
