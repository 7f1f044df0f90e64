#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/journal/archive_store.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace eventbus {

struct SqliteStoreOptions {
    std::filesystem::path folder;  // made if missing; holds LOCK and eventbusd.db
    // Bytes of events waiting for the writer; above it append answers ThrottlingException at once.
    std::size_t queue_bytes_max = 64 * 1024 * 1024;
    // The same once the oldest of them has waited this long.
    std::chrono::milliseconds queue_age_max{500};
    // A commit group closes at this size; more makes commits longer, not cheaper.
    std::size_t group_bytes_max = 1024 * 1024;
    std::chrono::milliseconds outcome_delay_max{5};
    // So long Urgency::with_others waits for somebody to be with.
    std::chrono::milliseconds unhurried_delay_max{2};
    // Events that owe nothing any more are kept this long and at most this many bytes, then purged
    // in slices: within a commit of others of at most `purge_slice_rows`, by themselves smaller.
    std::chrono::milliseconds history_keep{std::chrono::hours{24}};
    std::uint64_t history_bytes_max = 1024ULL * 1024 * 1024;
    std::size_t purge_slice_rows = 1000;
    // Dead letters are forgotten after this long, counted and logged.
    std::chrono::milliseconds dead_letters_keep{std::chrono::hours{24 * 14}};
    // False only as the control that proves that a crash test can see loss.
    bool synchronous_full = true;
};

// The embedded store: one SQLite file in WAL mode, synchronous=FULL. One thread owns the only
// writing connection, forms the commit groups and does every checkpoint (SQLite before 3.51.3
// corrupts a WAL that two connections reset at once).
//
// There is one process on this store, so its memory is the lease table: a claim holds until its
// outcome is written, it is released or the process ends, and `ClaimRequest::lease` has no effect.
class SqliteStore {
public:
    // Takes the folder's lock, opens or creates the database, migrates it. Errors: Errc::conflict
    // (another daemon holds the lock; names its pid), Errc::refused (not our database, or written
    // by a newer version), Errc::io_error (names the path and errno). `clock` and `metrics` outlive
    // the store.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStore>>
    open(SqliteStoreOptions options, const Clock& clock, MetricsRegistry& metrics);

    virtual ~SqliteStore() = default;
    virtual Journal& journal() = 0;
    virtual CatalogStore& catalog() = 0;
    virtual ArchiveStore& archives() = 0;

    // Copies the database into a new file while everything goes on; what was committed before the
    // call is in it. Returns its size in bytes once it is on stable storage; the file appears whole
    // or not at all. Errc::already_exists, Errc::io_error (names the path), Errc::unavailable.
    // Safe from any thread; resumes on the caller's executor.
    virtual boost::asio::awaitable<Result<std::uintmax_t>> backup(std::filesystem::path to) = 0;

    // Writes what is queued, checkpoints, closes, releases the lock. Also done by the destructor.
    virtual void close() = 0;
};

}  // namespace eventbus
