#pragma once

#include "eventbus/base/clock.hpp"

#include <atomic>
#include <chrono>

namespace eventbus::test {

// A clock that stands still until a test moves it. Both times move together; `set_wall` lets the
// calendar jump alone, as an operator or NTP does. Safe from any thread.
class FakeClock final : public Clock {
public:
    // 2026-11-20T16:18:00Z
    static constexpr WallTime kStart{Millis{1'795'191'480'000}};

    explicit FakeClock(WallTime start = kStart) : wall_ms_(start.time_since_epoch().count()) {}

    WallTime now() const override { return WallTime{Millis{wall_ms_.load()}}; }

    SteadyTime steady_now() const override { return SteadyTime{Millis{steady_ms_.load()}}; }

    void advance(Millis by) {
        wall_ms_.fetch_add(by.count());
        steady_ms_.fetch_add(by.count());
    }

    void set_wall(WallTime to) { wall_ms_.store(to.time_since_epoch().count()); }

private:
    std::atomic<Millis::rep> wall_ms_;
    std::atomic<Millis::rep> steady_ms_{1'000'000};
};

}  // namespace eventbus::test
