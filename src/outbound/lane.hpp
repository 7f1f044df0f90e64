#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/journal.hpp"

#include "circuit_breaker.hpp"
#include "lane_pace.hpp"
#include "lane_target.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// The queue of one target: which of its deliveries are in memory, what waits in the journal, and
// when to look there again. Decides only; the dispatcher acts. Owned by the dispatcher's strand.
//
//   journal ──claim──► ready ──take──► in flight ──► outcome (a retry waits in the journal,
//   unclaimed) commit ───offer──►   │
//                        └ never more than the window, with those in flight
//
// First attempts and retries wait apart: retries take no more than their share of the calls and
// half of the window, whatever has piled up.
class Lane {
public:
    Lane(LaneId lane_id, std::size_t window) : id_(lane_id), window_(window) {}

    LaneId id() const { return id_; }

    // Takes a delivery that has just been committed, unless there is no room or older ones wait in
    // the journal: then it is for the caller to release, and the lane will claim it in its turn.
    bool offer(Delivery& delivery);
    // The same without taking: the caller had no room.
    void decline();

    // What the next call may carry when that many may be in flight.
    enum class Turn { none, first_attempts, retries };
    Turn next_turn(std::size_t concurrency, WallTime now) const;

    // What one call carries of that kind, in order: a batch if the target wants batches, else at
    // most `count`. In flight until finish().
    std::vector<Delivery> take(Turn turn, std::size_t count);
    void finish(Turn turn, std::size_t count);

    std::size_t calls() const { return calls_; }

    // When a batch goes that is not full; nullopt: none has begun.
    std::optional<WallTime> batch_fires_at() const;

    // Room for that many at least: a batch must fit together with what comes behind it.
    void widen(std::size_t window) { window_ = std::max(window_, window); }

    // Gives up what is ready, for the caller to release.
    std::vector<DeliveryId> take_back();

    // One of the lane's deliveries waits in the journal until `due_at`, in a write that may not
    // have happened yet.
    void note_waiting(WallTime due_at);
    // What the journal owed for this lane before the start.
    void note_backlog(WallTime due_at);

    bool has_ready() const { return !first_.empty() || !again_.empty(); }

    // In memory.
    std::size_t held() const { return ready() + arrived_meanwhile_.size() + in_flight_; }

    // Whether to ask the journal now. A claim is worth its cost for half a window at least; the
    // other half stays open for what is committed meanwhile.
    bool wants_claim(WallTime now) const;

    std::size_t claim_max() const { return (window_ + 1) / 2; }

    // The claim has to wait for its turn among those of other lanes.
    void note_claim_queued() { is_claiming_ = true; }

    // No delivery is legitimately due after `latest`, and one that is so by a jump of the calendar
    // DueCalendar has seen to. It counts as due at `latest`, and the next claim looks as far ahead
    // as is needed to get it.
    void clamp_due(WallTime latest);

    // The time as of which to claim.
    WallTime claim_time(WallTime now) const { return std::max(now, claim_ahead_.value_or(now)); }

    // Between begin and end (or fail) the lane is claiming at most `limit`. `begin` says whether
    // the journal must be flushed first, because a delivery that the lane waits for may not have
    // been written as waiting yet, and a claim would not see it.
    bool begin_claim(std::size_t limit);
    // Returns the retries that are too many for their share of the window: they are to back off
    // once more.
    std::vector<Delivery> end_claim(ClaimResult& result);
    void fail_claim(WallTime try_again_at);

    bool is_claiming() const { return is_claiming_; }

    // When to look into the journal again, if nothing else happens.
    std::optional<WallTime> next_due_at() const { return next_due_at_; }

    // Nothing of it is in memory, waits or is under way.
    bool is_idle() const {
        return !has_ready() && calls_ == 0 && !is_claiming_ && !has_more_ && !next_due_at_;
    }

    LaneStatus status(const Clock& clock) const;

    // Of a target with an order, these have failed again: whether that says anything of the target.
    // The first of a failing key is tried again and again while the others wait behind it, and its
    // failures must not make the target count as down, which would hold back the other keys.
    bool is_news(const std::vector<DeliveryId>& failing);

    // The target is alive.
    void forget_failing() { failing_.clear(); }

    void note_error(std::string code, std::string message, WallTime at);

    // The dispatcher's own notes.
    LaneTargetPtr target;
    LanePace pace;
    CircuitBreaker breaker;
    bool is_queued = false;  // for a free call
    std::optional<SteadyTime> alarm_at;

private:
    std::size_t ready() const { return first_.size() + again_.size(); }

    const Batching* batching() const;
    bool has_turn(Turn turn, WallTime now) const;
    bool has_whole_batch(Turn turn, WallTime now) const;

    std::size_t room() const;
    void wait_until(WallTime due_at);
    void stop_claiming();

    const LaneId id_;
    std::size_t window_;
    std::deque<Delivery> first_;               // ready and never attempted
    std::deque<Delivery> again_;               // ready for a retry
    std::vector<Delivery> arrived_meanwhile_;  // while claiming: younger than what the claim brings
    std::size_t in_flight_ = 0;
    std::size_t calls_ = 0;  // that carry them
    std::size_t retry_calls_ = 0;
    bool took_retries_last_ = false;
    std::size_t reserved_ = 0;  // for what a claim may bring
    bool has_more_ = false;     // due ones in the journal
    bool is_claiming_ = false;
    bool has_unwritten_ = false;  // the journal was told something that a claim must see
    std::optional<WallTime> next_due_at_;
    std::optional<WallTime> claim_ahead_;
    std::vector<DeliveryId> failing_;  // since the last success, a few
    std::string last_error_code_;
    std::string last_error_message_;
    std::optional<WallTime> last_error_at_;
};

}  // namespace eventbus
