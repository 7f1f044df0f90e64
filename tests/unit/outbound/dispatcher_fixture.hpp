#pragma once

#include "eventbus/journal/sqlite_store.hpp"
#include "eventbus/outbound/dispatcher.hpp"
#include "eventbus/outbound/sender_set.hpp"

#include "events.hpp"
#include "http_sink.hpp"
#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// The targets and buses of a test, in place of a catalog.
class TargetTable final : public TargetDirectory {
public:
    void put(LaneId lane, Target target) {
        const std::lock_guard lock(mutex_);
        targets_[lane] = bind(std::move(target), lane);
    }

    void remove(LaneId lane) {
        const std::lock_guard lock(mutex_);
        targets_.erase(lane);
    }

    void set_state(LaneId lane, TargetState::Kind kind) {
        const std::lock_guard lock(mutex_);
        change(lane, kind, {});
    }

    void put_state(LaneId lane, TargetState state) {
        const std::lock_guard lock(mutex_);
        auto changed = std::make_shared<BoundTarget>(*targets_.at(lane));
        changed->state = std::move(state);
        targets_[lane] = std::move(changed);
    }

    // Every event on that bus is owed to these lanes.
    void put_bus(std::string arn, std::vector<LaneId> lanes) {
        const std::lock_guard lock(mutex_);
        buses_[std::move(arn)] = std::move(lanes);
    }

    BoundTargetPtr find(LaneId lane) const override {
        const std::lock_guard lock(mutex_);
        const auto found = targets_.find(lane);
        return found == targets_.end() ? nullptr : found->second;
    }

    bool is_local_bus(std::string_view arn) const override {
        const std::lock_guard lock(mutex_);
        return buses_.contains(std::string(arn));
    }

    Result<NewEvent> route(const Event& event, std::string_view arn) const override {
        const std::lock_guard lock(mutex_);
        const auto bus = buses_.find(std::string(arn));
        if (bus == buses_.end()) {
            return Error(Errc::not_found, "no such bus", {}, "NO_RESOURCE");
        }
        if (std::ranges::find(event.visited_buses, bus->first) != event.visited_buses.end()) {
            return Error(Errc::refused, "it has been there", {}, "LOOP_DETECTED");
        }
        auto entering = std::make_shared<Event>(event);
        entering->bus_arn = bus->first;
        entering->visited_buses.push_back(bus->first);
        return NewEvent{std::move(entering), bus->second};
    }

    boost::asio::awaitable<Result<void>> disable(BoundTargetPtr target, std::string reason)
        const override {
        {
            const std::lock_guard lock(mutex_);
            change(target->lane, TargetState::Kind::disabled, std::move(reason));
        }
        co_return Result<void>();
    }

private:
    void change(LaneId lane, TargetState::Kind kind, std::string reason) const {
        auto changed = std::make_shared<BoundTarget>(*targets_.at(lane));
        changed->state =
            changed_state(changed->state, kind, std::move(reason), SystemClock().now());
        targets_[lane] = std::move(changed);
    }

    mutable std::mutex mutex_;
    mutable std::map<LaneId, BoundTargetPtr> targets_;
    std::map<std::string, std::vector<LaneId>> buses_;
};

// A dispatcher on a real journal, with retries that come at once.
class DispatcherTest : public ::testing::Test {
protected:
    DispatcherTest() : client_(http::Client::create(io_.executor(), {}, metrics_)) {
        store_options_.folder = dir_ / "data";
        sender_options_.webhook.timeout = std::chrono::seconds{30};
        sender_options_.log_file.root = dir_ / "logs";
        options_.schedule.base = Millis{1};
        options_.schedule.cap = Millis{4};
        // Most tests are about something else than targets that count as down.
        options_.breaker.failures_in_a_row = 1'000'000;
        options_.breaker.calls_min = 1'000'000;
        options_.breaker.probe_interval = Millis{20};
        open_store();
    }

    ~DispatcherTest() override {
        client_.reset();  // sinks see their connections end
        io_.stop();
        store_.reset();
    }

    void open_store() {
        auto opened = SqliteStore::open(store_options_, clock_, metrics_);
        ASSERT_TRUE(opened) << opened.error().message();
        store_ = std::move(*opened);
    }

    void start() {
        senders_ = SenderSet::create(*client_, targets_, clock_, sender_options_).value();
        start_with([this](const Target& target) { return senders_->find(target); });
    }

    void start_with(SenderFor sender_for) {
        dispatcher_ = Dispatcher::create(
            io_.executor(),
            journal(),
            targets_,
            std::move(sender_for),
            clock_,
            metrics_,
            options_);
        const auto started = io_.wait(dispatcher_->start());
        ASSERT_TRUE(started) << started.error().message();
    }

    void drain(Millis patience = std::chrono::seconds{10}) {
        io_.wait(dispatcher_->drain(patience));
    }

    // As if the daemon had been stopped and started again.
    void restart() {
        drain();
        store_.reset();
        open_store();
        start();
    }

    Journal& journal() { return store_->journal(); }

    LaneId add_target(Target target) {
        const auto lane =
            io_.wait(journal().lane(rule_arn(kHome, "default", "orders"), target.id)).value();
        targets_.put(lane, std::move(target));
        return lane;
    }

    LaneId add_target(const std::string& id, const std::string& arn) {
        return add_target(target_at(arn, id));
    }

    void
    put(const std::string& id, const std::vector<LaneId>& lanes, std::string_view detail = "{}") {
        auto event = make_event(detail, id);
        event->accepted_at = calendar_->now();
        std::vector<NewEvent> events;
        events.push_back({std::move(event), lanes});
        const auto appended = io_.wait(journal().append(std::move(events)));
        ASSERT_TRUE(appended) << appended.error().message();
    }

    // Many at once: "PREFIX-0" and so on.
    void put_many(const std::string& prefix, int count, const std::vector<LaneId>& lanes) {
        std::vector<NewEvent> events;
        for (int i = 0; i < count; ++i) {
            auto event =
                make_event("{\"n\":" + std::to_string(i) + "}", prefix + '-' + std::to_string(i));
            event->accepted_at = calendar_->now();
            events.push_back({std::move(event), lanes});
        }
        ASSERT_TRUE(io_.wait(journal().append(std::move(events))));
    }

    std::vector<DeadLetter> dead_letters() {
        return io_.wait(journal().dead_letters({}, 0, 10'000)).value();
    }

    std::vector<DeadLetter> wait_for_dead_letters(std::size_t count) {
        eventually([&] { return dead_letters().size() >= count; });
        return dead_letters();
    }

    void wait_until_nothing_is_owed() {
        eventually([&] {
            (void)io_.wait(journal().flush());
            return journal().status().backlog == 0;
        });
    }

    // Asks again until it holds, for 30 s at most.
    template <class Predicate>
    void eventually(Predicate holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!holds()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "it never came true";
            std::this_thread::yield();
        }
    }

    TempDir dir_;
    MetricsRegistry metrics_;
    SystemClock clock_;
    const Clock* calendar_ = &clock_;  // of those that accept events
    IoThreads io_;
    std::unique_ptr<http::Client> client_;
    TargetTable targets_;
    SqliteStoreOptions store_options_;
    SenderSetOptions sender_options_;
    DispatcherOptions options_;
    std::unique_ptr<SenderSet> senders_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<SqliteStore> store_;
};

}  // namespace eventbus::test
