#include "group_commit.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"

#include "event_row.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace eventbus {
namespace {

// A redrive or a purge shares the writer with everybody else.
constexpr std::size_t kRedriveSliceLetters = 512;
constexpr std::size_t kRedriveSliceBytes = 1024 * 1024;
constexpr std::size_t kRedriveReadLetters = 32;

Error damaged(const RedeliverRequest& request, const std::string& consequence) {
    return Error(
        Errc::conflict,
        "The event " + request.event_id + " on " + request.bus_arn + " is damaged in the store; " +
            consequence + ".");
}

}  // namespace

void GroupCommit::begin(bool announce) {
    announce_ = announce;
    counters_before_ = tables_.counters();
    events_appended_ = 0;
    announced_.clear();
    settled_.clear();
    buried_.clear();
}

std::size_t GroupCommit::append_one(
    const EventPtr& event,
    const std::vector<LaneId>& owed,
    WallTime due_at,
    const std::vector<OrderingKey>& keys) {
    const std::int64_t seq = tables_.insert_event(*event);
    const std::size_t bytes = stored_bytes(*event);
    ++events_appended_;
    if (owed.empty()) {
        tables_.counters().history_bytes += static_cast<std::int64_t>(bytes);
    }
    for (const LaneId lane : owed) {
        const DeliveryId id{seq, lane};
        const auto key = std::ranges::find(keys, lane, &OrderingKey::lane);
        const bool has_to_wait = key != keys.end() && key_order_.append(id, key->key);
        const bool is_announced = announce_ && !has_to_wait;
        const bool is_indexed = !is_announced || unindexed_.is_for_the_index(lane);
        tables_.insert_delivery(id, has_to_wait ? kNeverDue : due_at, is_indexed);
        if (is_announced) {
            const auto unindexed_due_at = is_indexed ? std::nullopt : std::optional(due_at);
            claims_.take(
                id,
                {static_cast<std::int64_t>(bytes), owed.size() == 1, unindexed_due_at});
            announced_.push_back(Delivery{id, event, due_at, 0});
        }
    }
    return bytes;
}

void GroupCommit::append(const NewEvent& added) {
    append_one(added.event, added.owed, added.event->accepted_at, added.keys);
    if (!added.archived.archives.empty()) {
        archives_.add(tables_.counters().last_seq, *added.event, added.archived);
    }
}

void GroupCommit::append(const std::vector<NewEvent>& events) {
    for (const NewEvent& added : events) {
        append(added);
    }
}

ArchiveId GroupCommit::apply(const ArchiveRequest& request) {
    apply(request.changes);
    if (request.keep) {
        return archives_.put(request.arn, *request.keep);
    }
    archives_.remove(request.arn);
    return 0;
}

LaneId GroupCommit::lane(const LaneRequest& request) {
    const auto known = tables_.find_lane(request.rule_arn, request.target_id);
    if (known) {
        return *known;
    }
    const LaneId made = tables_.insert_lane(request.rule_arn, request.target_id);
    fault_point("journal.lane-made");
    return made;
}

void GroupCommit::apply(const std::vector<CatalogChange>& changes) {
    for (const CatalogChange& change : changes) {
        tables_.apply(change);
    }
    fault_point("journal.catalog-applied");
}

// The delivery is no longer owed. If it was the event's last one, the event becomes history.
void GroupCommit::settle(const Outcome& outcome) {
    const Lease* lease = claims_.find(outcome.id);
    const bool was_last =
        (lease != nullptr && lease->is_only_delivery) || !tables_.owes_anything(outcome.id.event);
    if (was_last) {
        tables_.counters().history_bytes +=
            lease != nullptr ? lease->event_bytes : tables_.event_bytes(outcome.id.event);
    }
}

