#pragma once

#include <string_view>

namespace eventbus::ingress {

// What an operator can do about dead letters with this error code, in a sentence or two.
std::string_view suggested_fix(std::string_view error_code);

}  // namespace eventbus::ingress
