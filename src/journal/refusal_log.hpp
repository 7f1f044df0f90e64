#pragma once

#include "eventbus/base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace eventbus {

// Says in the log that appends are refused: the first time, and then at most once in ten seconds,
// however many they are. Safe from any thread.
class RefusalLog {
public:
    using Time = std::chrono::steady_clock::time_point;

    void note(const Error& refusal, Time now);

    // How many refusals a line that is due now has to tell of; 0: none is due.
    std::uint64_t count(Time now);

private:
    std::atomic<std::uint64_t> refused_{0};  // since the last line
    std::atomic<Time::rep> next_line_at_{Time::min().time_since_epoch().count()};
};

}  // namespace eventbus
