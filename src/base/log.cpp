#include "eventbus/base/log.hpp"

#include "eventbus/base/clock.hpp"

#include "log_line.hpp"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace eventbus::log {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueLines = 32 * 1024;
// A reader that has stopped reading our standard error must not keep the process from ending.
constexpr auto kFlushWaitMax = 5s;
constexpr auto kFlushAskAgain = 100ms;
constexpr std::int64_t kLossReportInterval_ms = 1000;

void write_to_stderr(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            pollfd writable{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
            ::poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return;  // closed or broken: there is no other place to complain to
        }
    }
}

// Lines arrive complete. Counts the flushes that came through the queue, because the library's
// flush does not wait.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    std::uint64_t flushes() {
        const std::lock_guard lock(flushes_mutex_);
        return flushes_;
    }

    bool wait_for_flush_after(std::uint64_t seen, std::chrono::milliseconds at_most) {
        std::unique_lock lock(flushes_mutex_);
        return flushed_.wait_for(lock, at_most, [&] { return flushes_ > seen; });
    }

protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        write_to_stderr({line.payload.data(), line.payload.size()});
    }

    void flush_() override {
        {
            const std::lock_guard lock(flushes_mutex_);
            ++flushes_;
        }
        flushed_.notify_all();
    }

private:
    std::mutex flushes_mutex_;
    std::condition_variable flushed_;
    std::uint64_t flushes_ = 0;
};

// Never destroyed: other threads may log until the very end of the process.
struct Logger {
    explicit Logger(const Options& options)
        : format(options.format),
          pool(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
          sink(std::make_shared<StderrSink>()),
          // A full queue loses its oldest lines, which are counted: waiting would stop the threads
          // that serve requests.
          lines(std::make_shared<spdlog::async_logger>(
              "eventbusd",
              sink,
              pool,
              spdlog::async_overflow_policy::overrun_oldest)) {
        lines->set_level(spdlog::level::trace);
    }

    const Format format;
    const std::shared_ptr<spdlog::details::thread_pool> pool;
    const std::shared_ptr<StderrSink> sink;
    const std::shared_ptr<spdlog::async_logger> lines;
    std::mutex one_flush;  // two at once could each take the other's answer for its own
    std::atomic<std::size_t> losses_reported{0};
    std::atomic<std::int64_t> next_loss_report_ms{0};
};

std::atomic<Level> minimum_level{Level::info};
std::atomic<Logger*> logger{nullptr};

// Says at most once a second how many lines were lost since the last time.
void report_losses(Logger& to, WallTime now) {
    const std::size_t lost = to.pool->overrun_counter();
    if (lost == to.losses_reported.load(std::memory_order_relaxed)) {
        return;
    }
    const std::int64_t now_ms = now.time_since_epoch().count();
    std::int64_t due_ms = to.next_loss_report_ms.load(std::memory_order_relaxed);
    if (now_ms < due_ms ||
        !to.next_loss_report_ms.compare_exchange_strong(due_ms, now_ms + kLossReportInterval_ms)) {
        return;
    }
    const std::size_t before = to.losses_reported.exchange(lost);
    to.lines->log(
        spdlog::level::info,
        format_line(
            to.format,
            now,
            Level::warn,
            "log lines lost because standard error is slow",
            {{"lines", lost - before}}));
}

}  // namespace

void start(const Options& options) {
    minimum_level.store(options.level);
    logger.store(new Logger(options));
    std::atexit(flush);
}

void flush() {
    Logger* const to = logger.load();
    if (to == nullptr) {
        return;
    }
    const std::lock_guard lock(to->one_flush);
    const auto deadline = std::chrono::steady_clock::now() + kFlushWaitMax;
    const std::uint64_t seen = to->sink->flushes();
    // The request to flush may itself be pushed out of a full queue, so it is repeated.
    do {
        to->lines->flush();
    } while (!to->sink->wait_for_flush_after(seen, kFlushAskAgain) &&
             std::chrono::steady_clock::now() < deadline);
}

void write(Level level, std::string_view message, Fields fields) {
    if (level < minimum_level.load(std::memory_order_relaxed)) {
        return;
    }
    const WallTime now = SystemClock().now();
    Logger* const to = logger.load();
    if (to == nullptr) {
        write_to_stderr(format_line(Format::text, now, level, message, fields));
        return;
    }
    to->lines->log(spdlog::level::info, format_line(to->format, now, level, message, fields));
    report_losses(*to, now);
}

}  // namespace eventbus::log