void GroupCommit::apply(const Outcome& outcome) {
    settled_.push_back(outcome.id);
    if (!claims_.holds(outcome.id)) {
        unindexed_.take(outcome.id);
    }
    if (outcome.kind == Outcome::Kind::retry) {
        if (!tables_.reschedule(outcome)) {
            return;
        }
    } else {
        // An outcome that was told twice finds nothing, and so its follow-ups are not doubled.
        if (!tables_.delete_delivery(outcome.id)) {
            return;
        }
        settle(outcome);
    }
    if (outcome.attempt) {
        tables_.counters().history_bytes += attempts_.add(outcome.id, *outcome.attempt);
    }
    if (outcome.kind == Outcome::Kind::dead_letter) {
        bury(outcome);
    }
    if (outcome.kind != Outcome::Kind::retry) {
        promote_after(outcome.id);
    }
    append(outcome.follow_ups);
    fault_point("journal.outcome-applied");
}

void GroupCommit::bury(const Outcome& outcome) {
    DeadLetter letter = outcome.dead_letter.value_or(DeadLetter{});
    letter.lane = outcome.id.lane;
    if (letter.rule_arn.empty()) {
        // Of a target that was removed while its deliveries were owed.
        std::tie(letter.rule_arn, letter.target_id) = tables_.lane_names(outcome.id.lane);
    }
    if (letter.event == nullptr) {
        StoredEvent stored = tables_.load_event(outcome.id.event);
        letter.event = std::move(stored.event);
        if (stored.is_damaged) {
            letter.error_code = kDamagedCode;  // or a redrive would deliver the remains
        }
    }
    if (letter.event == nullptr) {
        log::error(
            "dead letter lost: its event is not in the journal",
            {{"rule", letter.rule_arn}, {"target", letter.target_id}});
        return;
    }
    if (letter.error_code == kDamagedCode) {
        log::error(
            "an event is damaged in the store; its delivery becomes a dead letter",
            {{"event", letter.event->id},
             {"event_seq", outcome.id.event},
             {"rule", letter.rule_arn},
             {"target", letter.target_id}});
    }
    const std::int64_t id = tables_.insert_dead_letter(letter);
    attempts_.copy_to_dead_letter(outcome.id, id);
    key_order_.keep_key(outcome.id, id);
    buried_.push_back({letter.queue_arn, letter.error_code});
}

void GroupCommit::promote_after(DeliveryId ended) {
    const auto next = key_order_.end(ended);
    if (!next || !announce_) {
        return;
    }
    announce_owed(tables_.load(*next));
}

void GroupCommit::announce_owed(Delivery delivery) {
    const auto bytes = static_cast<std::int64_t>(stored_bytes(*delivery.event));
    claims_.take(delivery.id, {bytes, false, std::nullopt});
    announced_.push_back(std::move(delivery));
}

std::vector<Repeat> GroupCommit::append_once(const OnceRequest& request) {
    std::vector<Repeat> repeats;
    const auto repeat_of = [&](std::size_t index) -> std::optional<Repeat> {
        const NewEvent& added = request.events[index];
        if (added.deduplication == nullptr) {
            return std::nullopt;
        }
        const auto first = deduplication_.find(added.deduplication->key, added.event->accepted_at);
        if (!first) {
            return std::nullopt;
        }
        return Repeat{index, first->event_id, first->digest == added.deduplication->digest};
    };
    if (request.all_or_nothing) {
        for (std::size_t i = 0; i < request.events.size(); ++i) {
            if (auto repeat = repeat_of(i); repeat && !repeat->is_same) {
                repeats.push_back(std::move(*repeat));
                return repeats;
            }
        }
    }
    for (std::size_t i = 0; i < request.events.size(); ++i) {
        const NewEvent& added = request.events[i];
        if (auto repeat = repeat_of(i)) {
            repeats.push_back(std::move(*repeat));
            continue;
        }
        if (added.deduplication != nullptr) {
            deduplication_.insert(*added.deduplication, added.event->id);
        }
        append(added);
    }
    return repeats;
}

void GroupCommit::forget(const DeadLetter& letter) {
    tables_.delete_dead_letter(letter.id);
    attempts_.remove_of_dead_letter(letter.id);
}

// Calls `visit` with each letter; it returns the bytes that it has written.
template <class Visit>
bool GroupCommit::walk(DeadLetterRun& run, std::size_t letters_max, const Visit& visit) {
    std::size_t letters = 0;
    std::size_t bytes = 0;
    while (letters < letters_max && bytes < kRedriveSliceBytes) {
        const std::size_t wanted = std::min(kRedriveReadLetters, letters_max - letters);
        const auto found = dead_letters_.find(run.filter, {run.after, run.last}, wanted);
        for (const DeadLetter& letter : found) {
            bytes += visit(letter);
            run.after = letter.id;
        }
        letters += found.size();
        run.done += found.size();
        if (found.size() < wanted) {
            return true;
        }
    }
    return false;
}

