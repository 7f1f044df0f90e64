#include "request_counters.hpp"

#include "aws_api.hpp"

namespace eventbus::ingress {

namespace {

constexpr std::string_view kNativeOperations[] = {
    "PostEvents",
    "PostCloudEvents",
    "ListDeadLetters",
    "RedriveDeadLetters",
};

Counter& make_counter(MetricsRegistry& registry, std::string_view operation) {
    return registry.counter(
        "eventbusd_api_requests_total",
        "API requests by operation.",
        MetricsRegistry::label("operation", operation));
}

}  // namespace

RequestCounters::RequestCounters(MetricsRegistry& registry)
    : unknown_(&make_counter(registry, "unknown")) {
    for (const Operation& operation : operations()) {
        counters_.emplace(operation.name, &make_counter(registry, operation.name));
    }
    for (const std::string_view name : kNativeOperations) {
        counters_.emplace(name, &make_counter(registry, name));
    }
}

void RequestCounters::count(std::string_view operation) const {
    const auto at = counters_.find(operation);
    (at == counters_.end() ? unknown_ : at->second)->add();
}

}  // namespace eventbus::ingress
