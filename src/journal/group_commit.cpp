#include "group_commit.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/log.hpp"

#include "event_row.hpp"

#include <utility>

namespace eventbus {
namespace {

// A redrive shares the writer with everybody else.
constexpr std::size_t kRedriveSliceLetters = 512;
constexpr std::size_t kRedriveSliceBytes = 1024 * 1024;
constexpr std::size_t kRedriveReadLetters = 32;

}  // namespace

void GroupCommit::begin(bool announce) {
    announce_ = announce;
    counters_before_ = tables_.counters();
    events_appended_ = 0;
    announced_.clear();
    settled_.clear();
}

std::size_t
GroupCommit::append_one(const EventPtr& event, const std::vector<LaneId>& owed, WallTime due_at) {
    const std::int64_t seq = tables_.insert_event(*event);
    const std::size_t bytes = stored_bytes(*event);
    ++events_appended_;
    if (owed.empty()) {
        tables_.counters().history_bytes += static_cast<std::int64_t>(bytes);
    }
    for (const LaneId lane : owed) {
        const DeliveryId id{seq, lane};
        tables_.insert_delivery(id, due_at);
        if (announce_) {
            claims_.take(id, {static_cast<std::int64_t>(bytes), owed.size() == 1});
            announced_.push_back(Delivery{id, event, due_at, 0});
        }
    }
    return bytes;
}

void GroupCommit::append(const std::vector<NewEvent>& events) {
    for (const NewEvent& added : events) {
        append_one(added.event, added.owed, added.event->accepted_at);
    }
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
    if (outcome.kind == Outcome::Kind::dead_letter) {
        DeadLetter letter = outcome.dead_letter.value_or(DeadLetter{});
        letter.lane = outcome.id.lane;
        if (letter.event == nullptr) {
            letter.event = tables_.load_event(outcome.id.event);
        }
        if (letter.event != nullptr) {
            tables_.insert_dead_letter(letter);
        } else {
            log::error(
                "dead letter lost: its event is not in the journal",
                {{"rule", letter.rule_arn}, {"target", letter.target_id}});
        }
    }
    append(outcome.follow_ups);
    fault_point("journal.outcome-applied");
}

bool GroupCommit::redrive(RedriveRequest& request) {
    if (request.last == 0) {
        request.last = tables_.last_dead_letter_id();
    }
    std::size_t letters_moved = 0;
    std::size_t bytes_moved = 0;
    while (letters_moved < kRedriveSliceLetters && bytes_moved < kRedriveSliceBytes) {
        const auto found =
            dead_letters_.find(request.filter, {request.after, request.last}, kRedriveReadLetters);
        for (const DeadLetter& letter : found) {
            auto event = std::make_shared<Event>(*letter.event);
            event->accepted_at = request.now;
            bytes_moved += append_one(event, {letter.lane}, request.now);
            tables_.delete_dead_letter(letter.id);
            fault_point("journal.redrive");
            request.after = letter.id;
        }
        letters_moved += found.size();
        request.done += found.size();
        if (found.size() < kRedriveReadLetters) {
            return true;
        }
    }
    return false;
}

void GroupCommit::end() {
    if (tables_.counters() != counters_before_) {
        tables_.save_counters();
    }
}

std::vector<Delivery> GroupCommit::committed() {
    for (const DeliveryId id : settled_) {
        claims_.drop(id);
    }
    settled_.clear();
    return std::exchange(announced_, {});
}

void GroupCommit::rolled_back() {
    for (const Delivery& delivery : announced_) {
        claims_.drop(delivery.id);
    }
    announced_.clear();
    settled_.clear();
    tables_.counters() = counters_before_;
}

}  // namespace eventbus
