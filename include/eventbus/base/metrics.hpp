#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// Counts upwards for ever. Safe from any thread, wait-free.
class Counter {
public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }

    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// A number that goes up and down. Safe from any thread.
class Gauge {
public:
    void set(double v) { value_.store(v, std::memory_order_relaxed); }

    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

// Counts observations by upper bound. Safe from any thread.
class Histogram {
public:
    explicit Histogram(std::vector<double> upper_bounds);

    void observe(double v);

    const std::vector<double>& upper_bounds() const { return bounds_; }

    std::uint64_t count_at(std::size_t bucket) const {
        return counts_[bucket].load(std::memory_order_relaxed);
    }

    double sum() const { return sum_.load(std::memory_order_relaxed); }

private:
    const std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]>
        counts_;  // one more than bounds_: the last is +Inf
    std::atomic<double> sum_{0};
};

// All metrics of one daemon, in the Prometheus text format 0.0.4. Names: `eventbusd_…_total`,
// `…_seconds`, `…_bytes`. `labels` is the text between the braces, for example `target="x"`, or
// empty; `label()` writes one safely. Creating and rendering take a lock; the returned objects live
// as long as the registry and need none.
class MetricsRegistry {
public:
    Counter& counter(std::string_view name, std::string_view help, std::string_view labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = {});
    // Buckets from 0.1 ms to 30 s: for latencies in seconds.
    Histogram& latency(std::string_view name, std::string_view help, std::string_view labels = {});

    // Called by render() before it reads, for gauges that are computed on demand. From any thread
    // that renders.
    void before_render(std::function<void()> refresh);

    std::string render();

    static std::string label(std::string_view key, std::string_view value);

private:
    struct Series {
        std::unique_ptr<Counter> counter;
        std::unique_ptr<Gauge> gauge;
        std::unique_ptr<Histogram> histogram;
    };

    struct Family {
        std::string help;
        std::string type;
        std::map<std::string, Series, std::less<>> series;  // by labels
    };

    Series&
    series(std::string_view name, std::string_view help, const char* type, std::string_view labels);

    std::mutex mutex_;
    std::map<std::string, Family, std::less<>> families_;
    std::vector<std::function<void()>> refreshers_;
};

}  // namespace eventbus
