#include "operators.hpp"
#include "unicode.hpp"

namespace eventbus::matching {

bool Suffix::accepts(const Leaf& leaf) const {
    return leaf.kind == Leaf::Kind::string && leaf.text.ends_with(text);
}

bool FoldedSuffix::accepts(const Leaf& leaf) const {
    if (leaf.kind != Leaf::Kind::string) {
        return false;
    }
    std::size_t end = leaf.text.size();
    for (auto wanted = folded.rbegin(); wanted != folded.rend(); ++wanted) {
        if (end == 0 || fold_case(previous_code_point(leaf.text, end)) != *wanted) {
            return false;
        }
    }
    return true;
}

std::optional<Matcher> read_suffix(PatternReader& in) {
    if (in.next() == Token::start_object) {
        const auto text = read_folded_operand(in, "Suffix", "suffix");
        if (!text) {
            return std::nullopt;
        }
        return FoldedSuffix{fold_case(*text)};
    }
    auto text = read_string_operand(in, "suffix match pattern must be a string");
    if (!text || !read_only_key(in)) {
        return std::nullopt;
    }
    return Suffix{std::move(*text)};
}

}  // namespace eventbus::matching
