#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/http/server.hpp"
#include "eventbus/journal/journal.hpp"

#include <functional>
#include <memory>
#include <string>

namespace eventbus {

// What the HTTP interface stands on. Everything outlives the handler.
struct ApiParts {
    Catalog& catalog;
    EventIntake& intake;
    Journal& journal;
    MetricsRegistry& metrics;
    const Clock& clock;
    std::function<std::string()> not_ready;  // why /readyz should say no, or empty
};

// The HTTP interface: `POST /` (AWS JSON 1.1, X-Amz-Target AWSEvents.<Operation>), `POST /events`
// (plain JSON), `GET /dlq` and `POST /dlq/redrive`, `/healthz`, `/readyz`, `/metrics`. Safe from
// any thread.
std::unique_ptr<http::Handler> make_api(ApiParts parts);

}  // namespace eventbus
