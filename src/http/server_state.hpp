#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/http/server.hpp"

#include "strict_gate.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace eventbus::http {

// Bytes that all connections of a server may hold at once. Safe from any thread.
class ByteBudget {
public:
    explicit ByteBudget(std::size_t limit) : limit_(limit) {}

    bool take(std::size_t n) {
        std::size_t used = used_.load(std::memory_order_relaxed);
        do {
            if (n > limit_ - used) {
                return false;
            }
        } while (!used_.compare_exchange_weak(used, used + n, std::memory_order_relaxed));
        return true;
    }

    void give_back(std::size_t n) { used_.fetch_sub(n, std::memory_order_relaxed); }

    std::size_t used() const { return used_.load(std::memory_order_relaxed); }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> used_{0};
};

// What one connection holds of the budget; given back at the end of its scope.
class BudgetShare {
public:
    explicit BudgetShare(ByteBudget& budget) : budget_(budget) {}

    BudgetShare(const BudgetShare&) = delete;
    BudgetShare& operator=(const BudgetShare&) = delete;

    ~BudgetShare() { release(); }

    // Holds at least `n` bytes from now on; false if the budget does not allow it.
    bool grow_to(std::size_t n) {
        if (n > held_) {
            if (!budget_.take(n - held_)) {
                return false;
            }
            held_ = n;
        }
        return true;
    }

    void release() {
        if (held_ > 0) {
            budget_.give_back(held_);
            held_ = 0;
        }
    }

private:
    ByteBudget& budget_;
    std::size_t held_ = 0;
};

struct ServerMetrics {
    explicit ServerMetrics(MetricsRegistry& registry, std::string_view listener);

    void count_answer(unsigned status) {
        by_class[status >= 100 && status < 600 ? status / 100 - 1 : 4]->add();
    }

    std::array<Counter*, 5> by_class;
    Gauge& connections;
    Counter& refused;      // by the gate, the router or a limit
    Counter& timed_out;    // header, body or write deadline
    Counter& turned_away;  // connections over the cap or without a file descriptor
    Counter& not_http;     // TLS on the plain port, failed handshakes
};

// At most so many lines a second, so that a flood of bad requests is not also a flood of log lines.
class LogLimiter {
public:
    // True if a line may be written; `suppressed` is then the number left out since the last one.
    bool allow(std::uint64_t& suppressed);

private:
    static constexpr int kLinesPerSecond = 10;

    std::mutex mutex_;
    std::chrono::steady_clock::time_point second_{};
    int lines_ = 0;
    std::uint64_t suppressed_ = 0;
};

// What the connections of one server share. Constant after construction, or safe from any thread.
struct ServerShared {
    ServerShared(ServerOptions o, Handler& h, MetricsRegistry& registry, std::string_view listener)
        : options(std::move(o)),
          handler(h),
          metrics(registry, listener),
          body_budget(options.body_bytes_total_max) {}

    // True if the Host header (valid, or empty for HTTP/1.0 without one) names something that is
    // served here. A page that has rebound its own name to this address sends that name, and is
    // turned away.
    bool serves_host(std::string_view host, std::string_view local_address) const;

    // Null if there is none, or if it could not see what is asked for.
    const ServerOptions::Reception* reception() const {
        return options.reception && !options.tls ? &*options.reception : nullptr;
    }

    const ServerOptions options;
    Handler& handler;
    ServerMetrics metrics;
    ByteBudget body_budget;
    LogLimiter refusals_log;
    std::atomic<bool> draining{false};
};

}  // namespace eventbus::http
