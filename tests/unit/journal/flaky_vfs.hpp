#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>

namespace eventbus::test {

// Stands between SQLite and the disk while it lives: every connection opened meanwhile sees the
// errors that are asked for. One at a time.
class FlakyVfs {
public:
    FlakyVfs() {
        real_ = sqlite3_vfs_find(nullptr);
        vfs_ = *real_;
        vfs_.zName = "flaky";
        vfs_.xOpen = &FlakyVfs::open;
        current_ = this;
        if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) {
            throw std::runtime_error("cannot register a VFS");
        }
    }

    ~FlakyVfs() {
        sqlite3_vfs_unregister(&vfs_);
        current_ = nullptr;
    }

    FlakyVfs(const FlakyVfs&) = delete;
    FlakyVfs& operator=(const FlakyVfs&) = delete;

    // After `count` more writes the disk is full, until room().
    void full_after(std::int64_t count) { writes_left_ = count; }

    void room() { writes_left_ = kUnlimited; }

    // The `n`th call of whatever kind from now on fails, once; 0: none.
    void fail_call(std::int64_t n) { calls_left_ = n; }

    // Whether that has happened.
    bool has_failed() const { return calls_left_ == 0; }

    // The `n`th read from now on finds no memory, once; 0: none.
    void lack_memory_at_read(std::int64_t n) { reads_left_ = n; }

    // Whether that has happened.
    bool has_lacked_memory() const { return reads_left_ == 0; }

    // Whether fsync fails; and how often it was called since.
    void fail_syncs(bool fail) {
        syncs_ = 0;
        fail_syncs_ = fail;
    }

    std::int64_t syncs() const { return syncs_; }

    // What is opened now can only be read: what the unix VFS makes of a file that the kernel would
    // not open for writing, whatever the reason. SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL or 0.
    void open_read_only(int kind) { read_only_kind_ = kind; }

private:
    static constexpr std::int64_t kUnlimited = INT64_MAX;

    static int
    open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
        if ((flags & current_->read_only_kind_) != 0) {
            flags &= ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
            flags |= SQLITE_OPEN_READONLY;
        }
        const int code = current_->real_->xOpen(current_->real_, name, file, flags, out_flags);
        if (file->pMethods != nullptr) {
            file->pMethods = &patched(file->pMethods).methods;
        }
        return code;
    }

    // The unix VFS has a table of methods for databases and another for logs and journals.
    struct Patched {
        sqlite3_io_methods methods{};  // first, as SQLite hands back a pointer to it
        const sqlite3_io_methods* real = nullptr;
    };

    static Patched& patched(const sqlite3_io_methods* real) {
        std::lock_guard lock(current_->mutex_);
        for (Patched& known : tables_) {
            if (known.real == real) {
                return known;
            }
        }
        Patched& added = tables_.emplace_back();
        added.methods = *real;
        added.methods.xWrite = &FlakyVfs::write;
        added.methods.xSync = &FlakyVfs::sync;
        added.methods.xRead = &FlakyVfs::read;
        added.methods.xTruncate = &FlakyVfs::truncate;
        added.methods.xFileSize = &FlakyVfs::file_size;
        added.real = real;
        return added;
    }

    static const sqlite3_io_methods* real_of(sqlite3_file* file) {
        return reinterpret_cast<const Patched*>(file->pMethods)->real;
    }

    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
        if (current_->writes_left_ != kUnlimited && current_->writes_left_.fetch_sub(1) <= 0) {
            current_->writes_left_ = 0;
            return SQLITE_FULL;
        }
        if (fails_now()) {
            return SQLITE_IOERR_WRITE;
        }
        return real_of(file)->xWrite(file, bytes, size, offset);
    }

    static int sync(sqlite3_file* file, int flags) {
        ++current_->syncs_;
        if (fails_now()) {
            return SQLITE_IOERR_FSYNC;
        }
        return current_->fail_syncs_ ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
    }

    static bool fails_now() {
        return current_->calls_left_ > 0 && current_->calls_left_.fetch_sub(1) == 1;
    }

    static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
        if (current_->reads_left_ > 0 && current_->reads_left_.fetch_sub(1) == 1) {
            return SQLITE_IOERR_NOMEM;
        }
        if (fails_now()) {
            errno = EIO;
            return SQLITE_IOERR_CORRUPTFS;  // as the unix VFS calls an EIO
        }
        return real_of(file)->xRead(file, bytes, size, offset);
    }

    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        return fails_now() ? SQLITE_IOERR_TRUNCATE : real_of(file)->xTruncate(file, size);
    }

    static int file_size(sqlite3_file* file, sqlite3_int64* size) {
        return fails_now() ? SQLITE_IOERR_FSTAT : real_of(file)->xFileSize(file, size);
    }

    inline static FlakyVfs* current_ = nullptr;
    inline static std::deque<Patched> tables_;  // never shrinks, as open files point into it

    std::mutex mutex_;
    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs vfs_{};
    std::atomic<std::int64_t> writes_left_{kUnlimited};
    std::atomic<std::int64_t> calls_left_{0};
    std::atomic<std::int64_t> reads_left_{0};
    std::atomic<bool> fail_syncs_{false};
    std::atomic<std::int64_t> syncs_{0};
    std::atomic<int> read_only_kind_{0};
};

}  // namespace eventbus::test
