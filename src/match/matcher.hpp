#pragma once

#include "address.hpp"
#include "leaf.hpp"
#include "number.hpp"
#include "wildcard.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace eventbus::matching {

// The matchers of the pattern language, one struct each. `accepts` is in the operator's own file,
// together with the function that reads it from a pattern. A new operator is a new file, a new
// alternative of `Matcher`, and one line in the table of operators.cpp.

// op_exact.cpp
struct ExactText {
    std::string text;
    bool accepts(const Leaf& leaf) const;
};

// A string that is an IP address: matches every spelling of that address.
struct ExactAddress {
    Address address;
    bool accepts(const Leaf& leaf) const;
};

struct ExactNumber {
    Number number;
    std::string text;
    bool accepts(const Leaf& leaf) const;
};

struct ExactLiteral {
    Leaf::Kind kind;

    bool accepts(const Leaf& leaf) const { return leaf.kind == kind; }
};

// op_prefix.cpp
struct Prefix {
    std::string text;
    bool accepts(const Leaf& leaf) const;
};

struct FoldedPrefix {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
};

// op_suffix.cpp
struct Suffix {
    std::string text;
    bool accepts(const Leaf& leaf) const;
};

struct FoldedSuffix {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
};

// op_equals_ignore_case.cpp
struct EqualsIgnoreCase {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
};

// op_wildcard.cpp
struct Wildcard {
    WildcardText wildcard;
    bool accepts(const Leaf& leaf) const;
};

// op_numeric.cpp
struct NumericRange {
    struct Bound {
        double value;
        bool open;  // the bound itself is outside
    };

    std::optional<Bound> lower;
    std::optional<Bound> upper;
    bool accepts(const Leaf& leaf) const;
};

// op_cidr.cpp
struct AddressBlock {
    Address first;
    Address last;
    bool accepts(const Leaf& leaf) const;
};

// op_exists.cpp. An absent field has no leaf to accept; the list of matchers knows of it.
struct Exists {
    bool accepts(const Leaf&) const { return true; }
};

struct Absent {
    bool accepts(const Leaf&) const { return false; }
};

// op_anything_but.cpp: any leaf that none of `excluded` accepts.
struct AnythingBut {
    using Excluded =
        std::variant<ExactText, ExactNumber, Prefix, Suffix, EqualsIgnoreCase, Wildcard>;

    std::vector<Excluded> excluded;
    bool accepts(const Leaf& leaf) const;
};

using Matcher = std::variant<
    ExactText,
    ExactAddress,
    ExactNumber,
    ExactLiteral,
    Prefix,
    FoldedPrefix,
    Suffix,
    FoldedSuffix,
    EqualsIgnoreCase,
    Wildcard,
    NumericRange,
    AddressBlock,
    Exists,
    Absent,
    AnythingBut>;

// The array of matchers of one field: at least one, ORed.
struct MatcherList {
    std::vector<Matcher> matchers;
    bool accepts_absence = false;

    bool accepts(const Leaf& leaf) const;
};

}  // namespace eventbus::matching
