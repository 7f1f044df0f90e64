#include "replay_book.hpp"

#include "service_error.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eventbus::bus {

namespace {

constexpr std::chrono::days kEndedKept{90};

Error invalid(std::string_view parameter, std::string_view reason) {
    return service_error::validation(
        "Parameter " + std::string(parameter) + " is not valid. Reason: " + std::string(reason));
}

Replay ended(Replay replay, ReplayState state, std::string reason, WallTime now) {
    replay.state = state;
    replay.state_reason = std::move(reason);
    replay.ended_at = now;
    return replay;
}

std::string last_part(std::string_view arn) {
    return std::string(arn.substr(arn.rfind('/') + 1));
}

// The archive that is to be replayed; nothing that is wrong with the request is left after it.
Result<std::shared_ptr<const LiveArchive>>
check_replay(const CatalogSnapshot& catalog, const Namespace& caller, const Replay& wanted) {
    const auto bus_name = event_bus_name_of(wanted.destination_arn);
    if (!bus_name) {
        return invalid("Destination.Arn", "Must contain an event bus ARN.");
    }
    const bool is_ours = wanted.destination_arn == event_bus_arn(caller, *bus_name);
    if (!is_ours ||
        (*bus_name != kDefaultBusName && catalog.find_bus(wanted.destination_arn) == nullptr)) {
        return service_error::no_such_bus(*bus_name);
    }
    const auto name = archive_name_of(wanted.event_source_arn);
    auto archive = name && wanted.event_source_arn == archive_arn(caller, *name)
                       ? catalog.find_archive(wanted.event_source_arn)
                       : nullptr;
    if (archive == nullptr) {
        return invalid(
            "EventSourceArn",
            "Archive " + name.value_or(last_part(wanted.event_source_arn)) + " does not exist.");
    }
    if (archive->archive.event_source_arn != wanted.destination_arn) {
        return invalid("Destination.Arn", "Cross event bus replay is not permitted.");
    }
    if (wanted.event_start_time >= wanted.event_end_time) {
        return invalid("EventEndTime", "EventStartTime must be before EventEndTime.");
    }
    return archive;
}

}  // namespace

Result<Replay> replay_to_start(
    const ReplaysByArn& replays,
    const CatalogSnapshot& catalog,
    const Namespace& caller,
    Replay wanted,
    std::int64_t last_seq,
    std::size_t active_max,
    WallTime now) {
    const auto archive = check_replay(catalog, caller, wanted);
    if (!archive) {
        return archive.error();
    }
    wanted.arn = replay_arn(caller, wanted.name);
    if (replays.contains(wanted.arn)) {
        return service_error::replay_exists(wanted.name);
    }
    const auto of_caller = replay_arn(caller, "");
    const auto active = std::ranges::count_if(replays, [&](const auto& entry) {
        return entry.second->is_active() && entry.first.starts_with(of_caller);
    });
    if (static_cast<std::size_t>(active) >= active_max) {
        return service_error::limit_exceeded();
    }
    wanted.state = ReplayState::starting;
    wanted.started_at = now;
    wanted.archive = (*archive)->id;
    wanted.last_seq = last_seq;
    wanted.position_time = wanted.event_start_time;
    return wanted;
}

Result<Replay>
replay_to_cancel(const ReplaysByArn& replays, const Namespace& caller, const std::string& name) {
    const auto found = replays.find(replay_arn(caller, name));
    if (found == replays.end()) {
        return service_error::no_such_replay(name);
    }
    Replay replay = *found->second;
    if (replay.state != ReplayState::starting && replay.state != ReplayState::running) {
        return service_error::illegal_replay_status(name);
    }
    replay.state = ReplayState::cancelling;
    return replay;
}

std::optional<Replay>
next_state(const Replay& replay, const CatalogSnapshot& catalog, WallTime now) {
    if (replay.state == ReplayState::cancelling) {
        return ended(replay, ReplayState::cancelled, "", now);
    }
    const auto archive = catalog.find_archive(replay.event_source_arn);
    if (archive == nullptr || archive->id != replay.archive) {
        const auto name = last_part(replay.event_source_arn);
        return ended(replay, ReplayState::cancelled, "Archive " + name + " was deleted.", now);
    }
    if (catalog.find_bus(replay.destination_arn) == nullptr) {
        const auto name = event_bus_name_of(replay.destination_arn).value_or("");
        return ended(replay, ReplayState::failed, "Event bus " + name + " does not exist.", now);
    }
    if (replay.state == ReplayState::starting) {
        Replay running = replay;
        running.state = ReplayState::running;
        return running;
    }
    return std::nullopt;
}

ArchiveRead next_page(const Replay& replay, const ReplayPage& page) {
    ArchiveRead read;
    read.archive = replay.archive;
    read.after = {replay.position_time, replay.position_seq};
    read.until = replay.event_end_time;
    read.last_seq = replay.last_seq;
    read.events_max = page.events;
    read.bytes_max = page.bytes;
    return read;
}

Replay advanced(Replay replay, const std::vector<ArchivedEvent>& page, WallTime now) {
    if (page.empty()) {
        return ended(std::move(replay), ReplayState::completed, "", now);
    }
    const auto& [time, seq] = page.back().position;
    replay.position_time = time;
    replay.position_seq = seq;
    replay.last_replayed = time;
    replay.events += page.size();
    return replay;
}

std::vector<std::string> forgotten(const ReplaysByArn& replays, WallTime now) {
    std::vector<std::string> arns;
    for (const auto& [arn, replay] : replays) {
        if (replay->ended_at && *replay->ended_at + kEndedKept <= now) {
            arns.push_back(arn);
        }
    }
    return arns;
}

}  // namespace eventbus::bus
