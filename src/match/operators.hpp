#pragma once

#include "matcher.hpp"
#include "pattern_reader.hpp"

#include <optional>

namespace eventbus::matching {

// Each function reads one element of a field's array; nullopt means that the reader has failed.

// A plain value; the reader stands on it.
std::optional<Matcher> read_exact(PatternReader& in);

// {"operator": operand}; the reader stands on the opening brace.
std::optional<Matcher> read_operator(PatternReader& in);

// The operand and the closing brace; the reader stands on the operator's name.
std::optional<Matcher> read_exactly(PatternReader& in);
std::optional<Matcher> read_prefix(PatternReader& in);
std::optional<Matcher> read_suffix(PatternReader& in);
std::optional<Matcher> read_equals_ignore_case(PatternReader& in);
std::optional<Matcher> read_wildcard(PatternReader& in);
std::optional<Matcher> read_numeric(PatternReader& in);
std::optional<Matcher> read_cidr(PatternReader& in);
std::optional<Matcher> read_exists(PatternReader& in);
std::optional<Matcher> read_anything_but(PatternReader& in);

// What several operators share.

// The current string token's text, or the error.
std::optional<std::string> read_string_operand(PatternReader& in, const char* error);

// {"equals-ignore-case": string} as the operand of prefix and suffix, and both closing braces; the
// reader stands on the first brace. `title` and `name` are the operator's, for its errors.
std::optional<std::string>
read_folded_operand(PatternReader& in, std::string_view title, std::string_view name);

// The closing brace; false, and the reader failed, if something else follows.
bool read_only_key(PatternReader& in);

}  // namespace eventbus::matching
