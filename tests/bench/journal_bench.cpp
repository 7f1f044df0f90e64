// journal_bench DIR [SECONDS]
//
// How much of SQLite's own speed is left when events go through the journal. Each line compares,
// measured one after the other in one process and several rounds, because machines drift:
//   journal   64 coroutines append; a listener hears of each delivery and records it as delivered;
//             full fsync before each answer
//   raw       a loop on the SQLite C API that does the same rows (event, delivery, their indexes,
//             attempt, delete) in transactions of as many events as the journal's groups had, also
//             fully synced

#include "eventbus/base/ids.hpp"
#include "eventbus/journal/sqlite_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace eventbus;
using std::chrono::steady_clock;

constexpr int kAppenders = 64;
constexpr std::size_t kEnvelopeBytes = 600;
constexpr char kBusArn[] = "arn:aws:events:us-east-1:000000000000:event-bus/default";

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

EventPtr sample_event() {
    auto event = std::make_shared<Event>();
    event->accepted_at = SystemClock().now();
    event->id = make_ordered_uuid(event->accepted_at);
    event->bus_arn = kBusArn;
    event->envelope = std::string(kEnvelopeBytes, 'x');
    event->visited_buses = {kBusArn};
    return event;
}

// Delivers at once: the far end of the journal without a network.
class InstantTarget final : public DeliveryListener {
public:
    InstantTarget(asio::io_context& context, Journal& journal)
        : context_(context), journal_(journal) {}

    void on_committed(std::vector<Delivery> deliveries) override {
        asio::post(context_, [this, deliveries = std::move(deliveries)] {
            std::vector<Outcome> outcomes(deliveries.size());
            for (std::size_t i = 0; i < deliveries.size(); ++i) {
                outcomes[i].id = deliveries[i].id;
                outcomes[i].attempts = 1;
                Attempt attempt;
                attempt.number = 1;
                attempt.started_at = deliveries[i].due_at;
                attempt.duration = Millis(3);
                attempt.http_status = 200;
                outcomes[i].attempt = std::move(attempt);
            }
            journal_.record(std::move(outcomes));
        });
    }

private:
    asio::io_context& context_;
    Journal& journal_;
};

struct Load {
    std::size_t events_per_append = 1;
    double seconds = 2;
};

asio::awaitable<void> appender(Journal& journal, LaneId lane, Load load, std::atomic<bool>& stop) {
    const std::vector<LaneId> owed{lane};
    while (!stop.load(std::memory_order_relaxed)) {
        std::vector<NewEvent> events;
        events.reserve(load.events_per_append);
        for (std::size_t i = 0; i < load.events_per_append; ++i) {
            events.push_back(NewEvent{sample_event(), owed});
        }
        const Result<void> appended = co_await journal.append(std::move(events));
        if (appended.has_error()) {
            std::fprintf(stderr, "append: %s\n", appended.error().message().c_str());
            co_return;
        }
    }
}

struct Rate {
    double events_per_second = 0;
    double events_per_commit = 0;
};

Rate journal_rate(const std::filesystem::path& folder, Load load) {
    std::filesystem::remove_all(folder);
    SqliteStoreOptions options;
    options.folder = folder;
    SystemClock clock;
    MetricsRegistry metrics;
    auto store = SqliteStore::open(options, clock, metrics).value();
    asio::io_context context(1);
    auto work = asio::make_work_guard(context);
    std::thread thread([&] { context.run(); });
    InstantTarget target(context, store->journal());
    store->journal().set_listener(&target);
    const LaneId lane =
        asio::co_spawn(context, store->journal().lane("rule", "t"), asio::use_future).get().value();

    const Counter& commits = metrics.counter("eventbusd_commits_total", "");
    const Counter& events = metrics.counter("eventbusd_commit_events_total", "");
    std::atomic<bool> stop{false};
    std::vector<std::future<void>> appenders;
    const std::uint64_t commits_before = commits.value();
    const auto start = steady_clock::now();
    for (int i = 0; i < kAppenders; ++i) {
        auto coroutine = appender(store->journal(), lane, load, stop);
        appenders.push_back(asio::co_spawn(context, std::move(coroutine), asio::use_future));
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(load.seconds));
    stop = true;
    for (auto& appender : appenders) {
        appender.get();
    }
    asio::co_spawn(context, store->journal().flush(), asio::use_future).get();
    const double took = seconds_since(start);
    const auto written = static_cast<double>(events.value());
    const Rate rate{
        written / took,
        written / static_cast<double>(commits.value() - commits_before)};
    store->close();
    work.reset();
    thread.join();
    store.reset();
    std::filesystem::remove_all(folder);
    return rate;
}

