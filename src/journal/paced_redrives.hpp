#pragma once

#include "group_commit.hpp"
#include "paced_redrive_table.hpp"
#include "requests.hpp"

#include <cstdint>
#include <vector>

namespace eventbus {

// The paced redrives that are under way: what they move is moved within the open transaction, with
// the note of how far they have come. Owned by the writer thread; everything but committed() and
// rolled_back() throws SqliteError.
class PacedRedrives {
public:
    PacedRedrives(sqlite::Database& db, JournalTables& tables)
        : tables_(tables), table_(db), redrives_(table_.load()), committed_(redrives_) {}

    bool is_empty() const { return redrives_.empty(); }

    Result<std::int64_t> apply(const PacedRedriveRequest& request);

    // One second's worth of each.
    void advance(GroupCommit& group, WallTime now);

    void committed();
    void rolled_back();

private:
    JournalTables& tables_;
    PacedRedriveTable table_;
    std::vector<StoredRedrive> redrives_;
    std::vector<StoredRedrive> committed_;
};

}  // namespace eventbus
