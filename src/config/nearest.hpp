#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// `unknown key "listn", did you mean "listen"?`, or, if nothing known is near, the list of what is
// known. `noun` stands for "key".
std::string unknown_message(
    std::string_view noun,
    std::string_view found,
    const std::vector<std::string_view>& known);

// The known word that a person probably meant, or nothing.
std::string_view nearest(std::string_view found, const std::vector<std::string_view>& known);

}  // namespace eventbus