// The C API, as one would write it by hand for this one job.
class RawSqlite {
public:
    explicit RawSqlite(const std::filesystem::path& file) {
        sqlite3_open(file.c_str(), &db_);
        run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
            "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA secure_delete = OFF;"
            "PRAGMA wal_autocheckpoint = 1024;"
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, event_id TEXT, bus_arn TEXT,"
            " accepted_at INTEGER, bytes INTEGER, trace_header TEXT, visited_buses TEXT,"
            " envelope TEXT);"
            "CREATE TABLE deliveries (event_seq INTEGER, lane_id INTEGER, due_at INTEGER,"
            " attempts INTEGER, error_code TEXT, PRIMARY KEY (event_seq, lane_id)) WITHOUT ROWID;"
            "CREATE INDEX events_id ON events (event_id);"
            "CREATE TABLE attempts (event_seq INTEGER, lane_id INTEGER, number INTEGER, started_at"
            " INTEGER, duration_ms INTEGER, http_status INTEGER, error_code TEXT, error_message "
            "TEXT,"
            " response TEXT, bytes INTEGER, PRIMARY KEY (event_seq, lane_id, number))"
            " WITHOUT ROWID");
        insert_event_ = prepare("INSERT INTO events VALUES (?, ?, ?, ?, 700, '', '', ?)");
        insert_delivery_ = prepare("INSERT INTO deliveries VALUES (?, 1, ?, 0, '')");
        insert_attempt_ =
            prepare("INSERT INTO attempts VALUES (?, 1, 1, ?, 3, 200, '', '', '', 32)");
        delete_delivery_ = prepare("DELETE FROM deliveries WHERE event_seq = ? AND lane_id = 1");
    }

    ~RawSqlite() {
        for (sqlite3_stmt* statement :
             {insert_event_, insert_delivery_, insert_attempt_, delete_delivery_}) {
            sqlite3_finalize(statement);
        }
        sqlite3_close(db_);
    }

    double rate(std::size_t batch, double seconds) {
        const std::string envelope(kEnvelopeBytes, 'x');
        const auto start = steady_clock::now();
        std::int64_t last = 0;
        std::int64_t deleted = 0;
        while (seconds_since(start) < seconds) {
            const std::int64_t committed = last;
            run("BEGIN IMMEDIATE");
            for (std::size_t i = 0; i < batch; ++i) {
                insert(++last, envelope);
            }
            while (deleted < committed) {
                sqlite3_bind_int64(delete_delivery_, 1, ++deleted);
                step(delete_delivery_);
                sqlite3_bind_int64(insert_attempt_, 1, deleted);
                sqlite3_bind_int64(insert_attempt_, 2, 1'790'000'000'000 + deleted / 100);
                step(insert_attempt_);
            }
            run("COMMIT");
        }
        return static_cast<double>(last) / seconds_since(start);
    }

private:
    void run(const char* sql) {
        if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
            std::fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db_));
            std::exit(1);
        }
    }

    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr);
        return statement;
    }

    void step(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) {
            std::fprintf(stderr, "%s\n", sqlite3_errmsg(db_));
            std::exit(1);
        }
        sqlite3_reset(statement);
    }

    void insert(std::int64_t seq, const std::string& envelope) {
        const std::int64_t now = 1'790'000'000'000 + seq / 100;
        sqlite3_bind_int64(insert_event_, 1, seq);
        const std::string id = make_ordered_uuid(WallTime(Millis(now)));
        sqlite3_bind_text(insert_event_, 2, id.c_str(), -1, SQLITE_STATIC);
        sqlite3_bind_text(insert_event_, 3, kBusArn, -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert_event_, 4, now);
        sqlite3_bind_text(
            insert_event_,
            5,
            envelope.data(),
            static_cast<int>(envelope.size()),
            SQLITE_STATIC);
        step(insert_event_);
        sqlite3_bind_int64(insert_delivery_, 1, seq);
        sqlite3_bind_int64(insert_delivery_, 2, now);
        step(insert_delivery_);
    }

    sqlite3* db_ = nullptr;
    sqlite3_stmt* insert_event_ = nullptr;
    sqlite3_stmt* insert_delivery_ = nullptr;
    sqlite3_stmt* insert_attempt_ = nullptr;
    sqlite3_stmt* delete_delivery_ = nullptr;
};

double raw_rate(const std::filesystem::path& folder, std::size_t batch, double seconds) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    const double rate = RawSqlite(folder / "raw.db").rate(batch, seconds);
    std::filesystem::remove_all(folder);
    return rate;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(const std::filesystem::path& folder, Load load) {
    constexpr int kRounds = 3;
    std::vector<double> journal;
    std::vector<double> raw;
    std::vector<double> group;
    for (int round = 0; round < kRounds; ++round) {
        const Rate rate = journal_rate(folder / "journal", load);
        journal.push_back(rate.events_per_second);
        group.push_back(rate.events_per_commit);
        const auto batch = static_cast<std::size_t>(std::max(1.0, rate.events_per_commit));
        raw.push_back(raw_rate(folder / "raw", batch, load.seconds));
    }
    std::printf(
        "%2zu events per append: journal %7.0f events/s in groups of %4.0f, raw SQLite %7.0f "
        "events/s, ratio %.2f\n",
        load.events_per_append,
        median(journal),
        median(group),
        median(raw),
        median(journal) / median(raw));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: journal_bench DIR [SECONDS]\n");
        return 64;
    }
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / "journal_bench";
    const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
    for (const std::size_t events : {std::size_t{1}, std::size_t{10}}) {
        compare(folder, Load{events, seconds});
    }
    std::filesystem::remove_all(folder);
    return 0;
}
