#pragma once

#include "eventbus/base/clock.hpp"

#include "archive_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace eventbus {

// Lets go of what archives have kept long enough, and of everything in removed archives, a slice at
// a time. A sweep walks each archive in order of event time as far as anything can be old enough,
// and steps over events with an old time that have not been archived for long; the next sweep finds
// those again.
//
// Owned by the writer thread. Everything that touches the tables throws SqliteError.
class ArchivePurge {
public:
    explicit ArchivePurge(ArchiveTables& tables) : tables_(tables) {}

    // Whether a slice would find something, as far as is known. Cheap.
    bool is_due() const { return is_due_; }

    // Call every second or so: looks whether something has become old enough.
    void refresh(WallTime now, SteadyTime steady_now);

    // Deletes within the open transaction, looking at no more than `rows_max` entries. Returns how
    // many it has deleted.
    std::uint64_t slice(WallTime now, std::size_t rows_max);
    void committed();
    void rolled_back();

private:
    // Up to which event time the archive lets events go; nullopt: it keeps everything.
    static std::optional<WallTime> cutoff(const ArchiveTables::Row& row, WallTime now);

    ArchiveTables& tables_;
    bool is_due_ = true;
    std::map<ArchiveId, ArchivePosition> looked_at_;  // in this sweep
    std::map<ArchiveId, ArchivePosition> looked_at_before_;
    SteadyTime sweep_started_at_;
};

}  // namespace eventbus
