#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace eventbus::http {

// One absolute deadline at a time for whatever a coroutine does next, over one timer. Moving it
// later, which is what nearly every request does, is an assignment: the timer wakes at the old
// time, sees the new one and goes back to sleep.
//
// On expiry `cancel_io` ends the operation in progress; if the coroutine has set no new deadline
// shortly after (a composed operation may have been between two steps, where cancelling has no
// effect), `close_io` closes the socket under it. Lives on one strand.
class Deadline final : public std::enable_shared_from_this<Deadline> {
public:
    using Clock = std::chrono::steady_clock;
    using Action = std::function<void()>;

    Deadline(const boost::asio::any_io_executor& strand, Action cancel_io, Action close_io)
        : timer_(strand), cancel_io_(std::move(cancel_io)), close_io_(std::move(close_io)) {}

    void set(Clock::time_point at) {
        at_ = at;
        expired_ = false;
        if (at_ < armed_for_) {
            arm();
        }
    }

    void set_after(Clock::duration wait) { set(Clock::now() + wait); }

    void clear() {
        at_ = Clock::time_point::max();
        expired_ = false;
    }

    bool expired() const { return expired_; }

    Clock::time_point at() const { return at_; }

    // Ends it; the actions are not called any more. Their owner calls this before it goes.
    void stop() {
        cancel_io_ = nullptr;
        close_io_ = nullptr;
        at_ = Clock::time_point::max();
        timer_.cancel();
    }

private:
    static constexpr auto kCloseAfter = std::chrono::milliseconds(200);

    void arm() {
        armed_for_ = at_;
        timer_.expires_at(armed_for_);
        timer_.async_wait([self = weak_from_this()](boost::system::error_code ec) {
            const auto deadline = self.lock();
            if (!ec && deadline) {
                deadline->wake();
            }
        });
    }

    void wake() {
        armed_for_ = Clock::time_point::max();
        if (at_ == Clock::time_point::max()) {
            return;
        }
        if (Clock::now() < at_) {
            arm();
            return;
        }
        if (expired_) {
            at_ = Clock::time_point::max();
            if (close_io_) {
                close_io_();
            }
            return;
        }
        expired_ = true;
        at_ = Clock::now() + kCloseAfter;
        arm();
        if (cancel_io_) {
            cancel_io_();
        }
    }

    boost::asio::steady_timer timer_;
    Action cancel_io_;
    Action close_io_;
    Clock::time_point at_ = Clock::time_point::max();
    Clock::time_point armed_for_ = Clock::time_point::max();
    bool expired_ = false;
};

}  // namespace eventbus::http
