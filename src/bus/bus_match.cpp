#include "bus_match.hpp"

#include "eventbus/base/time_text.hpp"

#include "ordering_key.hpp"

#include <algorithm>

namespace eventbus::bus {

namespace {

// The ids that match, valid until this thread matches again; nullptr if the envelope is no JSON.
const std::vector<RuleId>*
find_ids(const LiveBus& bus, std::string_view envelope, TextOrigin origin) {
    thread_local MatchScratch scratch;
    thread_local std::vector<RuleId> matched;
    const auto done = origin == TextOrigin::journal
                          ? bus.index->match_trusted(envelope, scratch, matched)
                          : bus.index->match(envelope, scratch, matched);
    return done ? &matched : nullptr;
}

void add_rule(BusMatches& matches, const LiveRule& rule, std::string_view envelope) {
    ++matches.rules;
    // A lane belongs to one target of one rule, so none can come twice.
    for (const auto& target : rule.targets) {
        matches.owed.push_back(target->lane);
        if (const auto& path = target->target.ordering_key; !path.empty()) {
            if (auto key = ordering_key(envelope, path)) {
                matches.keys.push_back({target->lane, std::move(*key)});
            }
        }
    }
}

// Archives keep what came in from outside, and not what came out of an archive.
void settle_archives(ArchiveCopies& copies, std::string_view envelope) {
    if (copies.archives.empty()) {
        return;
    }
    const auto time = parse_time_rfc3339(find_envelope_text(envelope, "time").value_or(""));
    if (!time || find_envelope_text(envelope, "replay-name")) {
        copies.archives.clear();
        return;
    }
    copies.event_time = *time;
}

}  // namespace

BusMatches match_bus(const LiveBus& bus, std::string_view envelope, TextOrigin origin) {
    BusMatches matches;
    const auto* ids = find_ids(bus, envelope, origin);
    if (ids == nullptr) {
        matches.is_readable = false;
        return matches;
    }
    matches.archived.archives = bus.keep_all;
    for (const RuleId id : *ids) {
        if (const auto rule = bus.by_id.find(id)) {
            add_rule(matches, *rule, envelope);
        } else {
            matches.archived.archives.push_back(bus.archives_by_id.at(id));
        }
    }
    settle_archives(matches.archived, envelope);
    return matches;
}

BusMatches match_rules(
    const LiveBus& bus,
    std::string_view envelope,
    std::span<const std::string> only_rules) {
    BusMatches matches;
    const auto* ids = find_ids(bus, envelope, TextOrigin::journal);
    if (ids == nullptr) {
        matches.is_readable = false;
        return matches;
    }
    for (const RuleId id : *ids) {
        const auto rule = bus.by_id.find(id);
        if (rule && (only_rules.empty() ||
                     std::ranges::find(only_rules, rule->rule->arn) != only_rules.end())) {
            add_rule(matches, *rule, envelope);
        }
    }
    return matches;
}

ArchiveCopies match_archives(const LiveBus& bus, std::string_view envelope) {
    ArchiveCopies copies;
    copies.archives = bus.keep_all;
    if (!bus.archives_by_id.empty()) {
        if (const auto* ids = find_ids(bus, envelope, TextOrigin::journal)) {
            for (const RuleId id : *ids) {
                if (!bus.by_id.find(id)) {
                    copies.archives.push_back(bus.archives_by_id.at(id));
                }
            }
        }
    }
    settle_archives(copies, envelope);
    return copies;
}

}  // namespace eventbus::bus
