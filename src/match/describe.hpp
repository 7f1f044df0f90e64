#pragma once

#include "matcher.hpp"

#include <string>

namespace eventbus::matching {

// As a pattern would spell it, for people.
std::string describe(const Matcher& matcher);
std::string describe(const MatcherList& list);

}  // namespace eventbus::matching
