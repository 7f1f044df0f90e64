#include "operators.hpp"

#include <algorithm>
#include <array>

namespace eventbus::matching {
namespace {

struct Operator {
    std::string_view name;
    std::optional<Matcher> (*read)(PatternReader&);
};

constexpr std::array kOperators{
    Operator{"exactly", read_exactly},
    Operator{"prefix", read_prefix},
    Operator{"suffix", read_suffix},
    Operator{"equals-ignore-case", read_equals_ignore_case},
    Operator{"wildcard", read_wildcard},
    Operator{"numeric", read_numeric},
    Operator{"cidr", read_cidr},
    Operator{"exists", read_exists},
    Operator{"anything-but", read_anything_but},
};

}  // namespace

bool MatcherList::accepts(const Leaf& leaf) const {
    return std::any_of(matchers.begin(), matchers.end(), [&leaf](const Matcher& matcher) {
        return std::visit([&leaf](const auto& m) { return m.accepts(leaf); }, matcher);
    });
}

std::optional<Matcher> read_operator(PatternReader& in) {
    if (in.next() != Token::field_name) {
        return in.fail("Match expression name not found");
    }
    for (const Operator& candidate : kOperators) {
        if (candidate.name == in.name()) {
            return candidate.read(in);
        }
    }
    return in.fail("Unrecognized match type " + in.name());
}

std::optional<std::string> read_string_operand(PatternReader& in, const char* error) {
    if (in.token() != Token::string) {
        return in.fail(error);
    }
    std::string text = in.text();
    if (in.failed()) {
        return std::nullopt;
    }
    return text;
}

std::optional<std::string>
read_folded_operand(PatternReader& in, std::string_view title, std::string_view name) {
    if (in.next() != Token::field_name) {
        return in.fail(std::string(title) + " expression name not found");
    }
    if (in.name() != "equals-ignore-case") {
        return in.fail("Unsupported " + std::string(name) + " pattern: " + in.name());
    }
    in.next();
    auto text = read_string_operand(in, "equals-ignore-case match pattern must be a string");
    if (!text || !read_only_key(in) || !read_only_key(in)) {
        return std::nullopt;
    }
    return text;
}

bool read_only_key(PatternReader& in) {
    if (in.next() != Token::end_object) {
        in.fail("Only one key allowed in match expression");
        return false;
    }
    return true;
}

}  // namespace eventbus::matching
