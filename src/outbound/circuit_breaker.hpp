#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/outbound/dispatcher.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace eventbus {

// Whether a target may be called, judging by how the last calls of it went.
//
//   closed ──failures──► open ──probe_interval──► half open ──success──► closed, in a ramp
//                          ▲                          │
//                          └─────────failure──────────┘
//
// While it is open nothing is called; half open, one call probes. After it has closed, the calls in
// flight begin with one and grow by one with each success, so that a target that comes back is not
// flooded with what has gathered. Without I/O, clock or lock: owned by the dispatcher's strand.
class CircuitBreaker {
public:
    enum class State { closed, open, half_open };

    // What a call says of the target. Alive is also one that refuses an event for good; a call that
    // was never made says nothing.
    enum class Verdict { alive, failing, nothing };

    // Given to a call when it starts, handed back with its result. A result of a call that began
    // before the breaker last changed its mind is old news.
    using Ticket = std::uint64_t;

    // How many calls may be in flight at `now`.
    std::size_t calls_max(SteadyTime now) const;

    // When calls are next allowed; nullopt: they are, or a probe is under way.
    std::optional<SteadyTime> next_probe_at() const;

    Ticket start(SteadyTime now);
    // `random` is 64 uniform bits, for the time of the next probe.
    void finish(
        Ticket ticket,
        Verdict verdict,
        const BreakerOptions& options,
        SteadyTime now,
        std::uint64_t random);

    // As new: the target has been changed or resumed.
    void reset();

    State state() const { return state_; }

private:
    struct Slice {
        std::int64_t number = -1;
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
    };

    static constexpr std::size_t kSlices = 6;

    void note(Verdict verdict, const BreakerOptions& options, SteadyTime now);
    bool has_seen_enough(const BreakerOptions& options, SteadyTime now) const;
    void open(const BreakerOptions& options, SteadyTime now, std::uint64_t random);
    void close();

    State state_ = State::closed;
    Ticket era_ = 0;
    int failures_in_a_row_ = 0;
    std::optional<SteadyTime> alive_at_;   // the last success since it closed, its probe aside
    std::array<Slice, kSlices> slices_{};  // of the window, by time
    SteadyTime probe_at_;
    std::size_t ramp_ = 0;  // calls allowed while a ramp lasts; 0: it is over
};

// How many of a target's `concurrency` calls may be retries, so that retries never crowd out first
// attempts.
constexpr std::size_t retry_calls_max(std::size_t concurrency) {
    constexpr std::size_t kShare = 5;  // one in five
    return concurrency < 2 * kShare ? 1 : concurrency / kShare;
}

}  // namespace eventbus
