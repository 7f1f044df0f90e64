#pragma once

#include <chrono>
#include <exception>

namespace eventbus {

// How soon the dispatcher looks again at what went wrong.
inline constexpr auto kClaimRetryDelay = std::chrono::seconds{1};
inline constexpr auto kWritableCheckInterval = std::chrono::milliseconds{250};
inline constexpr auto kTargetCheckInterval = std::chrono::seconds{1};

// What ends a coroutine of the dispatcher's; null: nothing did.
void log_exception(std::exception_ptr trouble);

// For what nothing can go on after: ends the process, which is safe at any point.
void end_on(std::exception_ptr trouble);

}  // namespace eventbus
