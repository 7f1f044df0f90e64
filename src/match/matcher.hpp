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
    bool operator==(const ExactText&) const = default;
};

// A string that is an IP address: matches every spelling of that address.
struct ExactAddress {
    Address address;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const ExactAddress&) const = default;
};

struct ExactNumber {
    Number number;
    std::string text;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const ExactNumber&) const = default;
};

struct ExactLiteral {
    Leaf::Kind kind;

    bool accepts(const Leaf& leaf) const { return leaf.kind == kind; }

    bool operator==(const ExactLiteral&) const = default;
};

// op_prefix.cpp
struct Prefix {
    std::string text;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const Prefix&) const = default;
};

struct FoldedPrefix {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const FoldedPrefix&) const = default;
};

// op_suffix.cpp
struct Suffix {
    std::string text;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const Suffix&) const = default;
};

struct FoldedSuffix {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const FoldedSuffix&) const = default;
};

// op_equals_ignore_case.cpp
struct EqualsIgnoreCase {
    std::u32string folded;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const EqualsIgnoreCase&) const = default;
};

// op_wildcard.cpp
struct Wildcard {
    WildcardText wildcard;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const Wildcard&) const = default;
};

// op_numeric.cpp
struct NumericRange {
    struct Bound {
        double value;
        bool open;  // the bound itself is outside
        bool operator==(const Bound&) const = default;
    };

    std::optional<Bound> lower;
    std::optional<Bound> upper;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const NumericRange&) const = default;
};

// op_cidr.cpp
struct AddressBlock {
    Address first;
    Address last;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const AddressBlock&) const = default;
};

// op_exists.cpp. An absent field has no leaf to accept; the list of matchers knows of it.
struct Exists {
    bool accepts(const Leaf&) const { return true; }

    bool operator==(const Exists&) const = default;
};

struct Absent {
    bool accepts(const Leaf&) const { return false; }

    bool operator==(const Absent&) const = default;
};

// op_anything_but.cpp: any leaf that none of `excluded` accepts.
struct AnythingBut {
    using Excluded =
        std::variant<ExactText, ExactNumber, Prefix, Suffix, EqualsIgnoreCase, Wildcard>;

    std::vector<Excluded> excluded;
    bool accepts(const Leaf& leaf) const;
    bool operator==(const AnythingBut&) const = default;
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
    bool operator==(const MatcherList&) const = default;
};

}  // namespace eventbus::matching
