#pragma once

#include "number.hpp"

#include <cstdint>
#include <string_view>

namespace eventbus::matching {

// One value of an event that is neither object nor array.
class Leaf {
public:
    enum class Kind : std::uint8_t { string, number, true_literal, false_literal, null_literal };

    Leaf() = default;

    explicit Leaf(Kind leaf_kind, std::string_view leaf_text = {}, NumberShape shape = {})
        : kind(leaf_kind), shape_(shape), text(leaf_text) {}

    Kind kind = Kind::null_literal;

private:
    enum class Known : std::uint8_t { nothing, near, all };

    // Of a number, which is worked out only as far as somebody asks: most are decided by about how
    // large they are.
    mutable Known known_ = Known::nothing;
    NumberShape shape_;
    mutable NearNumber near_;

public:
    std::string_view text;  // a string's characters, a number's source text, else empty

    // About how large the number is.
    const NearNumber& near() const {
        if (known_ == Known::nothing) {
            near_ = near_number(text, shape_);
            known_ = near_.is_comparable ? Known::all : Known::near;
        }
        return near_;
    }

    // As parse_number says.
    Number exact() const {
        if (known_ != Known::all) {
            const Number number = exact_number(text, shape_);
            near_ = {number.value, 0, number.comparable};
            known_ = Known::all;
        }
        return {near_.value, near_.is_comparable};
    }
};

}  // namespace eventbus::matching
