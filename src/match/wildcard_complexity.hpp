#pragma once

#include "wildcard.hpp"

#include <span>

namespace eventbus::matching {

// The service refuses a pattern when the wildcards of one field could keep more than this many
// positions busy at once. Its limit is not published: 9 is known to be accepted and 11 to be
// refused.
inline constexpr std::size_t kWildcardComplexityMax = 10;

// Whether some input keeps more than kWildcardComplexityMax positions active in the automaton that
// looks for all of `wildcards`, each between quotes, at once. A position in front of a star and the
// one behind it count as two.
bool too_complex(std::span<const WildcardText* const> wildcards);

}  // namespace eventbus::matching
