#pragma once

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <string>

namespace eventbus {

// A member as text: strings as they are, numbers in digits, empty if it is absent.
std::string text_member(const nlohmann::ordered_json& object, const char* name);

// An "AttemptLog": a line for each attempt, and one for what the target answered.
void show_attempts(const nlohmann::ordered_json& attempts, std::ostream& out);

}  // namespace eventbus
