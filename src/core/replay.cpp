#include "eventbus/core/replay.hpp"

#include "documents.hpp"

#include <array>
#include <utility>

namespace eventbus {

namespace {

using documents::get_text;
using documents::Json;
using documents::put_text;

constexpr std::array<std::pair<ReplayState, std::string_view>, 6> kStates{{
    {ReplayState::starting, "STARTING"},
    {ReplayState::running, "RUNNING"},
    {ReplayState::cancelling, "CANCELLING"},
    {ReplayState::completed, "COMPLETED"},
    {ReplayState::cancelled, "CANCELLED"},
    {ReplayState::failed, "FAILED"},
}};

std::int64_t millis(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime get_time(const Json& json, const char* key) {
    return WallTime(Millis(json.at(key).get<std::int64_t>()));
}

std::optional<WallTime> find_time(const Json& json, const char* key) {
    return json.contains(key) ? std::optional(get_time(json, key)) : std::nullopt;
}

Replay read_replay(const Json& json) {
    Replay replay;
    replay.name = json.at("Name").get<std::string>();
    replay.arn = json.at("Arn").get<std::string>();
    replay.description = get_text(json, "Description");
    replay.event_source_arn = json.at("EventSourceArn").get<std::string>();
    replay.destination_arn = json.at("DestinationArn").get<std::string>();
    replay.filter_arns = json.at("FilterArns").get<std::vector<std::string>>();
    replay.event_start_time = get_time(json, "EventStartMs");
    replay.event_end_time = get_time(json, "EventEndMs");
    replay.state = replay_state_from(get_text(json, "State")).value_or(ReplayState::failed);
    replay.state_reason = get_text(json, "StateReason");
    replay.started_at = get_time(json, "StartedAtMs");
    replay.ended_at = find_time(json, "EndedAtMs");
    replay.last_replayed = find_time(json, "LastReplayedMs");
    replay.events = json.at("Events").get<std::uint64_t>();
    replay.archive = json.at("Archive").get<ArchiveId>();
    replay.last_seq = json.at("LastSeq").get<std::int64_t>();
    replay.position_time = get_time(json, "PositionMs");
    replay.position_seq = json.at("PositionSeq").get<std::int64_t>();
    return replay;
}

}  // namespace

std::string_view to_string(ReplayState state) {
    for (const auto& [value, text] : kStates) {
        if (value == state) {
            return text;
        }
    }
    return "FAILED";
}

std::optional<ReplayState> replay_state_from(std::string_view text) {
    for (const auto& [value, name] : kStates) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

std::string replay_arn(const Namespace& ns, std::string_view name) {
    return "arn:aws:events:" + ns.region + ":" + ns.account + ":replay/" + std::string(name);
}

std::string to_document(const Replay& replay) {
    Json json;
    put_text(json, "Name", replay.name);
    put_text(json, "Arn", replay.arn);
    put_text(json, "Description", replay.description);
    put_text(json, "EventSourceArn", replay.event_source_arn);
    put_text(json, "DestinationArn", replay.destination_arn);
    json["FilterArns"] = replay.filter_arns;
    json["EventStartMs"] = millis(replay.event_start_time);
    json["EventEndMs"] = millis(replay.event_end_time);
    json["State"] = to_string(replay.state);
    put_text(json, "StateReason", replay.state_reason);
    json["StartedAtMs"] = millis(replay.started_at);
    if (replay.ended_at) {
        json["EndedAtMs"] = millis(*replay.ended_at);
    }
    if (replay.last_replayed) {
        json["LastReplayedMs"] = millis(*replay.last_replayed);
    }
    json["Events"] = replay.events;
    json["Archive"] = replay.archive;
    json["LastSeq"] = replay.last_seq;
    json["PositionMs"] = millis(replay.position_time);
    json["PositionSeq"] = replay.position_seq;
    return json.dump();
}

Result<Replay> replay_from_document(std::string_view document) {
    return documents::reading<Replay>("replay", [&] { return read_replay(Json::parse(document)); });
}

}  // namespace eventbus
