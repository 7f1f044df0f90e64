#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/destination_catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/bus/managed_resources.hpp"
#include "eventbus/bus/replays.hpp"
#include "eventbus/http/server.hpp"
#include "eventbus/journal/journal.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {

// A backup that has been made.
struct BackupReport {
    std::filesystem::path file;
    std::uintmax_t bytes = 0;
};

// Something in a configuration or rule file that somebody must know about. Members that are not
// known are empty or 0.
struct ReloadNote {
    std::string file;
    std::size_t line = 0;
    std::size_t column = 0;
    std::string pointer;  // JSON pointer
    std::string message;
};

// What a reload has changed, or would change.
struct ReloadReport {
    ManagedChanges changes;            // its problems are among those below
    bool has_new_certificate = false;  // of the listener
    std::vector<ReloadNote> problems;  // with one of them nothing has changed
    // Settings that differ from those that the daemon runs with.
    std::vector<ReloadNote> needs_restart;
    std::vector<ReloadNote> warnings;
};

// What the HTTP interface stands on. Everything outlives the handler.
struct ApiParts {
    Catalog& catalog;
    DestinationCatalog& destinations;
    EventIntake& intake;
    Replays& replays;
    Journal& journal;
    MetricsRegistry& metrics;
    const Clock& clock;
    std::function<std::string()> not_ready;  // why /readyz should say no, or empty
    // Copies the store into its backup folder.
    std::function<boost::asio::awaitable<Result<BackupReport>>()> backup = nullptr;
    // Reads the configuration and the rule files again and takes over what they say, or only says
    // what would become of it.
    std::function<boost::asio::awaitable<Result<ReloadReport>>(bool is_rehearsal)> reload = nullptr;
    // How it goes in those lanes, in their order.
    std::function<boost::asio::awaitable<std::vector<LaneStatus>>(std::vector<LaneId>)> lanes = {};
    std::function<std::string()> not_alive = nullptr;  // why /healthz should say no, or empty
};

// The HTTP interface: `POST /` (AWS JSON 1.1, X-Amz-Target AWSEvents.<Operation>), `/events` (plain
// JSON in, what became of it out), `/cloudevents`, `/dlq`, `/targets` (how they fare; pause and
// resume), `POST /admin/backup`, `POST /admin/reload`, `/healthz`, `/readyz`, `/metrics`. Safe
// from any thread.
std::unique_ptr<http::Handler> make_api(ApiParts parts);

}  // namespace eventbus
