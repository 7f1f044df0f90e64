#include "fault_vfs.hpp"

#include "eventbus/base/fault_point.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <string>

namespace eventbus::sqlite {
namespace {

// The unix VFS has one table of methods for databases and another for their logs. A patched copy
// stands in for each, with the real one behind it.
struct Methods {
    sqlite3_io_methods patched{};  // first, as SQLite hands back a pointer to it
    const sqlite3_io_methods* real = nullptr;
    bool is_log = false;
};

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs fault_vfs{};

struct Failure {
    std::string name;
    std::uint64_t visit = 1;
    std::atomic<std::uint64_t> visits{0};

    Failure() {
        const std::string_view text = fault_switch("EVENTBUSD_FAIL_AT");
        const auto colon = text.rfind(':');
        name = text.substr(0, colon);
        if (colon != std::string_view::npos) {
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), visit);
        }
    }

    static Failure& get() {
        static Failure failure;
        return failure;
    }

    bool at(std::string_view here) { return here == name && ++visits == visit; }

    bool since(std::string_view here) { return here == name && ++visits >= visit; }
};

const Methods& methods_of(sqlite3_file* file) {
    return *reinterpret_cast<const Methods*>(file->pMethods);
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const Methods& methods = methods_of(file);
    const std::string_view here = methods.is_log ? "disk.log-write" : "disk.database-write";
    if (Failure::get().since(here)) {
        errno = ENOSPC;
        return SQLITE_FULL;
    }
    if (fault_is_due(here)) {
        methods.real->xWrite(file, bytes, size / 2, offset);  // torn
        fault_crash();
    }
    return methods.real->xWrite(file, bytes, size, offset);
}

int sync(sqlite3_file* file, int flags) {
    const Methods& methods = methods_of(file);
    const std::string_view here = methods.is_log ? "disk.log-sync" : "disk.database-sync";
    fault_point(here);
    if (Failure::get().at(here)) {
        errno = EIO;
        return SQLITE_IOERR_FSYNC;
    }
    const int code = methods.real->xSync(file, flags);
    if (methods.is_log) {
        fault_point("disk.log-synced");
    }
    return code;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const Methods& methods = methods_of(file);
    if (methods.is_log) {
        fault_point("disk.log-truncate");
    }
    return methods.real->xTruncate(file, size);
}

const sqlite3_io_methods* patch(const sqlite3_io_methods* real, bool is_log) {
    static std::mutex mutex;
    static std::array<Methods, 8> tables;
    std::lock_guard lock(mutex);
    for (Methods& table : tables) {
        if (table.real == nullptr) {
            table.patched = *real;
            table.patched.xWrite = &write;
            table.patched.xSync = &sync;
            table.patched.xTruncate = &truncate;
            table.real = real;
            table.is_log = is_log;
        }
        if (table.real == real && table.is_log == is_log) {
            return &table.patched;
        }
    }
    return real;
}

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
    if (file->pMethods != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
        file->pMethods = patch(file->pMethods, (flags & SQLITE_OPEN_WAL) != 0);
    }
    return code;
}

sqlite3_mem_methods real_memory{};
std::atomic<bool> is_memory_scarce = false;  // once SQLite knows its files

bool is_memory_refused() {
    return is_memory_scarce && Failure::get().at("sqlite.allocation");
}

void* allocate(int size) {
    return is_memory_refused() ? nullptr : real_memory.xMalloc(size);
}

void* reallocate(void* memory, int size) {
    return is_memory_refused() ? nullptr : real_memory.xRealloc(memory, size);
}

// Only possible before SQLite is used for the first time.
void install_fault_memory() {
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods patched = real_memory;
    patched.xMalloc = &allocate;
    patched.xRealloc = &reallocate;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &patched);
}

}  // namespace

void install_fault_vfs() {
    static std::once_flag once;
    std::call_once(once, [] {
        install_fault_memory();
        real_vfs = sqlite3_vfs_find(nullptr);
        fault_vfs = *real_vfs;
        fault_vfs.zName = "fault";
        fault_vfs.xOpen = &open;
        sqlite3_vfs_register(&fault_vfs, 1);
        is_memory_scarce = true;
    });
}

void watch_statements(sqlite3* db) {
    sqlite3_trace_v2(
        db,
        SQLITE_TRACE_STMT,
        [](unsigned, void*, void*, void*) {
            fault_point("sqlite.statement");
            return 0;
        },
        nullptr);
}

}  // namespace eventbus::sqlite
