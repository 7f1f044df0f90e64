#include "archive_purge.hpp"

#include <chrono>
#include <iterator>

namespace eventbus {
namespace {

// A sweep reads again what the one before has stepped over.
constexpr std::chrono::minutes kSweepEvery{10};

constexpr ArchivePosition kStart{WallTime::min(), 0};

}  // namespace

std::optional<WallTime> ArchivePurge::cutoff(const ArchiveTables::Row& row, WallTime now) {
    if (row.is_removed) {
        return WallTime::max();
    }
    return row.keep == Millis(0) ? std::nullopt : std::optional(now - row.keep);
}

void ArchivePurge::refresh(WallTime now, SteadyTime steady_now) {
    if (steady_now - sweep_started_at_ >= kSweepEvery) {
        looked_at_.clear();
        sweep_started_at_ = steady_now;
    }
    is_due_ = false;
    for (const auto& [id, row] : tables_.rows()) {
        const auto until = cutoff(row, now);
        if (!until) {
            continue;
        }
        const auto after = looked_at_.try_emplace(id, kStart).first->second;
        if (row.is_removed || !tables_.entries(id, after, *until, 1).empty()) {
            is_due_ = true;
            break;
        }
    }
    looked_at_before_ = looked_at_;
}

std::uint64_t ArchivePurge::slice(WallTime now, std::size_t rows_max) {
    looked_at_before_ = looked_at_;
    is_due_ = false;
    std::uint64_t deleted = 0;
    std::size_t left = rows_max;
    for (auto at = tables_.rows().begin(); at != tables_.rows().end();) {
        const auto& [id, row] = *at;
        ++at;  // forgetting an archive takes its row away
        const auto until = cutoff(row, now);
        if (!until) {
            continue;
        }
        auto& position = looked_at_.try_emplace(id, kStart).first->second;
        const auto entries = tables_.entries(id, position, *until, left);
        for (const auto& entry : entries) {
            position = entry.position;
            if (row.is_removed || entry.archived_at <= *until) {
                tables_.drop(id, entry);
                ++deleted;
            }
        }
        left -= entries.size();
        if (left == 0) {
            is_due_ = true;
            break;
        }
        if (row.is_removed) {
            tables_.forget(id);
        }
    }
    return deleted;
}

void ArchivePurge::committed() {
    looked_at_before_ = looked_at_;
}

void ArchivePurge::rolled_back() {
    looked_at_ = looked_at_before_;
    is_due_ = true;
}

}  // namespace eventbus
