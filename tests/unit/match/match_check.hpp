#pragma once

#include "eventbus/match/event_pattern.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace eventbus::match_check {

// Compiles and matches; a failure of either fails the test.
inline bool matches_text(std::string_view pattern, std::string_view event) {
    const auto compiled = compile_event_pattern(pattern);
    if (!compiled) {
        ADD_FAILURE() << pattern << ": " << compiled.error().message();
        return false;
    }
    const auto matched = matches(**compiled, event);
    if (!matched) {
        ADD_FAILURE() << event << ": " << matched.error().message();
        return false;
    }
    return *matched;
}

// The first line of the error of a pattern that must not compile.
inline std::string compile_error(std::string_view pattern) {
    const auto compiled = compile_event_pattern(pattern);
    if (compiled) {
        return "(compiled)";
    }
    const std::string message = compiled.error().message();
    return message.substr(0, message.find('\n'));
}

}  // namespace eventbus::match_check
