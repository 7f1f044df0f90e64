#pragma once

#include "eventbus/journal/sqlite_store.hpp"

#include "sqlite.hpp"
#include "support/fake_clock.hpp"
#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

inline constexpr char kBusArn[] = "arn:aws:events:us-east-1:000000000000:event-bus/default";

inline EventPtr event_of(std::string id, WallTime accepted_at, std::size_t padding = 0) {
    auto event = std::make_shared<Event>();
    event->envelope =
        R"({"version":"0","id":")" + id + R"(","pad":")" + std::string(padding, 'x') + R"("})";
    event->id = std::move(id);
    event->bus_arn = kBusArn;
    event->accepted_at = accepted_at;
    event->visited_buses = {kBusArn};
    return event;
}

// Keeps what it hears.
class Listener final : public DeliveryListener {
public:
    void on_committed(std::vector<Delivery> deliveries) override {
        {
            std::lock_guard lock(mutex_);
            for (Delivery& delivery : deliveries) {
                heard_.push_back(std::move(delivery));
            }
        }
        more_.notify_all();
    }

    // Waits until it has heard of `count` deliveries since the last call, and returns all it has.
    std::vector<Delivery> hear(std::size_t count) {
        std::unique_lock lock(mutex_);
        more_.wait_for(lock, std::chrono::seconds(30), [&] { return heard_.size() >= count; });
        return std::exchange(heard_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::vector<Delivery> heard_;
};

// A store in a folder of its own, with verbs that block until the journal has answered.
class StoreTest : public ::testing::Test {
protected:
    StoreTest() { options_.folder = dir_ / "data"; }

    ~StoreTest() override {
        store_.reset();
        io_.stop();
    }

    void open() {
        auto opened = SqliteStore::open(options_, clock_, metrics_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store_ = std::move(*opened);
    }

    void reopen() {
        store_.reset();
        open();
    }

    Journal& journal() { return store_->journal(); }

    CatalogStore& catalog() { return store_->catalog(); }

    LaneId lane(const std::string& target = "t1") {
        return io_.wait(journal().lane("rule-" + target, target)).value();
    }

    Result<void> try_append(std::vector<NewEvent> events) {
        return io_.wait(journal().append(std::move(events)));
    }

    void append(const std::string& id, std::vector<LaneId> owed, std::size_t padding = 0) {
        std::vector<NewEvent> events{
            NewEvent{event_of(id, clock_.now(), padding), std::move(owed)}};
        const auto appended = try_append(std::move(events));
        ASSERT_TRUE(appended.has_value()) << appended.error().message();
    }

    // At once, to be delivered one after the other.
    void append_in_order(const std::vector<std::string>& ids, LaneId to, const std::string& key) {
        std::vector<NewEvent> events;
        for (const std::string& id : ids) {
            NewEvent added{event_of(id, clock_.now()), {to}};
            added.keys.push_back({to, key});
            events.push_back(std::move(added));
        }
        ASSERT_TRUE(try_append(std::move(events)).has_value());
    }

    ClaimResult claim(LaneId from, std::size_t limit = 100) {
        ClaimRequest request;
        request.owner = "test";
        request.lane = from;
        request.now = clock_.now();
        request.limit = limit;
        return io_.wait(journal().claim(std::move(request))).value();
    }

    void record(Outcome outcome) {
        std::vector<Outcome> outcomes;
        outcomes.push_back(std::move(outcome));
        journal().record(std::move(outcomes));
    }

    void flush() { ASSERT_TRUE(io_.wait(journal().flush()).has_value()); }

    Outcome delivered(DeliveryId id) {
        Outcome outcome;
        outcome.id = id;
        outcome.attempts = 1;
        return outcome;
    }

    Outcome retry(DeliveryId id, WallTime at, int attempts) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::retry;
        outcome.id = id;
        outcome.attempts = attempts;
        outcome.next_attempt_at = at;
        outcome.error_code = "ERROR_FROM_TARGET";
        return outcome;
    }

    Outcome dead(const Delivery& delivery, const std::string& queue = {}) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::dead_letter;
        outcome.id = delivery.id;
        outcome.attempts = 3;
        DeadLetter letter;
        letter.queue_arn = queue;
        letter.event = delivery.event;
        letter.rule_arn = "rule-t1";
        letter.target_id = "t1";
        letter.target_arn = "https://example.com/hook";
        letter.error_code = "ERROR_FROM_TARGET";
        letter.error_message = "HTTP 500";
        letter.attempts = 3;
        letter.exhausted_retry_condition = "MaximumRetryAttempts";
        letter.dead_at = clock_.now();
        outcome.dead_letter = std::move(letter);
        return outcome;
    }

    std::vector<DeadLetter>
    dead_letters(DeadLetterFilter filter = {}, std::int64_t after = 0, std::size_t limit = 1000) {
        return io_.wait(journal().dead_letters(std::move(filter), after, limit)).value();
    }

    std::vector<LaneBacklog> backlog() { return io_.wait(journal().backlog()).value(); }

    std::filesystem::path database() const { return options_.folder / "eventbusd.db"; }

    // One number from the live file, through a connection that cannot write.
    std::int64_t query(const char* sql) {
        sqlite::Database db(database(), sqlite::Database::Access::reader);
        sqlite::Statement statement(db, sql);
        auto rows = statement.query();
        return rows.next() ? rows.integer(0) : -1;
    }

    // Polls; there is nothing to wait on when the writer does something by itself.
    // -1: there is none of that name.
    double metric(const std::string& name) {
        const std::string text = "\n" + metrics_.render();
        const auto at = text.find("\n" + name + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
    }

    bool eventually(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }

    TempDir dir_;
    FakeClock clock_;
    MetricsRegistry metrics_;
    SqliteStoreOptions options_;
    IoThreads io_;
    std::unique_ptr<SqliteStore> store_;
};

inline std::set<std::string> ids_of(const std::vector<Delivery>& deliveries) {
    std::set<std::string> ids;
    for (const Delivery& delivery : deliveries) {
        ids.insert(delivery.event->id);
    }
    return ids;
}

}  // namespace eventbus::test
