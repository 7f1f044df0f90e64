#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventbus {

// What is wrong with an ARN as that of a dead-letter queue, in the service's words; nullopt if
// nothing is.
std::optional<std::string> dead_letter_queue_problem(std::string_view arn);

}  // namespace eventbus
