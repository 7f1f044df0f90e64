#pragma once

#include <chrono>

namespace eventbus {

using Millis = std::chrono::milliseconds;

// Calendar time in UTC, in milliseconds: what is stored and shown. It may jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Millis>;

// Time for measuring and waiting. It never jumps.
using SteadyTime = std::chrono::steady_clock::time_point;

// Where the time comes from. Safe for use from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;
    virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
public:
    WallTime now() const override {
        return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
    }

    SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace eventbus
