#include "reader.hpp"

#include "event_row.hpp"

#include <pthread.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace eventbus {
namespace {

constexpr char kSelectBacklogSql[] =
    "SELECT d.lane_id, d.owed, d.next_due_at, COALESCE(e.accepted_at, d.next_due_at) FROM"
    " (SELECT lane_id, SUM(owed) AS owed, MIN(due_at) AS next_due_at, MIN(event_seq) AS oldest FROM"
    " (SELECT lane_id, COUNT(*) AS owed, MIN(due_at) AS due_at, MIN(event_seq) AS event_seq"
    " FROM deliveries INDEXED BY deliveries_waiting WHERE is_unindexed IS NULL GROUP BY lane_id"
    " UNION ALL SELECT lane_id, 1, due_at, event_seq FROM deliveries NOT INDEXED"
    " WHERE is_unindexed = 1) GROUP BY lane_id) AS d"
    " LEFT JOIN events AS e ON e.seq = d.oldest ORDER BY d.lane_id";
constexpr char kSelectCatalogSql[] =
    "SELECT kind, key, document, checksum FROM catalog ORDER BY kind, key";
constexpr char kSelectKindSql[] =
    "SELECT kind, key, document, checksum FROM catalog WHERE kind = ? ORDER BY key";

constexpr char kSelectArchiveSql[] =
    "SELECT e.event_time, e.event_seq, a.event_id, a.bus_arn, a.accepted_at, a.trace_header,"
    " a.visited_buses, a.envelope, a.checksum"
    " FROM archive_entries AS e JOIN archived_events AS a ON a.seq = e.event_seq"
    " WHERE e.archive_id = ? AND (e.event_time, e.event_seq) > (?, ?) AND e.event_time <= ?"
    " AND e.event_seq <= ? ORDER BY e.event_time, e.event_seq LIMIT ?";

constexpr std::size_t kTasksMax = 1024;

}  // namespace

struct Reader::Connection {
    explicit Connection(const std::filesystem::path& file)
        : db(file, sqlite::Database::Access::reader),
          backlog(db, kSelectBacklogSql),
          catalog(db, kSelectCatalogSql),
          catalog_kind(db, kSelectKindSql),
          archive(db, kSelectArchiveSql),
          dead_letters(db),
          events(db),
          paced(db) {}

    sqlite::Database db;
    sqlite::Statement backlog;
    sqlite::Statement catalog;
    sqlite::Statement catalog_kind;
    sqlite::Statement archive;
    DeadLetterQuery dead_letters;
    EventQuery events;
    PacedRedriveTable paced;
};

template <class T, class Read>
class Reader::ReadTask final : public Task {
public:
    ReadTask(Waiter<T> waiter, Read read) : waiter_(std::move(waiter)), read_(std::move(read)) {}

    void run(Connection& connection, Resumptions& resumptions) override {
        resumptions.answer(std::move(waiter_), Result<T>(read_(connection)));
    }

    void refuse(const Error& why, Resumptions& resumptions) override {
        resumptions.answer(std::move(waiter_), Result<T>(why));
    }

private:
    Waiter<T> waiter_;
    Read read_;
};

Reader::Reader(std::filesystem::path file, StatusBoard& board)
    : file_(std::move(file)), board_(board) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "journal-reader");
}

Reader::~Reader() {
    close();
}

void Reader::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }
    arrived_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Reader::enqueue(std::unique_ptr<Task> task) {
    const char* refusal = nullptr;
    {
        std::lock_guard lock(mutex_);
        if (closed_) {
            refusal = "ServiceUnavailableException";
        } else if (tasks_.size() >= kTasksMax) {
            refusal = "ThrottlingException";
        } else {
            tasks_.push_back(std::move(task));
            arrived_.notify_one();
            return;
        }
    }
    Resumptions resumptions;
    task->refuse(
        Error(Errc::unavailable, "the journal cannot be read at the moment", {}, refusal),
        resumptions);
    resumptions.post_all();
}

template <class T, class Read>
void Reader::submit(Waiter<T> waiter, Read read) {
    enqueue(std::make_unique<ReadTask<T, Read>>(std::move(waiter), std::move(read)));
}

void Reader::submit_backlog(Waiter<std::vector<LaneBacklog>> waiter) {
    submit(std::move(waiter), [](Connection& connection) {
        std::vector<LaneBacklog> lanes;
        auto rows = connection.backlog.query();
        while (rows.next()) {
            lanes.push_back(
                {rows.integer(0),
                 static_cast<std::uint64_t>(rows.integer(1)),
                 from_millis(rows.integer(2)),
                 from_millis(rows.integer(3))});
        }
        return lanes;
    });
}

void Reader::submit_catalog(std::string kind, Waiter<std::vector<CatalogEntry>> waiter) {
    submit(std::move(waiter), [kind = std::move(kind)](Connection& connection) {
        std::vector<CatalogEntry> entries;
        auto rows = kind.empty() ? connection.catalog.query() : connection.catalog_kind.query(kind);
        while (rows.next()) {
            CatalogEntry entry{
                std::string(rows.text(0)),
                std::string(rows.text(1)),
                std::string(rows.text(2))};
            if (!rows.is_null(3) &&
                static_cast<std::uint32_t>(rows.integer(3)) != catalog_checksum(entry)) {
                throw sqlite::SqliteError::damage(
                    "the stored " + entry.kind + " " + entry.key + " is not what was written");
            }
            entries.push_back(std::move(entry));
        }
        return entries;
    });
}

