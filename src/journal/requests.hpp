#pragma once

#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/journal.hpp"

#include "completion.hpp"
#include "database_copy.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// What callers ask of the writer thread, each with the caller that waits for it.

struct AppendRequest {
    std::vector<NewEvent> events;
    std::vector<CatalogChange> changes;
    std::size_t bytes = 0;
    SteadyTime queued_at;
    Urgency urgency = Urgency::at_once;
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

// Makes or changes an archive, or removes it if there is no `keep`.
struct ArchiveRequest {
    std::string arn;
    std::optional<Millis> keep;
    std::vector<CatalogChange> changes;
    Waiter<ArchiveId> waiter;
};

// An append of events of which some may be repeats.
struct OnceRequest {
    std::vector<NewEvent> events;
    std::size_t bytes = 0;
    SteadyTime queued_at;
    bool all_or_nothing = false;
    Waiter<std::vector<Repeat>> waiter;
};

// A way through the dead letters, in order of id. What dies meanwhile gets an id after `last` and
// is left alone.
struct DeadLetterRun {
    DeadLetterFilter filter;
    std::int64_t after = 0;
    std::int64_t last = 0;
    std::uint64_t done = 0;
};

// A large one goes over several groups.
struct DeadLetterRequest {
    enum class Action { redrive, purge };

    Action action = Action::redrive;
    WallTime now;
    DeadLetterRun run;
    DeadLetterRun before;  // the transaction that is open
    bool is_started = false;
    Waiter<std::uint64_t> waiter;
};

// Starts a paced redrive, or ends one; the answer is its id.
struct PacedRedriveRequest {
    std::optional<std::int64_t> cancelled_id;
    DeadLetterFilter filter;
    std::uint64_t letters_per_second = 0;
    WallTime now;
    Waiter<std::int64_t> waiter;
};

struct ClaimCall {
    ClaimRequest request;
    Waiter<ClaimResult> waiter;
};

struct RedeliverRequest {
    std::string event_id;
    std::string bus_arn;
    LaneId lane = 0;
    WallTime now;
    Waiter<Redelivery> waiter;
};

// Which of these its process holds.
struct HeldCall {
    std::vector<DeliveryId> ids;
    Waiter<std::vector<char>> waiter;
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
    std::vector<ArchiveRequest> archives;
    std::vector<OnceRequest> onces;
    std::vector<DeadLetterRequest> dead_letters;
    std::vector<PacedRedriveRequest> paced;
    std::vector<RedeliverRequest> redeliveries;
    std::vector<ClaimCall> claims;
    std::vector<HeldCall> held;
    std::vector<FlushRequest> flushes;
    std::vector<BackupRequest> backups;
    std::vector<Outcome> outcomes;
    std::vector<DeliveryId> releases;
    bool closing = false;
};

}  // namespace eventbus
