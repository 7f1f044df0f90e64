#pragma once

struct sqlite3;

namespace eventbus::sqlite {

// Fault points between SQLite and the disk, and before each SQL statement (see fault_point.hpp):
//
//   sqlite.statement                        before each statement of a connection
//   disk.log-write, disk.log-sync, disk.log-synced, disk.log-truncate     the write-ahead log
//   disk.database-write, disk.database-sync                               checkpoints
//
// EVENTBUSD_FAIL_AT=disk.log-sync:3 makes the third such call fail with EIO, once, instead of
// ending the process; with disk.log-write or disk.database-write the disk is full from then on;
// with sqlite.allocation:3 SQLite is refused its third piece of memory, once.
#ifdef EVENTBUS_FAULT_POINTS
// Before the first connection is opened.
void install_fault_vfs();
void watch_statements(sqlite3* db);
#else
inline void install_fault_vfs() {}

inline void watch_statements(sqlite3*) {}
#endif

}  // namespace eventbus::sqlite
