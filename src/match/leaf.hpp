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
    Number number;          // of a number
};

}  // namespace eventbus::matching
