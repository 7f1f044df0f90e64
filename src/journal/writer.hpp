#pragma once

#include "eventbus/journal/sqlite_store.hpp"

#include "inbox.hpp"
#include "status_board.hpp"
#include "writer_loop.hpp"

#include <memory>
#include <thread>

namespace eventbus {

// The writer thread and the way to it. Safe from any thread, but for close().
class Writer {
public:
    // `db` is open and migrated. Starts the thread. Throws SqliteError.
    Writer(
        std::unique_ptr<sqlite::Database> db,
        const SqliteStoreOptions& options,
        const Clock& clock,
        std::shared_ptr<StatusBoard> board,
        ArchiveBoard& archive_board);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    Inbox& inbox() { return inbox_; }

    // Before the first append.
    void set_listener(DeliveryListener* listener);

    // Writes what is queued, moves the log into the database and closes it. The second call does
    // nothing.
    void close();

private:
    const std::shared_ptr<StatusBoard> board_;
    Inbox inbox_;
    std::unique_ptr<WriterLoop> loop_;
    std::thread thread_;
};

}  // namespace eventbus
