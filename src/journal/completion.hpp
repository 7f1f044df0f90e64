#pragma once

#include "eventbus/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace eventbus {

// A caller that waits for one of the journal's threads, seen from there: something to be resumed on
// the caller's executor.
class Resumable {
public:
    explicit Resumable(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    virtual ~Resumable() = default;
    Resumable(const Resumable&) = delete;
    Resumable& operator=(const Resumable&) = delete;

    const boost::asio::any_io_executor& executor() const { return executor_; }

    // On the executor, once.
    virtual void resume() = 0;

private:
    // Counts as work, so that the caller's context does not run dry while the caller waits here.
    boost::asio::any_io_executor executor_;
};

// The same with room for the answer.
template <class T>
class PendingAnswer : public Resumable {
public:
    using Resumable::Resumable;

    void set_answer(Result<T> answer) { answer_.emplace(std::move(answer)); }

protected:
    std::optional<Result<T>> answer_;
};

template <class T>
using Waiter = std::unique_ptr<PendingAnswer<T>>;

template <class T, class Handler>
class HandlerAnswer final : public PendingAnswer<T> {
public:
    explicit HandlerAnswer(Handler handler)
        : PendingAnswer<T>(boost::asio::prefer(
              boost::asio::any_io_executor(boost::asio::get_associated_executor(handler)),
              boost::asio::execution::outstanding_work.tracked)),
          handler_(std::move(handler)) {}

    void resume() override {
        Handler handler = std::move(handler_);
        Result<T> answer = std::move(*this->answer_);
        std::move(handler)(std::move(answer));
    }

private:
    Handler handler_;
};

// Suspends the calling coroutine, hands its Waiter to `enqueue`, and returns the answer that it is
// resumed with. The coroutine may already run again, on another thread, when `enqueue` returns: so
// `enqueue` must touch nothing of the caller's after it has given the waiter away.
template <class T, class Enqueue>
boost::asio::awaitable<Result<T>> wait_for_answer(Enqueue enqueue) {
    auto initiate = [&enqueue](auto handler) {
        using Handler = decltype(handler);
        enqueue(Waiter<T>(std::make_unique<HandlerAnswer<T, Handler>>(std::move(handler))));
    };
    co_return co_await boost::asio::
        async_initiate<const boost::asio::use_awaitable_t<>&, void(Result<T>)>(
            initiate,
            boost::asio::use_awaitable);
}

// Answered waiters on their way back. Posting costs a lock and often a wake-up of another thread,
// so neighbours with the same executor share a post.
class Resumptions {
public:
    template <class T>
    void answer(Waiter<T> waiter, Result<T> result) {
        waiter->set_answer(std::move(result));
        ready_.push_back(std::move(waiter));
    }

    void post_all();

private:
    std::vector<std::unique_ptr<Resumable>> ready_;
};

}  // namespace eventbus
