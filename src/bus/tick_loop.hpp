#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/strand.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace eventbus::bus {

// Lets one coroutine do something again and again until somebody else stops it:
//
//   while (co_await loop.wait(pause)) { … }
//   loop.ended();
//
// wait() and ended() in that coroutine, stop() from anywhere, once the coroutine has been spawned.
class TickLoop {
public:
    explicit TickLoop(boost::asio::any_io_executor executor)
        : strand_(new_strand(executor)), pause_(strand_), end_(strand_) {
        end_.expires_at(boost::asio::steady_timer::time_point::max());
    }

    // False once the loop is to end.
    boost::asio::awaitable<bool> wait(Millis pause) {
        auto waiting = wait_on_strand(pause);
        co_return co_await boost::asio::co_spawn(
            strand_,
            std::move(waiting),
            boost::asio::use_awaitable);
    }

    void ended() {
        boost::asio::post(strand_, [this] {
            is_ended_ = true;
            end_.cancel();
        });
    }

    // Returns when the loop has ended.
    boost::asio::awaitable<void> stop() {
        auto stopping = stop_on_strand();
        co_await boost::asio::co_spawn(strand_, std::move(stopping), boost::asio::use_awaitable);
    }

private:
    boost::asio::awaitable<bool> wait_on_strand(Millis pause) {
        if (!is_stopping_) {
            pause_.expires_after(pause);
            co_await pause_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        co_return !is_stopping_;
    }

    boost::asio::awaitable<void> stop_on_strand() {
        is_stopping_ = true;
        pause_.cancel();
        if (!is_ended_) {
            co_await end_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    const boost::asio::any_io_executor strand_;
    // Owned by the strand.
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer end_;
    bool is_stopping_ = false;
    bool is_ended_ = false;
};

}  // namespace eventbus::bus
