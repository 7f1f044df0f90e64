#include "eventbus/base/log.hpp"
#include "eventbus/base/strand.hpp"
#include "eventbus/base/turn_queue.hpp"
#include "eventbus/bus/replays.hpp"

#include "live_traffic.hpp"
#include "made_events.hpp"
#include "replay_book.hpp"
#include "replay_pace.hpp"
#include "service_error.hpp"
#include "tick_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace eventbus {

using namespace bus;

namespace asio = boost::asio;

namespace {

constexpr std::string_view kReplayKind = "replay";
// How soon a replay that was just started is taken up.
constexpr Millis kIdlePause{100};

struct ReplayMeters {
    Counter& events;
    Gauge& active;

    explicit ReplayMeters(MetricsRegistry& metrics)
        : events(metrics.counter("eventbusd_replay_events_total", "Events that were replayed")),
          active(metrics.gauge("eventbusd_replays_active", "Replays that have not ended")) {}
};

class LiveReplays final : public Replays {
public:
    LiveReplays(
        const asio::any_io_executor& executor,
        Catalog& catalog,
        CatalogStore& store,
        ArchiveStore& archives,
        Journal& journal,
        const Clock& clock,
        MetricsRegistry& metrics,
        ReplaysOptions options)
        : catalog_(catalog),
          store_(store),
          archives_(archives),
          journal_(journal),
          clock_(clock),
          options_(options),
          meters_(metrics),
          strand_(new_strand(executor)),
          turns_(strand_),
          pace_(options.share_percent, options.backlog_max),
          replays_(std::make_shared<const ReplaysByArn>()),
          loop_(executor) {}

    Task<void> load() override {
        const auto entries = co_await store_.load_kind(std::string(kReplayKind));
        if (!entries) {
            co_return entries.error();
        }
        auto replays = std::make_shared<ReplaysByArn>();
        for (const auto& entry : *entries) {
            auto replay = replay_from_document(entry.document);
            if (!replay) {
                co_return Error(Errc::malformed, entry.key + ": " + replay.error().message());
            }
            (*replays)[entry.key] = std::make_shared<const Replay>(std::move(*replay));
        }
        publish(std::move(replays));
        co_return Result<void>();
    }

    Task<Replay> start_replay(Namespace caller, Replay wanted) override {
        auto work = start_on_strand(std::move(caller), std::move(wanted));
        co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
    }

    Task<Replay> cancel_replay(Namespace caller, std::string name) override {
        auto work = cancel_on_strand(std::move(caller), std::move(name));
        co_return co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
    }

    Result<Replay> describe_replay(const Namespace& caller, const std::string& name)
        const override {
        const auto now = replays_.load();
        const auto found = now->find(replay_arn(caller, name));
        if (found == now->end()) {
            return service_error::no_such_replay(name);
        }
        return *found->second;
    }

    std::vector<Replay> list_replays(
        const Namespace& caller,
        const ReplayFilter& filter,
        const std::string& after,
        std::size_t limit) const override {
        const auto now = replays_.load();
        const auto prefix = replay_arn(caller, filter.name_prefix);
        auto at = after.empty() ? now->lower_bound(prefix)
                                : now->upper_bound(std::max(prefix, replay_arn(caller, after)));
        std::vector<Replay> found;
        for (; at != now->end() && found.size() < limit && at->first.starts_with(prefix); ++at) {
            const Replay& replay = *at->second;
            if ((filter.event_source_arn.empty() ||
                 filter.event_source_arn == replay.event_source_arn) &&
                (filter.state.empty() || filter.state == to_string(replay.state))) {
                found.push_back(replay);
            }
        }
        return found;
    }

    Task<void> step() override {
        const auto now = replays_.load();
        for (const auto& [arn, replay] : *now) {
            if (replay->is_active()) {
                auto work = step_on_strand(arn);
                const auto done =
                    co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
                if (!done) {
                    co_return done.error();
                }
            }
        }
        co_return Result<void>();
    }

    asio::awaitable<void> run() override {
        Millis pause = kIdlePause;
        while (co_await loop_.wait(pause)) {
            if (active() == 0) {
                pace_.reset();
                pause = kIdlePause;
                continue;
            }
            const auto start = clock_.steady_now();
            const auto done = co_await step();
            if (!done && !std::exchange(is_failing_, true)) {
                log::warn("replays wait for the store", {{"error", done.error().message()}});
            }
            is_failing_ = !done;
            const auto took = std::chrono::ceil<Millis>(clock_.steady_now() - start);
            pause =
                done ? pace_.pause_after(took, journal_.status().backlog) : ReplayPace::kPauseMax;
        }
        loop_.ended();
    }

    asio::awaitable<void> stop() override { return loop_.stop(); }

private:
    // A change under way keeps its turn, so that a page and a CancelReplay do not cross.
    Task<Replay> start_on_strand(Namespace caller, Replay wanted) {
        const auto turn = co_await turns_.take();
        co_await forget_old();
        auto replay = replay_to_start(
            *replays_.load(),
            *catalog_.snapshot(),
            caller,
            std::move(wanted),
            archives_.last_seq(),
            options_.active_max,
            clock_.now());
        if (!replay) {
            co_return replay.error();
        }
        co_return co_await store(std::move(*replay));
    }

