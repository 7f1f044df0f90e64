#include "server_state.hpp"

#include <algorithm>

namespace eventbus::http {

namespace {

Counter& answers(MetricsRegistry& registry, const char* status_class) {
    return registry.counter(
        "eventbusd_http_requests_total",
        "HTTP requests answered, by class of the status",
        MetricsRegistry::label("status", status_class));
}

Counter& rejects(MetricsRegistry& registry, const char* reason) {
    return registry.counter(
        "eventbusd_http_rejects_total",
        "Requests and connections refused before a handler saw them",
        MetricsRegistry::label("reason", reason));
}

Gauge& open_connections(MetricsRegistry& registry, std::string_view listener) {
    return registry.gauge(
        "eventbusd_http_connections",
        "Open connections",
        MetricsRegistry::label("listener", listener));
}

}  // namespace

ServerMetrics::ServerMetrics(MetricsRegistry& registry, std::string_view listener)
    : by_class{&answers(registry, "1xx"), &answers(registry, "2xx"), &answers(registry, "3xx"),
               &answers(registry, "4xx"), &answers(registry, "5xx")},
      connections(open_connections(registry, listener)),
      refused(rejects(registry, "refused")),
      timed_out(rejects(registry, "timeout")),
      turned_away(rejects(registry, "connection_limit")),
      not_http(rejects(registry, "not_http")) {}

bool LogLimiter::allow(std::uint64_t& suppressed) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (now - second_ >= std::chrono::seconds(1)) {
        second_ = now;
        lines_ = 0;
    }
    if (lines_ >= kLinesPerSecond) {
        ++suppressed_;
        return false;
    }
    ++lines_;
    suppressed = std::exchange(suppressed_, 0);
    return true;
}

bool ServerShared::serves_host(std::string_view host, std::string_view local_address) const {
    if (options.allowed_hosts.empty() || host.empty()) {
        return true;
    }
    const auto name = host_without_port(host);
    for (const std::string_view own :
         {std::string_view("localhost"),
          std::string_view("127.0.0.1"),
          std::string_view("[::1]"),
          std::string_view(options.host),
          local_address}) {
        if (equal_ignoring_case(name, own)) {
            return true;
        }
    }
    return std::any_of(
        options.allowed_hosts.begin(),
        options.allowed_hosts.end(),
        [&](const std::string& allowed) {
            return equal_ignoring_case(host, allowed) || equal_ignoring_case(name, allowed);
        });
}

}  // namespace eventbus::http