void Reader::submit_event(std::string event_id, Waiter<EventRecord> waiter) {
    submit(std::move(waiter), [event_id = std::move(event_id)](Connection& connection) {
        return connection.events.find(event_id, connection.dead_letters);
    });
}

void Reader::submit_events(EventsRead read, Waiter<EventPage> waiter) {
    submit(std::move(waiter), [read = std::move(read)](Connection& connection) {
        return connection.events.list(read.filter, read.before, read.limit);
    });
}

void Reader::submit_count(DeadLetterFilter filter, Waiter<std::uint64_t> waiter) {
    submit(std::move(waiter), [filter = std::move(filter)](Connection& connection) {
        return connection.dead_letters.count(filter, {});
    });
}

void Reader::submit_groups(DeadLetterFilter filter, Waiter<std::vector<DeadLetterGroup>> waiter) {
    submit(std::move(waiter), [filter = std::move(filter)](Connection& connection) {
        return connection.dead_letters.group(filter);
    });
}

void Reader::submit_dead_letter(std::int64_t id, Waiter<std::vector<DeadLetterRecord>> waiter) {
    submit(std::move(waiter), [id](Connection& connection) {
        DeadLetterFilter filter;
        filter.ids = {id};
        std::vector<DeadLetterRecord> records;
        for (DeadLetter& letter : connection.dead_letters.find(filter, {}, 1)) {
            records.push_back({std::move(letter), connection.events.attempts_of(id)});
        }
        return records;
    });
}

void Reader::submit_paced_redrives(Waiter<std::vector<PacedRedrive>> waiter) {
    submit(std::move(waiter), [](Connection& connection) {
        std::vector<PacedRedrive> redrives;
        for (StoredRedrive& stored : connection.paced.load()) {
            PacedRedrive redrive;
            redrive.id = stored.id;
            redrive.letters_per_second = stored.letters_per_second;
            redrive.started_at = stored.started_at;
            redrive.redriven = stored.run.done;
            redrive.remaining = connection.dead_letters.count(
                stored.run.filter,
                {stored.run.after, stored.run.last});
            redrive.filter = std::move(stored.run.filter);
            redrives.push_back(std::move(redrive));
        }
        return redrives;
    });
}

void Reader::submit_dead_letters(DeadLetterRead read, Waiter<std::vector<DeadLetter>> waiter) {
    submit(std::move(waiter), [read = std::move(read)](Connection& connection) {
        const DeadLetterQuery::Range range{read.after, std::numeric_limits<std::int64_t>::max()};
        return connection.dead_letters.find(read.filter, range, read.limit);
    });
}

void Reader::submit_publish(std::shared_ptr<DatabaseCopy> copy, Waiter<std::uintmax_t> waiter) {
    submit(std::move(waiter), [copy = std::move(copy)](Connection&) { return copy->publish(); });
}

void Reader::submit_archive(ArchiveRead read, Waiter<std::vector<ArchivedEvent>> waiter) {
    submit(std::move(waiter), [this, read](Connection& connection) {
        std::vector<ArchivedEvent> events;
        std::size_t bytes = 0;
        auto rows = connection.archive.query(
            read.archive,
            to_millis(read.after.time),
            read.after.seq,
            to_millis(read.until),
            read.last_seq,
            read.events_max);
        while (bytes < read.bytes_max && rows.next()) {
            StoredEvent stored = read_checked_event(rows, 2);
            board_.damaged_archived_events.add(stored.is_damaged ? 1 : 0);
            events.push_back(
                {{from_millis(rows.integer(0)), rows.integer(1)},
                 std::move(stored.event),
                 stored.is_damaged});
            bytes += stored_bytes(*events.back().event);
        }
        return events;
    });
}

void Reader::run() noexcept {
    std::unique_lock lock(mutex_);
    while (true) {
        arrived_.wait(lock, [this] { return closed_ || !tasks_.empty(); });
        if (tasks_.empty()) {
            break;
        }
        const std::unique_ptr<Task> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        Resumptions resumptions;
        run_task(*task, resumptions);
        resumptions.post_all();
        lock.lock();
    }
    connection_.reset();
}

void Reader::run_task(Task& task, Resumptions& resumptions) {
    try {
        if (connection_ == nullptr) {
            connection_ = std::make_unique<Connection>(file_);
        }
        task.run(*connection_, resumptions);
    } catch (const sqlite::SqliteError& error) {
        if (error.is_corruption()) {
            board_.set_damaged(error.what());
        }
        task.refuse(
            Error(
                Errc::unavailable,
                std::string("the journal cannot be read: ") + error.what(),
                {},
                "ServiceUnavailableException"),
            resumptions);
    }
}

}  // namespace eventbus
