#include "operators.hpp"

namespace eventbus::matching {

bool Wildcard::accepts(const Leaf& leaf) const {
    return leaf.kind == Leaf::Kind::string && wildcard.matches(leaf.text);
}

std::optional<Matcher> read_wildcard(PatternReader& in) {
    in.next();
    const auto text = read_string_operand(in, "wildcard match pattern must be a string");
    if (!text) {
        return std::nullopt;
    }
    auto wildcard = WildcardText::parse(*text);
    if (!wildcard) {
        return in.fail(wildcard.error().message());
    }
    if (!read_only_key(in)) {
        return std::nullopt;
    }
    return Wildcard{std::move(*wildcard)};
}

}  // namespace eventbus::matching
