#include "operators.hpp"

namespace eventbus::matching {
namespace {

constexpr char kTooManyElements[] = "Too many elements in numeric expression";

// Reads the number that follows `op`; nullopt on failure.
std::optional<std::string> read_bound(PatternReader& in, const std::string& op) {
    if (in.next() != Token::number) {
        return in.fail("Value of " + (op == "=" ? "equals" : op) + " must be numeric");
    }
    return in.text();
}

std::optional<NumericRange::Bound>
make_bound(PatternReader& in, const std::string& text, bool open) {
    const Number number = parse_number(text);
    if (!number.comparable) {
        return in.fail("Cannot compare number : " + text);
    }
    return NumericRange::Bound{number.value, open};
}

// [lower, number, upper, number]; the reader stands on `upper`.
std::optional<NumericRange>
read_upper(PatternReader& in, const std::string& lower, const std::string& bottom) {
    if (in.token() != Token::string) {
        return in.fail("Bad value in numeric range: " + in.text());
    }
    const std::string upper = in.text();
    if (upper != "<" && upper != "<=") {
        return in.fail("Bad numeric range operator: " + upper);
    }
    const auto top = read_bound(in, upper);
    if (!top) {
        return std::nullopt;
    }
    if (in.next() != Token::end_array) {
        return in.fail("Too many terms in numeric range expression");
    }
    const auto from = make_bound(in, bottom, lower == ">");
    const auto to = from ? make_bound(in, *top, upper == "<") : std::nullopt;
    if (!to) {
        return std::nullopt;
    }
    if (from->value >= to->value) {
        return in.fail("Bottom must be less than top");
    }
    return NumericRange{from, to};
}

std::optional<NumericRange> read_range(PatternReader& in) {
    if (in.next() != Token::string) {
        return in.fail("Invalid member in numeric match: " + in.text());
    }
    const std::string op = in.text();
    const bool is_lower = op == ">" || op == ">=";
    if (!is_lower && op != "=" && op != "<" && op != "<=") {
        in.next();  // the service looks at the operand before it doubts the operator
        return in.fail("Unrecognized numeric range operator: " + op);
    }
    const auto operand = read_bound(in, op);
    if (!operand) {
        return std::nullopt;
    }
    if (in.next() != Token::end_array) {
        if (is_lower) {
            return read_upper(in, op, *operand);
        }
        return in.fail(kTooManyElements);
    }
    const auto bound = make_bound(in, *operand, op == "<" || op == ">");
    if (!bound) {
        return std::nullopt;
    }
    NumericRange range;
    if (is_lower || op == "=") {
        range.lower = bound;
    }
    if (!is_lower) {
        range.upper = bound;
    }
    return range;
}

}  // namespace

bool NumericRange::accepts(const Leaf& leaf) const {
    if (leaf.kind != Leaf::Kind::number) {
        return false;
    }
    const NearNumber& near = leaf.near();
    if ((lower && near.value + near.slack < lower->value) ||
        (upper && near.value - near.slack > upper->value)) {
        return false;
    }
    const Number number = leaf.exact();
    const bool above =
        !lower || (lower->open ? number.value > lower->value : number.value >= lower->value);
    const bool below =
        !upper || (upper->open ? number.value < upper->value : number.value <= upper->value);
    return above && below && number.comparable;
}

std::optional<Matcher> read_numeric(PatternReader& in) {
    if (in.next() != Token::start_array) {
        return in.fail("Value of numeric must be an array.");
    }
    const auto range = read_range(in);
    if (!range) {
        return std::nullopt;
    }
    if (in.next() != Token::end_object) {
        return in.fail(kTooManyElements);
    }
    return *range;
}

}  // namespace eventbus::matching
