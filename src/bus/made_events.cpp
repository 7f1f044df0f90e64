#include "made_events.hpp"

#include "eventbus/base/ids.hpp"
#include "eventbus/base/log.hpp"

#include "bus_match.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace eventbus::bus {

namespace {

// nullopt, and a line in the log, if nothing can be sent of it.
std::optional<NewEvent> replayed_event(
    const ArchivedEvent& archived,
    const Replay& replay,
    const LiveBus* bus,
    WallTime now) {
    if (archived.is_damaged) {
        log::error(
            "an archived event is damaged in the store and is not replayed",
            {{"replay", replay.arn}, {"event", archived.event->id}});
        return std::nullopt;
    }
    auto event = std::make_shared<Event>(*archived.event);
    event->id = make_ordered_uuid(now);
    event->accepted_at = now;
    auto envelope = replayed_envelope(archived.event->envelope, event->id, replay.name);
    BusMatches matches;
    if (envelope && bus != nullptr) {
        event->envelope = std::move(*envelope);
        matches = match_rules(*bus, event->envelope, replay.filter_arns);
    }
    if (!envelope || !matches.is_readable) {
        log::error(
            "an archived event cannot be read and is not replayed",
            {{"replay", replay.arn}, {"event", archived.event->id}});
        return std::nullopt;
    }
    NewEvent added;
    added.event = std::move(event);
    added.owed = std::move(matches.owed);
    return added;
}

}  // namespace

NewEvent
scheduled_event(const CatalogSnapshot& catalog, const LiveRule& live, WallTime due, WallTime now) {
    const Rule& rule = *live.rule;
    auto event = std::make_shared<Event>();
    event->id = make_ordered_uuid(now);
    event->bus_arn = rule.bus_arn;
    event->accepted_at = now;
    event->visited_buses = {rule.bus_arn};

    const auto bus_arn = parse_arn(rule.bus_arn).value_or(Arn());
    const std::array<std::string, 1> resources{rule.arn};
    EnvelopeFields fields;
    fields.id = event->id;
    fields.detail_type = "Scheduled Event";
    fields.source = "aws.events";
    fields.account = bus_arn.account;
    fields.time = due;
    fields.region = bus_arn.region;
    fields.resources = resources;
    fields.detail = "{}";
    event->envelope = write_envelope(fields);

    NewEvent made;
    for (const auto& target : live.targets) {
        made.owed.push_back(target->lane);
    }
    if (const auto* bus = catalog.find_bus(rule.bus_arn)) {
        made.archived = match_archives(*bus, event->envelope);
    }
    made.event = std::move(event);
    return made;
}

ReplayedEvents replayed_events(
    const CatalogSnapshot& catalog,
    const Replay& replay,
    const std::vector<ArchivedEvent>& page,
    std::size_t deliveries_max,
    WallTime now) {
    ReplayedEvents replayed;
    replayed.events.reserve(page.size());
    std::size_t deliveries = 0;
    const auto* bus = catalog.find_bus(replay.destination_arn);
    for (const auto& archived : page) {
        if (deliveries >= deliveries_max) {
            break;
        }
        ++replayed.taken;
        if (auto event = replayed_event(archived, replay, bus, now)) {
            deliveries += event->owed.size();
            replayed.events.push_back(std::move(*event));
        }
    }
    return replayed;
}

}  // namespace eventbus::bus
