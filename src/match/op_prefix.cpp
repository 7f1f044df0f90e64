#include "operators.hpp"
#include "unicode.hpp"

namespace eventbus::matching {

bool Prefix::accepts(const Leaf& leaf) const {
    return leaf.kind == Leaf::Kind::string && leaf.text.starts_with(text);
}

bool FoldedPrefix::accepts(const Leaf& leaf) const {
    if (leaf.kind != Leaf::Kind::string) {
        return false;
    }
    std::size_t pos = 0;
    for (const char32_t wanted : folded) {
        if (pos == leaf.text.size() || fold_case(next_code_point(leaf.text, pos)) != wanted) {
            return false;
        }
    }
    return true;
}

std::optional<Matcher> read_prefix(PatternReader& in) {
    if (in.next() == Token::start_object) {
        const auto text = read_folded_operand(in, "Prefix", "prefix");
        if (!text) {
            return std::nullopt;
        }
        return FoldedPrefix{fold_case(*text)};
    }
    auto text = read_string_operand(in, "prefix match pattern must be a string");
    if (!text || !read_only_key(in)) {
        return std::nullopt;
    }
    return Prefix{std::move(*text)};
}

}  // namespace eventbus::matching
