#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/bus/catalog.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace eventbus {

struct SchedulerOptions {
    // Of the runs that a schedule has missed, because the daemon was down or the calendar jumped,
    // the last one is made late. Otherwise they are skipped, counted and logged.
    bool catch_up_once = false;
};

// Runs the schedules of the live rules: each run is one event for the targets of its rule, appended
// in one transaction with the schedule's progress, so that no run is lost or made twice wherever
// the process ends. A run is made within about a second of its time. load() and tick() one after
// the other; run() and stop() are safe from any thread.
class Scheduler {
public:
    // Everything outlives the scheduler.
    static std::unique_ptr<Scheduler> create(
        boost::asio::any_io_executor executor,
        Catalog& catalog,
        CatalogStore& store,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        SchedulerOptions options);

    virtual ~Scheduler() = default;

    // Reads the stored progress. Once, after the rules of the files have been taken over.
    virtual boost::asio::awaitable<Result<void>> load() = 0;

    // One look at the clock and the rules; makes what is due. An error means that something could
    // not be stored, and comes again at the next tick.
    virtual boost::asio::awaitable<Result<void>> tick() = 0;

    // Ticks until stop().
    virtual boost::asio::awaitable<void> run() = 0;

    // Returns when the tick under way has ended.
    virtual boost::asio::awaitable<void> stop() = 0;
};

}  // namespace eventbus
