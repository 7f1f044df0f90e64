#include "operators.hpp"
#include "unicode.hpp"

namespace eventbus::matching {

bool EqualsIgnoreCase::accepts(const Leaf& leaf) const {
    if (leaf.kind != Leaf::Kind::string) {
        return false;
    }
    std::size_t pos = 0;
    for (const char32_t wanted : folded) {
        if (pos == leaf.text.size() || fold_case(next_code_point(leaf.text, pos)) != wanted) {
            return false;
        }
    }
    return pos == leaf.text.size();
}

std::optional<Matcher> read_equals_ignore_case(PatternReader& in) {
    in.next();
    const auto text = read_string_operand(in, "equals-ignore-case match pattern must be a string");
    if (!text || !read_only_key(in)) {
        return std::nullopt;
    }
    return EqualsIgnoreCase{fold_case(*text)};
}

}  // namespace eventbus::matching
