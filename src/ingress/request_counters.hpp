#pragma once

#include "eventbus/base/metrics.hpp"

#include <map>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// Counts requests by operation. Every counter exists from the start, so that counting takes no lock
// and a caller cannot make series by inventing operations. Safe from any thread.
class RequestCounters {
public:
    explicit RequestCounters(MetricsRegistry& registry);

    // Operations that are not in the table count as "unknown".
    void count(std::string_view operation) const;

private:
    std::map<std::string, Counter*, std::less<>> counters_;
    Counter* unknown_;
};

}  // namespace eventbus::ingress
