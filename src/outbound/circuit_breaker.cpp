#include "circuit_breaker.hpp"

#include <algorithm>
#include <limits>

namespace eventbus {
namespace {

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();
// A ramp that has come so far is over: no target has more calls in flight.
constexpr std::size_t kRampEnd = 512;
// At a high rate some failures in a row are mere chance: at 1,000 calls a second, of which 18 %
// fail, five come every six seconds, and each opening would cost half a minute. So they count only
// if nothing has succeeded for a while, or if they are so many times more that it cannot be chance.
constexpr Millis kSilence = std::chrono::seconds{1};
constexpr std::int64_t kBeyondChance = 4;
// Probes come this much earlier or later than the interval says, in parts of it.
constexpr int kJitterParts = 5;

Millis with_jitter(Millis interval, std::uint64_t random) {
    const Millis reach = interval / kJitterParts;
    const auto span = static_cast<std::uint64_t>(2 * reach.count() + 1);
    return interval - reach + Millis{static_cast<Millis::rep>(random % span)};
}

std::int64_t slice_number(Millis window, SteadyTime now, std::size_t slices) {
    const auto length = std::max<std::chrono::nanoseconds>(
        std::chrono::nanoseconds(window) / static_cast<int>(slices),
        std::chrono::nanoseconds{1});
    return now.time_since_epoch() / length;
}

}  // namespace

std::size_t CircuitBreaker::calls_max(SteadyTime now) const {
    switch (state_) {
        case State::closed:
            return ramp_ == 0 ? kUnlimited : ramp_;
        case State::open:
            return now >= probe_at_ ? 1 : 0;
        case State::half_open:
            break;
    }
    return 0;
}

std::optional<SteadyTime> CircuitBreaker::next_probe_at() const {
    return state_ == State::open ? std::optional(probe_at_) : std::nullopt;
}

CircuitBreaker::Ticket CircuitBreaker::start(SteadyTime now) {
    if (state_ == State::open && now >= probe_at_) {
        state_ = State::half_open;
        ++era_;
    }
    return era_;
}

void CircuitBreaker::finish(
    Ticket ticket,
    Verdict verdict,
    const BreakerOptions& options,
    SteadyTime now,
    std::uint64_t random) {
    if (ticket != era_) {
        return;
    }
    if (state_ == State::half_open) {
        if (verdict == Verdict::alive) {
            close();
        } else if (verdict == Verdict::failing) {
            open(options, now, random);
        } else {
            state_ = State::open;  // the probe never went out: the next delivery is one
        }
        return;
    }
    if (verdict == Verdict::nothing) {
        return;
    }
    note(verdict, options, now);
    if (verdict == Verdict::failing && has_seen_enough(options, now)) {
        open(options, now, random);
    }
}

void CircuitBreaker::reset() {
    close();
    ramp_ = 0;
}

void CircuitBreaker::note(Verdict verdict, const BreakerOptions& options, SteadyTime now) {
    const auto number = slice_number(options.window, now, kSlices);
    Slice& slice = slices_[static_cast<std::size_t>(number) % kSlices];
    if (slice.number != number) {
        slice = {number, 0, 0};
    }
    ++slice.calls;
    if (verdict == Verdict::failing) {
        ++slice.failures;
        ++failures_in_a_row_;
        return;
    }
    failures_in_a_row_ = 0;
    alive_at_ = now;
    if (ramp_ != 0 && ++ramp_ >= kRampEnd) {
        ramp_ = 0;
    }
}

bool CircuitBreaker::has_seen_enough(const BreakerOptions& options, SteadyTime now) const {
    const bool is_silent = !alive_at_ || now - *alive_at_ >= kSilence;
    const std::int64_t wanted = options.failures_in_a_row;
    if (failures_in_a_row_ >= (is_silent ? wanted : wanted * kBeyondChance)) {
        return true;
    }
    const auto oldest =
        slice_number(options.window, now, kSlices) - static_cast<std::int64_t>(kSlices) + 1;
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    for (const Slice& slice : slices_) {
        if (slice.number >= oldest) {
            calls += slice.calls;
            failures += slice.failures;
        }
    }
    return calls >= options.calls_min &&
           failures * 100 >= calls * static_cast<std::uint64_t>(options.failure_percent);
}

void CircuitBreaker::open(const BreakerOptions& options, SteadyTime now, std::uint64_t random) {
    state_ = State::open;
    ++era_;
    probe_at_ = now + with_jitter(options.probe_interval, random);
}

void CircuitBreaker::close() {
    state_ = State::closed;
    ++era_;
    failures_in_a_row_ = 0;
    alive_at_.reset();  // a probe that succeeds proves little
    slices_ = {};
    ramp_ = 1;
}

}  // namespace eventbus
