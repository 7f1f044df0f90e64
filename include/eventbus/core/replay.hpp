#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/archive.hpp"
#include "eventbus/core/arn.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

enum class ReplayState { starting, running, cancelling, completed, cancelled, failed };

std::string_view to_string(ReplayState state);
std::optional<ReplayState> replay_state_from(std::string_view text);

// A run of a part of an archive into the archive's bus, and how far it has come.
struct Replay {
    std::string name;
    std::string arn;
    std::string description;
    std::string event_source_arn;          // the archive
    std::string destination_arn;           // the bus
    std::vector<std::string> filter_arns;  // rules; empty: all of the bus
    WallTime event_start_time;
    WallTime event_end_time;  // inclusive

    ReplayState state = ReplayState::starting;
    std::string state_reason;
    WallTime started_at;
    std::optional<WallTime> ended_at;
    std::optional<WallTime> last_replayed;  // time of the event that was replayed last
    std::uint64_t events = 0;               // replayed so far

    // The archive as it was when the replay was started, and how far it has been read.
    ArchiveId archive = 0;
    std::int64_t last_seq = 0;
    WallTime position_time;
    std::int64_t position_seq = 0;

    bool is_active() const {
        return state == ReplayState::starting || state == ReplayState::running ||
               state == ReplayState::cancelling;
    }
};

std::string replay_arn(const Namespace& ns, std::string_view name);

// The form in which the catalog keeps a replay.
std::string to_document(const Replay& replay);
[[nodiscard]] Result<Replay> replay_from_document(std::string_view document);

}  // namespace eventbus
