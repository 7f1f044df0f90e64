#pragma once

#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include "completion.hpp"
#include "database_copy.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace eventbus {

// What callers ask of the writer thread, each with the caller that waits for it.

struct AppendRequest {
    std::vector<NewEvent> events;
    std::size_t bytes = 0;
    SteadyTime queued_at;
    Waiter<void> waiter;
};

struct LaneRequest {
    std::string rule_arn;
    std::string target_id;
    Waiter<LaneId> waiter;
};

struct CatalogRequest {
    std::vector<CatalogChange> changes;
    Waiter<void> waiter;
};

struct RedriveRequest {
    DeadLetterFilter filter;
    WallTime now;
    Waiter<std::uint64_t> waiter;

    // Progress: a large redrive goes over several groups. What dies again meanwhile gets an id
    // after `last` and is left alone.
    std::int64_t after = 0;
    std::int64_t last = 0;  // 0: not started
    std::uint64_t done = 0;
};

struct ClaimCall {
    ClaimRequest request;
    Waiter<ClaimResult> waiter;
};

struct FlushRequest {
    std::uint64_t outcomes = 0;  // answered when that many have been written since the start
    Waiter<void> waiter;
};

struct BackupRequest {
    std::filesystem::path to;
    Waiter<std::shared_ptr<DatabaseCopy>> waiter;  // a complete copy, to be published
};

// What the writer takes from its inbox for one round.
struct Work {
    std::vector<AppendRequest> appends;
    std::vector<LaneRequest> lanes;
    std::vector<CatalogRequest> catalog;
    std::vector<RedriveRequest> redrives;
    std::vector<ClaimCall> claims;
    std::vector<FlushRequest> flushes;
    std::vector<BackupRequest> backups;
    std::vector<Outcome> outcomes;
    std::vector<DeliveryId> releases;
    bool closing = false;
};

}  // namespace eventbus