bool GroupCommit::redrive(DeadLetterRun& run, WallTime now, std::size_t letters_max) {
    return walk(run, letters_max, [&](const DeadLetter& letter) {
        if (letter.error_code == kDamagedCode) {
            --run.done;  // which will count it: there is nothing left of it that could be delivered
            return std::size_t{0};
        }
        auto event = std::make_shared<Event>(*letter.event);
        event->accepted_at = now;
        std::vector<OrderingKey> keys;
        if (auto key = key_order_.key_of(letter.id)) {
            keys.push_back({letter.lane, std::move(*key)});
        }
        forget(letter);
        fault_point("journal.redrive");
        return append_one(event, {letter.lane}, now, keys);
    });
}

bool GroupCommit::advance(DeadLetterRequest& request) {
    request.before = request.run;
    if (!request.is_started) {
        request.is_started = true;
        request.run.last = tables_.last_dead_letter_id();
        request.before = request.run;
    }
    if (request.action == DeadLetterRequest::Action::redrive) {
        return redrive(request.run, request.now, kRedriveSliceLetters);
    }
    return walk(request.run, kRedriveSliceLetters, [&](const DeadLetter& letter) {
        forget(letter);
        return stored_bytes(*letter.event);
    });
}

std::uint64_t GroupCommit::expire(WallTime time, std::size_t letters_max) {
    const auto oldest = tables_.oldest_dead_letter();
    if (!oldest || oldest->dead_at >= time) {
        return 0;
    }
    // Ids follow the time of death, so that nothing beyond the slice needs a look.
    DeadLetterRun run;
    run.last = oldest->id + static_cast<std::int64_t>(letters_max);
    run.filter.to = time;
    walk(run, letters_max, [&](const DeadLetter& letter) {
        forget(letter);
        return stored_bytes(*letter.event);
    });
    return run.done;
}

Result<Redelivery> GroupCommit::redeliver(const RedeliverRequest& request) {
    if (const auto seq = tables_.find_owing(request.event_id, request.bus_arn, request.lane)) {
        const DeliveryId id{*seq, request.lane};
        if (claims_.holds(id)) {
            return Redelivery::in_flight;
        }
        auto delivery = tables_.load(id);
        const bool is_damaged = delivery.is_damaged;
        unindexed_.take(id);
        tables_.make_due(id, request.now);
        if (announce_) {
            announce_owed(std::move(delivery));
        }
        if (is_damaged) {
            return damaged(request, "its delivery becomes a dead letter with the code CORRUPT");
        }
        return Redelivery::brought_forward;
    }
    const StoredEvent found = tables_.find_event(request.event_id, request.bus_arn);
    if (found.event == nullptr) {
        return Error(
            Errc::not_found,
            "The history has no event " + request.event_id + " on " + request.bus_arn + ".");
    }
    if (found.is_damaged) {
        return damaged(request, "it was not sent");
    }
    auto event = std::make_shared<Event>(*found.event);
    event->accepted_at = request.now;
    append_one(event, {request.lane}, request.now);
    return Redelivery::sent_again;
}

void GroupCommit::end() {
    if (tables_.counters() != counters_before_) {
        tables_.save_counters();
    }
    archives_.end();
}

std::vector<Delivery> GroupCommit::committed() {
    for (const DeliveryId id : settled_) {
        claims_.drop(id);
    }
    settled_.clear();
    unindexed_.committed();
    archives_.committed(tables_.counters().last_seq);
    return std::exchange(announced_, {});
}

void GroupCommit::rolled_back() {
    for (const Delivery& delivery : announced_) {
        claims_.drop(delivery.id);
    }
    announced_.clear();
    settled_.clear();
    unindexed_.rolled_back();
    archives_.rolled_back();
    tables_.counters() = counters_before_;
}

}  // namespace eventbus
