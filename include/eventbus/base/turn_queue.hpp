#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <utility>

namespace eventbus {

// Lets coroutines of one strand take turns in the order in which they asked: a strand alone does
// not keep them apart, as another one may run wherever the first waits. Used on that strand only.
class TurnQueue {
    using Token = boost::asio::experimental::channel<void(boost::system::error_code)>;

public:
    // Being the one whose turn it is, while it lives.
    class Turn {
    public:
        explicit Turn(std::shared_ptr<Token> token) : token_(std::move(token)) {}

        Turn(Turn&&) noexcept = default;
        Turn& operator=(Turn&&) = delete;

        ~Turn() {
            if (token_) {
                token_->try_send(boost::system::error_code());
            }
        }

    private:
        std::shared_ptr<Token> token_;
    };

    explicit TurnQueue(const boost::asio::any_io_executor& strand)
        : token_(std::make_shared<Token>(strand, 1)) {
        token_->try_send(boost::system::error_code());
    }

    boost::asio::awaitable<Turn> take() {
        co_await token_->async_receive(boost::asio::use_awaitable);
        // A change that has begun is finished, whatever becomes of the one who asked for it.
        co_await boost::asio::this_coro::reset_cancellation_state(
            boost::asio::disable_cancellation());
        co_return Turn(token_);
    }

private:
    std::shared_ptr<Token> token_;
};

}  // namespace eventbus
