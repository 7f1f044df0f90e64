#pragma once

#include <string_view>

namespace eventbus {

// Named moments at which the fault harness (tests/faults) ends the process as a power failure of
// the process alone would: at once, with nothing flushed or unwound. Which moment, and at which
// time of being there, the environment says:
//
//   EVENTBUSD_CRASH_AT=journal.after-commit:17
//
// Built with -DEVENTBUS_FAULT_POINTS=ON only. In every other build the functions are empty and
// inline, so that nothing of them is left in the program. Safe from any thread.
#ifdef EVENTBUS_FAULT_POINTS

// Counts a visit of `name`; does not return from the one that was asked for.
void fault_point(std::string_view name) noexcept;

// The same for a moment that needs something done first: true at the visit that was asked for,
// which is then expected to end in fault_crash().
bool fault_is_due(std::string_view name) noexcept;
[[noreturn]] void fault_crash() noexcept;

// Ends the process by SIGSEGV if the text holds what EVENTBUSD_POISON says.
void fault_poison(std::string_view text) noexcept;

// The value of a switch of fault builds in the environment, or empty.
std::string_view fault_switch(const char* variable) noexcept;

#else

inline void fault_point(std::string_view) noexcept {}

constexpr bool fault_is_due(std::string_view) noexcept {
    return false;
}

inline void fault_crash() noexcept {}

inline void fault_poison(std::string_view) noexcept {}

constexpr std::string_view fault_switch(const char*) noexcept {
    return {};
}

#endif

}  // namespace eventbus