    Task<Replay> cancel_on_strand(Namespace caller, std::string name) {
        const auto turn = co_await turns_.take();
        auto replay = replay_to_cancel(*replays_.load(), caller, name);
        if (!replay) {
            co_return replay.error();
        }
        co_return co_await store(std::move(*replay));
    }

    Task<void> step_on_strand(std::string arn) {
        const auto turn = co_await turns_.take();
        const auto replay = replays_.load()->find(arn)->second;
        if (!replay->is_active()) {
            co_return Result<void>();
        }
        auto next = next_state(*replay, *catalog_.snapshot(), clock_.now());
        auto work = next ? store(std::move(*next)) : store_page(*replay);
        const auto stored = co_await std::move(work);
        if (!stored) {
            co_return stored.error();
        }
        if (!stored->is_active()) {
            log::info(
                "a replay has ended",
                {{"replay", arn},
                 {"state", to_string(stored->state)},
                 {"events", stored->events},
                 {"reason", stored->state_reason}});
        }
        co_return Result<void>();
    }

    Task<Replay> store_page(Replay replay) {
        const bool is_beside_live = live_.is_there(clock_.steady_now(), journal_.status().appends);
        const auto& limits = is_beside_live ? options_.page_beside_live : options_.page;
        auto page = co_await archives_.read(next_page(replay, limits));
        if (!page) {
            co_return page.error();
        }
        const auto snapshot = catalog_.snapshot();
        auto replayed = replayed_events(*snapshot, replay, *page, limits.deliveries, clock_.now());
        page->resize(replayed.taken);
        const auto count = replayed.events.size();
        auto work = store(
            advanced(std::move(replay), *page, clock_.now()),
            std::move(replayed.events),
            is_beside_live ? Urgency::with_others : Urgency::at_once);
        const auto stored = co_await std::move(work);
        if (stored) {
            meters_.events.add(count);
        }
        co_return stored;
    }

    Task<Replay> store(
        Replay replay,
        std::vector<NewEvent> events = std::vector<NewEvent>(),
        Urgency urgency = Urgency::at_once) {
        std::vector<CatalogChange> changes;
        CatalogChange change{std::string(kReplayKind), replay.arn, to_document(replay)};
        changes.push_back(std::move(change));
        const auto written =
            co_await journal_.append_with(std::move(events), std::move(changes), urgency);
        if (!written) {
            co_return written.error();
        }
        auto replays = std::make_shared<ReplaysByArn>(*replays_.load());
        (*replays)[replay.arn] = std::make_shared<const Replay>(replay);
        publish(std::move(replays));
        co_return replay;
    }

    asio::awaitable<void> forget_old() {
        const auto arns = forgotten(*replays_.load(), clock_.now());
        std::vector<CatalogChange> changes;
        for (const auto& arn : arns) {
            CatalogChange change{std::string(kReplayKind), arn, std::nullopt};
            changes.push_back(std::move(change));
        }
        if (changes.empty()) {
            co_return;
        }
        const auto written = co_await store_.apply(std::move(changes));
        if (!written) {
            co_return;  // they go next time
        }
        auto replays = std::make_shared<ReplaysByArn>(*replays_.load());
        for (const auto& arn : arns) {
            replays->erase(arn);
        }
        publish(std::move(replays));
    }

    std::size_t active() const {
        const auto now = replays_.load();
        return static_cast<std::size_t>(std::ranges::count_if(*now, [](const auto& entry) {
            return entry.second->is_active();
        }));
    }

    void publish(std::shared_ptr<const ReplaysByArn> replays) {
        replays_.store(std::move(replays));
        meters_.active.set(static_cast<double>(active()));
    }

    Catalog& catalog_;
    CatalogStore& store_;
    ArchiveStore& archives_;
    Journal& journal_;
    const Clock& clock_;
    const ReplaysOptions options_;
    const ReplayMeters meters_;
    const asio::any_io_executor strand_;

    // Owned by the strand.
    TurnQueue turns_;
    LiveTraffic live_;

    // Owned by run().
    ReplayPace pace_;
    bool is_failing_ = false;

    // Changed on the strand, read from anywhere.
    std::atomic<std::shared_ptr<const ReplaysByArn>> replays_;

    TickLoop loop_;
};

}  // namespace

std::unique_ptr<Replays> Replays::create(
    asio::any_io_executor executor,
    Catalog& catalog,
    CatalogStore& store,
    ArchiveStore& archives,
    Journal& journal,
    const Clock& clock,
    MetricsRegistry& metrics,
    ReplaysOptions options) {
    return std::make_unique<LiveReplays>(
        executor,
        catalog,
        store,
        archives,
        journal,
        clock,
        metrics,
        options);
}

}  // namespace eventbus
