#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/journal.hpp"
#include "eventbus/outbound/retry_schedule.hpp"

#include "circuit_breaker.hpp"
#include "due_calendar.hpp"
#include "event_age.hpp"
#include "lane_target.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// The numbers that say how delivering goes.
class DeliveryMetrics {
public:
    explicit DeliveryMetrics(MetricsRegistry& registry);

    Counter& attempts(const char* kind) const;

    Counter& delivered;
    Counter& retried;
    Counter& dead_lettered;
    Counter& put_off;  // retries that were due but beyond their share
    Counter& breakers_opened;
    Histogram& attempt_seconds;
    Histogram& accept_to_delivery_seconds;
    Gauge& in_flight;

private:
    Counter& webhook_attempts_;
    Counter& log_file_attempts_;
    Counter& bus_attempts_;
    Counter& command_attempts_;
    Counter& api_destination_attempts_;
};

// Lets so many lines per second through, so that a dead target with a long queue does not drown the
// log.
class LogBudget {
public:
    // nullopt: keep quiet; else how many lines have been kept back since the last one.
    std::optional<std::uint64_t> spend(SteadyTime now);

private:
    std::atomic<std::int64_t> second_{-1};
    std::atomic<std::uint64_t> spent_{0};
    std::atomic<std::uint64_t> kept_back_{0};
};

// What attempts need beside the deliveries. Everything is safe from any thread and outlives every
// call.
struct AttemptContext {
    Journal& journal;
    const Clock& clock;
    DeliveryMetrics metrics;
    EventAge event_age;
    LogBudget log_budget;
    std::shared_ptr<StartedMarks> marks;  // null: none are made
    DueCalendar due_calendar{};

    // The time by which deliveries are due.
    WallTime due_now() { return due_calendar.now(clock.now(), clock.steady_now()); }
};

// What the lane has to know of a call that is over.
struct CallReport {
    std::size_t deliveries = 0;
    std::size_t bytes = 0;                    // of their events
    std::optional<WallTime> next_attempt_at;  // the earliest of the retries
    std::vector<DeliveryId> unrecorded;  // nothing was written of these: they are to be released
    // What the call says of the target, and the last failure's words.
    CircuitBreaker::Verdict verdict = CircuitBreaker::Verdict::nothing;
    std::string error_code;
    std::string error_message;
    bool is_gone = false;             // the target answered 410
    std::vector<DeliveryId> failing;  // of a target with an order: they hold their keys back
};

// What deliveries count for in the memory that all lanes share.
std::size_t event_bytes(const std::vector<Delivery>& deliveries);

// One attempt for each delivery of the batch, with one call of the sender: applies the input form,
// sends, decides, and gives the outcomes to the journal. Does not throw.
boost::asio::awaitable<CallReport>
make_attempts(AttemptContext& context, LaneTargetPtr target, std::vector<Delivery> batch);

}  // namespace eventbus
