#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/journal/journal.hpp"
#include "eventbus/outbound/retry_schedule.hpp"
#include "eventbus/outbound/started_marks.hpp"
#include "eventbus/outbound/target_directory.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace eventbus {

// When a target counts as down; nothing is attempted while it does, except for probes.
struct BreakerOptions {
    int failures_in_a_row = 5;     // four times as many within a second of a success
    int failure_percent = 70;      // of the calls within `window`, …
    std::uint64_t calls_min = 10;  // … if there were so many
    Millis window{60'000};
    Millis probe_interval{30'000};  // a fifth more or less
};

struct DispatcherOptions {
    std::size_t window = 256;     // deliveries of one lane in memory; the rest waits in the journal
    std::size_t concurrency = 8;  // calls of one lane in flight
    std::size_t held_bytes = 64 * 1024 * 1024;  // of events in memory, of all lanes together
    RetryPolicy retry_policy;                   // for targets without one
    RetrySchedule schedule;
    BreakerOptions breaker;
    std::shared_ptr<StartedMarks> marks;  // null: none are made
};

// Which sender serves a target; null if none can (an ARN of a service that we do not call).
using SenderFor = std::function<TargetSender*(const Target&)>;

// Makes every owed delivery: one lane per target, each with a bounded window, so that a slow, dead
// or hostile target delays only itself. Lives on one strand of `executor`.
class Dispatcher : public DeliveryListener {
public:
    static std::unique_ptr<Dispatcher> create(
        boost::asio::any_io_executor executor,
        Journal& journal,
        const TargetDirectory& directory,
        SenderFor sender_for,
        const Clock& clock,
        MetricsRegistry& metrics,
        DispatcherOptions options);

    // Listens to the journal from here on and resumes what it owes; call once, before anything is
    // accepted, and when the directory knows its targets: what is owed to a target that it does not
    // know becomes a dead letter.
    virtual boost::asio::awaitable<Result<void>> start() = 0;

    // How it goes in those lanes; in their order. From any thread.
    virtual boost::asio::awaitable<std::vector<LaneStatus>> statuses(std::vector<LaneId> lanes) = 0;

    // Stops starting attempts, waits at most `patience` for those in flight, then for their
    // outcomes to be written.
    virtual boost::asio::awaitable<void> drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace eventbus
