#pragma once

#include "eventbus/base/result.hpp"

#include <string_view>

namespace eventbus {

// Whether `text` is a `rate(…)` or `cron(…)` expression that the service accepts. The error is
// PutRule's (code ValidationException), the same for everything that can be wrong.
[[nodiscard]] Result<void> check_schedule_expression(std::string_view text);

}  // namespace eventbus
