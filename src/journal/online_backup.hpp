#pragma once

#include "completion.hpp"
#include "database_copy.hpp"
#include "requests.hpp"
#include "sqlite.hpp"

#include <deque>
#include <memory>

namespace eventbus {

// Copies of the live database, one after the other, a few pages between the writer's groups: nobody
// waits for a backup, and no long read keeps the log from being cut. What is committed while a copy
// is made is in it.
//
// Owned by the writer thread, whose connection it reads through.
class OnlineBackup {
public:
    explicit OnlineBackup(sqlite::Database& db) : db_(db) {}

    void add(BackupRequest request) { waiting_.push_back(std::move(request)); }

    bool is_wanted() const { return !waiting_.empty(); }

    // One piece of the copy under way. Its trouble (a full disk) is its caller's only.
    void step(Resumptions& resumptions);

    void refuse_all(const Error& why, Resumptions& resumptions);

private:
    sqlite::Database& db_;
    std::deque<BackupRequest> waiting_;  // the first one is under way
    std::unique_ptr<DatabaseCopy> copy_;
};

}  // namespace eventbus
