#include "operators.hpp"

namespace eventbus::matching {

std::optional<Matcher> read_exists(PatternReader& in) {
    const Token operand = in.next();
    if (operand != Token::true_literal && operand != Token::false_literal) {
        return in.fail("exists match pattern must be either true or false.");
    }
    if (!read_only_key(in)) {
        return std::nullopt;
    }
    if (operand == Token::true_literal) {
        return Exists{};
    }
    return Absent{};
}

}  // namespace eventbus::matching
