#include "eventbus/base/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace eventbus {

namespace {

std::string number_text(double v) {
    if (std::isnan(v)) {
        return "NaN";
    }
    if (std::isinf(v)) {
        return v > 0 ? "+Inf" : "-Inf";
    }
    // Plain digits for what people read; the general form of a very large or small value would fill
    // the line.
    const bool is_readable = v == 0 || (std::abs(v) >= 1e-6 && std::abs(v) < 1e15);
    const auto form = is_readable ? std::chars_format::fixed : std::chars_format::general;
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), v, form).ptr;
    return {buffer.data(), end};
}

void append_escaped(std::string& out, std::string_view text, bool quotes_too) {
    for (const char c : text) {
        if (c == '\n') {
            out.append("\\n");
        } else if (c == '\\' || (quotes_too && c == '"')) {
            out.append({'\\', c});
        } else {
            out.push_back(c);
        }
    }
}

struct Sample {
    std::string_view name;
    std::string_view suffix = {};
    std::string_view labels = {};
    std::string_view extra_label = {};
};

void append_sample(std::string& out, const Sample& sample, std::string_view value) {
    out.append(sample.name).append(sample.suffix);
    if (!sample.labels.empty() || !sample.extra_label.empty()) {
        out.push_back('{');
        out.append(sample.labels);
        if (!sample.labels.empty() && !sample.extra_label.empty()) {
            out.push_back(',');
        }
        out.append(sample.extra_label);
        out.push_back('}');
    }
    out.append(" ").append(value).append("\n");
}

void append_histogram(
    std::string& out,
    std::string_view name,
    std::string_view labels,
    const Histogram& histogram) {
    std::uint64_t count = 0;
    const auto& bounds = histogram.upper_bounds();
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        count += histogram.count_at(i);
        const std::string le =
            MetricsRegistry::label("le", i < bounds.size() ? number_text(bounds[i]) : "+Inf");
        append_sample(
            out,
            {.name = name, .suffix = "_bucket", .labels = labels, .extra_label = le},
            std::to_string(count));
    }
    append_sample(
        out,
        {.name = name, .suffix = "_sum", .labels = labels},
        number_text(histogram.sum()));
    append_sample(out, {.name = name, .suffix = "_count", .labels = labels}, std::to_string(count));
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::observe(double v) {
    const auto bound = std::ranges::lower_bound(bounds_, v);
    const auto bucket = static_cast<std::size_t>(bound - bounds_.begin());
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(v, std::memory_order_relaxed);
}

MetricsRegistry::Series& MetricsRegistry::series(
    std::string_view name,
    std::string_view help,
    const char* type,
    std::string_view labels) {
    auto family = families_.find(name);
    if (family == families_.end()) {
        family = families_.try_emplace(std::string(name)).first;
        family->second.help = help;
        family->second.type = type;
    }
    if (family->second.type != type) {
        throw std::logic_error(
            "metric " + std::string(name) + " is a " + family->second.type + ", not a " + type);
    }
    auto& all = family->second.series;
    const auto found = all.find(labels);
    return found != all.end() ? found->second : all.try_emplace(std::string(labels)).first->second;
}

Counter&
MetricsRegistry::counter(std::string_view name, std::string_view help, std::string_view labels) {
    const std::lock_guard lock(mutex_);
    auto& slot = series(name, help, "counter", labels).counter;
    if (!slot) {
        slot = std::make_unique<Counter>();
    }
    return *slot;
}

Gauge&
MetricsRegistry::gauge(std::string_view name, std::string_view help, std::string_view labels) {
    const std::lock_guard lock(mutex_);
    auto& slot = series(name, help, "gauge", labels).gauge;
    if (!slot) {
        slot = std::make_unique<Gauge>();
    }
    return *slot;
}

Histogram&
MetricsRegistry::latency(std::string_view name, std::string_view help, std::string_view labels) {
    const std::lock_guard lock(mutex_);
    auto& slot = series(name, help, "histogram", labels).histogram;
    if (!slot) {
        slot = std::make_unique<Histogram>(std::vector<double>{
            0.0001,
            0.00025,
            0.0005,
            0.001,
            0.0025,
            0.005,
            0.01,
            0.025,
            0.05,
            0.1,
            0.25,
            0.5,
            1,
            2.5,
            5,
            10,
            30});
    }
    return *slot;
}

void MetricsRegistry::before_render(std::function<void()> refresh) {
    const std::lock_guard lock(mutex_);
    refreshers_.push_back(std::move(refresh));
}

std::string MetricsRegistry::render() {
    // The refreshers run without the lock, because they may ask for a metric that does not exist
    // yet.
    std::vector<std::function<void()>> refreshers;
    {
        const std::lock_guard lock(mutex_);
        refreshers = refreshers_;
    }
    for (const auto& refresh : refreshers) {
        refresh();
    }
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [name, family] : families_) {
        out.append("# HELP ").append(name).append(" ");
        append_escaped(out, family.help, false);
        out.append("\n# TYPE ").append(name).append(" ").append(family.type).append("\n");
        for (const auto& [labels, one] : family.series) {
            if (one.counter) {
                const auto text = std::to_string(one.counter->value());
                append_sample(out, {.name = name, .labels = labels}, text);
            } else if (one.gauge) {
                append_sample(
                    out,
                    {.name = name, .labels = labels},
                    number_text(one.gauge->value()));
            } else {
                append_histogram(out, name, labels, *one.histogram);
            }
        }
    }
    return out;
}

std::string MetricsRegistry::label(std::string_view key, std::string_view value) {
    std::string out(key);
    out.append("=\"");
    append_escaped(out, value, true);
    out.push_back('"');
    return out;
}

}  // namespace eventbus
