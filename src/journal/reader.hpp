#pragma once

#include "eventbus/journal/archive_store.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include "completion.hpp"
#include "database_copy.hpp"
#include "dead_letter_query.hpp"
#include "event_query.hpp"
#include "paced_redrive_table.hpp"
#include "sqlite.hpp"
#include "status_board.hpp"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace eventbus {

// One thread with a read-only connection, for reads that may take longer than a commit may wait:
// it sees what was committed before the read began. Submit from any thread.
class Reader {
public:
    // The board is told if the file turns out to be damaged.
    Reader(std::filesystem::path file, StatusBoard& board);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void submit_backlog(Waiter<std::vector<LaneBacklog>> waiter);
    // Of one kind, or of all if it is empty.
    void submit_catalog(std::string kind, Waiter<std::vector<CatalogEntry>> waiter);

    struct DeadLetterRead {
        DeadLetterFilter filter;
        std::int64_t after = 0;
        std::size_t limit = 0;
    };

    void submit_event(std::string event_id, Waiter<EventRecord> waiter);

    struct EventsRead {
        EventFilter filter;
        std::optional<std::int64_t> before;
        std::size_t limit = 0;
    };

    void submit_events(EventsRead read, Waiter<EventPage> waiter);
    void submit_dead_letters(DeadLetterRead read, Waiter<std::vector<DeadLetter>> waiter);

    // Gives a complete copy its name: its sync may take as long as a long read.
    void submit_publish(std::shared_ptr<DatabaseCopy> copy, Waiter<std::uintmax_t> waiter);
    void submit_count(DeadLetterFilter filter, Waiter<std::uint64_t> waiter);
    void submit_groups(DeadLetterFilter filter, Waiter<std::vector<DeadLetterGroup>> waiter);
    // Empty if there is none.
    void submit_dead_letter(std::int64_t id, Waiter<std::vector<DeadLetterRecord>> waiter);
    void submit_paced_redrives(Waiter<std::vector<PacedRedrive>> waiter);
    void submit_archive(ArchiveRead read, Waiter<std::vector<ArchivedEvent>> waiter);

    // Answers what is queued, then stops. The second call does nothing.
    void close();

private:
    struct Connection;

    class Task {
    public:
        virtual ~Task() = default;
        virtual void run(Connection& connection, Resumptions& resumptions) = 0;
        virtual void refuse(const Error& why, Resumptions& resumptions) = 0;
    };

    template <class T, class Read>
    class ReadTask;

    template <class T, class Read>
    void submit(Waiter<T> waiter, Read read);
    void enqueue(std::unique_ptr<Task> task);
    void run() noexcept;
    void run_task(Task& task, Resumptions& resumptions);

    const std::filesystem::path file_;
    StatusBoard& board_;
    // Owned by the thread; opened at the first read.
    std::unique_ptr<Connection> connection_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    // Guarded by mutex_:
    std::deque<std::unique_ptr<Task>> tasks_;
    bool closed_ = false;

    std::thread thread_;
};

}  // namespace eventbus
