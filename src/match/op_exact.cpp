#include "operators.hpp"

#include <cmath>

namespace eventbus::matching {

bool ExactText::accepts(const Leaf& leaf) const {
    return leaf.kind == Leaf::Kind::string && leaf.text == text;
}

bool ExactAddress::accepts(const Leaf& leaf) const {
    Address found;
    return leaf.kind == Leaf::Kind::string &&
           parse_address(leaf.text, found) == AddressText::valid && found == address;
}

bool ExactNumber::accepts(const Leaf& leaf) const {
    if (leaf.kind != Leaf::Kind::number) {
        return false;
    }
    if (!number.comparable) {
        // The same text is comparable in both places or in neither.
        return leaf.text == text;
    }
    const NearNumber& near = leaf.near();
    return std::abs(near.value - number.value) <= near.slack && leaf.exact() == number;
}

std::optional<Matcher> read_exact(PatternReader& in) {
    switch (in.token()) {
        case Token::string: {
            std::string text = in.text();
            Address address;
            if (parse_address(text, address) == AddressText::valid) {
                return ExactAddress{address};
            }
            return ExactText{std::move(text)};
        }
        case Token::number: {
            std::string text = in.text();
            const Number number = parse_number(text);
            return ExactNumber{number, std::move(text)};
        }
        case Token::true_literal:
            return ExactLiteral{Leaf::Kind::true_literal};
        case Token::false_literal:
            return ExactLiteral{Leaf::Kind::false_literal};
        case Token::null_literal:
            return ExactLiteral{Leaf::Kind::null_literal};
        default:
            return in.fail("Match value must be String, number, true, false, or null");
    }
}

std::optional<Matcher> read_exactly(PatternReader& in) {
    in.next();
    auto text = read_string_operand(in, "exact match pattern must be a string");
    if (!text || !read_only_key(in)) {
        return std::nullopt;
    }
    return ExactText{std::move(*text)};
}

}  // namespace eventbus::matching
