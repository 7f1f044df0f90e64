#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace eventbus::test {

// An io_context with threads that run it, and a way to call coroutines from a test's own thread.
class IoThreads {
public:
    explicit IoThreads(std::size_t threads = 2) : work_(boost::asio::make_work_guard(context_)) {
        for (std::size_t i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { context_.run(); });
        }
    }

    ~IoThreads() { stop(); }

    // No coroutine runs any more when this returns; what they held goes with the io_context.
    void stop() {
        work_.reset();
        context_.stop();
        for (auto& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

    boost::asio::io_context& context() { return context_; }

    auto executor() { return context_.get_executor(); }

    template <class T>
    std::future<T> start(boost::asio::awaitable<T> work) {
        return boost::asio::co_spawn(context_, std::move(work), boost::asio::use_future);
    }

    template <class T>
    T wait(boost::asio::awaitable<T> work) {
        auto result = start(std::move(work));
        if (result.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
            throw std::runtime_error("the coroutine did not finish within 60 s");
        }
        return result.get();
    }

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::thread> threads_;
};

}  // namespace eventbus::test
