#include "eventbus/bus/scheduler.hpp"

#include "eventbus/base/log.hpp"

#include "made_events.hpp"
#include "schedule_book.hpp"
#include "tick_loop.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventbus {

using namespace bus;

namespace asio = boost::asio;

namespace {

constexpr std::string_view kScheduleKind = "schedule";
constexpr std::size_t kRunsPerAppend = 256;
// Also how soon a new schedule and a jump of the calendar are noticed.
constexpr Millis kTickMax{1'000};

struct ScheduleMeters {
    Counter& runs;
    Counter& skipped;
    Gauge& schedules;
    Gauge& next;

    explicit ScheduleMeters(MetricsRegistry& metrics)
        : runs(metrics.counter("eventbusd_schedule_runs_total", "Events made by schedules")),
          skipped(metrics.counter(
              "eventbusd_schedule_runs_skipped_total",
              "Runs of schedules that were missed and skipped")),
          schedules(metrics.gauge("eventbusd_schedules", "Enabled rules with a schedule")),
          next(metrics.gauge(
              "eventbusd_schedule_next_run_timestamp_seconds",
              "When the next schedule is due; 0 if none is")) {}
};

class LiveScheduler final : public Scheduler {
public:
    LiveScheduler(
        asio::any_io_executor executor,
        Catalog& catalog,
        CatalogStore& store,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        SchedulerOptions options)
        : catalog_(catalog),
          store_(store),
          journal_(journal),
          clock_(clock),
          meters_(metrics),
          book_(options.catch_up_once),
          loop_(std::move(executor)) {}

    asio::awaitable<Result<void>> load() override {
        const auto entries = co_await store_.load_kind(std::string(kScheduleKind));
        if (!entries) {
            co_return entries.error();
        }
        for (const auto& entry : *entries) {
            auto progress = schedule_progress_from_document(entry.document);
            if (!progress) {
                co_return Error(Errc::malformed, entry.key + ": " + progress.error().message());
            }
            book_.restore(entry.key, std::move(*progress));
        }
        co_return co_await tick();
    }

    asio::awaitable<Result<void>> tick() override {
        const auto followed = co_await follow_rules();
        if (!followed) {
            co_return followed.error();
        }
        while (true) {
            const auto runs = book_.due(clock_.now(), kRunsPerAppend);
            if (runs.empty()) {
                break;
            }
            const auto made = co_await make(runs);
            if (!made) {
                co_return made.error();
            }
        }
        meters_.schedules.set(static_cast<double>(book_.size()));
        const std::chrono::duration<double> next =
            book_.next_due().value_or(WallTime()).time_since_epoch();
        meters_.next.set(next.count());
        co_return Result<void>();
    }

    asio::awaitable<void> run() override {
        while (co_await loop_.wait(until_next_tick())) {
            const auto ticked = co_await tick();
            if (!ticked && !std::exchange(is_failing_, true)) {
                log::warn("schedules wait for the store", {{"error", ticked.error().message()}});
            }
            if (ticked) {
                is_failing_ = false;
            }
        }
        loop_.ended();
    }

    asio::awaitable<void> stop() override { return loop_.stop(); }

private:
    // Takes over what has changed of the rules since the last look.
    asio::awaitable<Result<void>> follow_rules() {
        auto snapshot = catalog_.snapshot();
        if (snapshot != followed_) {
            ScheduleBook::LiveRules rules;
            for (const auto& [arn, bus] : snapshot->buses) {
                rules.insert(rules.end(), bus->scheduled.begin(), bus->scheduled.end());
            }
            for (auto& change : book_.set_rules(rules, clock_.now())) {
                unsaved_.push_back(to_catalog_change(change.rule_arn, change.progress));
            }
            followed_ = std::move(snapshot);
        }
        if (!unsaved_.empty()) {
            auto stored = co_await store_.apply(unsaved_);
            if (!stored) {
                co_return stored.error();
            }
            unsaved_.clear();
        }
        co_return Result<void>();
    }

    static CatalogChange to_catalog_change(
        const std::string& rule_arn,
        const std::optional<ScheduleProgress>& progress) {
        CatalogChange change{std::string(kScheduleKind), rule_arn, std::nullopt};
        if (progress) {
            change.document = to_document(*progress);
        }
        return change;
    }

    asio::awaitable<Result<void>> make(const std::vector<ScheduleBook::Run>& runs) {
        std::vector<NewEvent> events;
        std::vector<CatalogChange> changes;
        for (const auto& run : runs) {
            if (run.due) {
                events.push_back(scheduled_event(*followed_, *run.rule, *run.due, clock_.now()));
            }
            changes.push_back(to_catalog_change(run.rule->rule->arn, run.progress));
        }
        const auto made = events.size();
        const auto written =
            co_await journal_.append_with(std::move(events), std::move(changes), Urgency::at_once);
        if (!written) {
            co_return written.error();
        }
        meters_.runs.add(made);
        for (const auto& run : runs) {
            book_.done(run);
            if (run.skipped != 0) {
                meters_.skipped.add(run.skipped);
                log::warn(
                    "a schedule has missed runs, which are skipped",
                    {{"rule", run.rule->rule->arn},
                     {"skipped", run.skipped},
                     {"schedule", run.progress.expression},
                     {"caught_up", run.due ? "yes" : "no"}});
            }
        }
        co_return Result<void>();
    }

    Millis until_next_tick() const {
        const auto next = book_.next_due();
        return next ? std::clamp(*next - clock_.now(), Millis{1}, kTickMax) : kTickMax;
    }

    Catalog& catalog_;
    CatalogStore& store_;
    Journal& journal_;
    const Clock& clock_;
    const ScheduleMeters meters_;

    // Owned by whoever ticks.
    ScheduleBook book_;
    CatalogSnapshotPtr followed_;
    std::vector<CatalogChange> unsaved_;
    bool is_failing_ = false;

    TickLoop loop_;
};

}  // namespace

std::unique_ptr<Scheduler> Scheduler::create(
    asio::any_io_executor executor,
    Catalog& catalog,
    CatalogStore& store,
    Journal& journal,
    const Clock& clock,
    MetricsRegistry& metrics,
    SchedulerOptions options) {
    return std::make_unique<LiveScheduler>(
        std::move(executor),
        catalog,
        store,
        journal,
        clock,
        metrics,
        options);
}

}  // namespace eventbus
