#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/journal/catalog_store.hpp"
#include "eventbus/journal/dead_letters.hpp"
#include "eventbus/journal/event_history.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventbus {

// How a delivery went on, to be written down.
struct Outcome {
    enum class Kind { delivered, retry, dead_letter };

    Kind kind = Kind::delivered;
    DeliveryId id;
    int attempts = 0;                       // made so far, this one included
    WallTime next_attempt_at;               // Kind::retry
    std::string error_code;                 // Kind::retry: kept for whoever looks at the backlog
    std::optional<DeadLetter> dead_letter;  // Kind::dead_letter; its id is given by the journal
    std::optional<Attempt> attempt;         // for the attempt log, in the same transaction
    std::vector<NewEvent> follow_ups;       // appended in the same transaction as this outcome
};

// An event that was not written, because another one had its deduplication key.
struct Repeat {
    std::size_t index = 0;  // among the events of the call
    std::string first_id;   // the id of the event that was written
    bool is_same = false;   // false: the content differs
};

struct ClaimRequest {
    std::string owner;  // the claiming process
    LaneId lane = 0;
    WallTime now;
    Millis lease{60'000};  // after which another process may claim the same deliveries
    std::size_t limit = 0;
};

struct ClaimResult {
    std::vector<Delivery> deliveries;  // due, in order of due time
    std::optional<WallTime>
        next_due_at;  // the earliest owed and unclaimed delivery left, due or not; nullopt: none
};

struct LaneBacklog {
    LaneId lane = 0;
    std::uint64_t owed = 0;
    WallTime next_due_at;
    WallTime oldest_accepted_at;
};

struct JournalStatus {
    std::uint64_t backlog = 0;                   // owed deliveries
    std::optional<WallTime> oldest_accepted_at;  // of the events with an owed delivery
    std::uint64_t dead_letters = 0;
    std::uint64_t appends = 0;  // calls of append() and append_once() since the start
    bool writable = true;       // false while writes fail: appends are refused until one succeeds
    // A write failed in a way after which the store cannot be trusted (a failed fsync, damage):
    // everything is refused, and only a restart helps.
    bool failed_for_good = false;
    std::string failure;  // why
};

// When an append is written.
enum class Urgency {
    at_once,
    with_others,  // in the transaction of somebody else, or alone when none comes soon
};

// Hears of deliveries the moment they are committed, so that the common case needs no read. What it
// is handed counts as claimed by the journal's own process; what it does not want it must release.
class DeliveryListener {
public:
    virtual ~DeliveryListener() = default;
    // On the journal's thread, in order of commit; must return at once.
    virtual void on_committed(std::vector<Delivery> deliveries) = 0;
};

// The durable log: events, the deliveries that they owe, dead letters. Everything durable goes
// through here or through CatalogStore. Free of any storage engine's terms. All functions are safe
// from any thread; awaitables resume on the caller's executor. Failures: Errc::unavailable
// (overloaded: code "ThrottlingException"; not writable: "ServiceUnavailableException").
class Journal {
public:
    virtual ~Journal() = default;

    // Why an append would be refused now, counted and logged as refused: for whoever can spare
    // itself the work that goes before an append. Cheap, and no promise: append() asks again.
    [[nodiscard]] virtual Result<void> admit() = 0;

    // Writes events and what they owe in one transaction, together with whoever else waits (group
    // commit). Returns once it is on stable storage; an error means that nothing of this call was
    // written.
    virtual boost::asio::awaitable<Result<void>> append(std::vector<NewEvent> events) = 0;

    // The same for events of which some may be repeats: of each deduplication key, within its time,
    // only the first event is written. Returns the others. With `all_or_nothing`, one whose content
    // differs from the first one's keeps everything from being written.
    virtual boost::asio::awaitable<Result<std::vector<Repeat>>> append_once(
        std::vector<NewEvent> events,
        bool all_or_nothing) = 0;

    // As append(), together with changes of the CatalogStore, all in one transaction: for events
    // that are the next step of something which must neither lose nor repeat one, such as a
    // schedule or a replay.
    virtual boost::asio::awaitable<Result<void>> append_with(
        std::vector<NewEvent> events,
        std::vector<CatalogChange> changes,
        Urgency urgency) = 0;

    // Notes outcomes; they are written with the next group, at the latest after a few milliseconds.
    // Their deliveries stop being claimed when that has happened.
    virtual void record(std::vector<Outcome> outcomes) = 0;

    // Returns once everything recorded before is on stable storage.
    virtual boost::asio::awaitable<Result<void>> flush() = 0;

    // The lane of a target; makes it if it is new.
    virtual boost::asio::awaitable<Result<LaneId>> lane(
        std::string rule_arn,
        std::string target_id) = 0;

    // Every lane that owes something, for the start.
    virtual boost::asio::awaitable<Result<std::vector<LaneBacklog>>> backlog() = 0;

    // Takes due deliveries that nobody holds. A restarted process holds nothing: all leases of its
    // owner are void. What is damaged in the store is among them, marked as such, so that whoever
    // makes dead letters makes one of it.
    virtual boost::asio::awaitable<Result<ClaimResult>> claim(ClaimRequest request) = 0;

    // Gives claimed deliveries back untouched.
    virtual void release(std::vector<DeliveryId> ids) = 0;

    // At most one listener; set before the first append, outlives the journal's last commit.
    virtual void set_listener(DeliveryListener* listener) = 0;

    // Dead letters in order of id, from `after` (exclusive) on.
    virtual boost::asio::awaitable<Result<std::vector<DeadLetter>>>
    dead_letters(DeadLetterFilter filter, std::int64_t after, std::size_t limit) = 0;

    // Turns dead letters into owed deliveries again, due at `now`, with fresh attempts; the event
    // keeps its id and counts as accepted now, so that its retry policy starts anew. Returns how
    // many. The listener hears of them like of new ones.
    virtual boost::asio::awaitable<Result<std::uint64_t>> redrive(
        DeadLetterFilter filter,
        WallTime now) = 0;

    // The same, `letters_per_second` at a time: returns its id at once.
    virtual boost::asio::awaitable<Result<std::int64_t>> start_paced_redrive(
        DeadLetterFilter filter,
        std::uint64_t letters_per_second,
        WallTime now) = 0;
    // Those that are not done, oldest first.
    virtual boost::asio::awaitable<Result<std::vector<PacedRedrive>>> paced_redrives() = 0;
    // Errc::not_found if it is done or never was.
    virtual boost::asio::awaitable<Result<void>> cancel_paced_redrive(std::int64_t id) = 0;

    // Forgets dead letters. Returns how many.
    virtual boost::asio::awaitable<Result<std::uint64_t>> purge_dead_letters(
        DeadLetterFilter filter) = 0;

    virtual boost::asio::awaitable<Result<std::uint64_t>> count_dead_letters(
        DeadLetterFilter filter) = 0;

    // The largest groups, largest first.
    virtual boost::asio::awaitable<Result<std::vector<DeadLetterGroup>>> group_dead_letters(
        DeadLetterFilter filter) = 0;

    // Errc::not_found if there is none of that id.
    virtual boost::asio::awaitable<Result<DeadLetterRecord>> dead_letter(std::int64_t id) = 0;

    // What became of an event, as far as the history goes back.
    virtual boost::asio::awaitable<Result<EventRecord>> find_event(std::string event_id) = 0;

    // Events from `before` (exclusive) on, newest first. May return fewer than `limit` though there
    // are more, as one call looks at a bounded number of them.
    virtual boost::asio::awaitable<Result<EventPage>>
    events(EventFilter filter, std::optional<std::int64_t> before, std::size_t limit) = 0;

    // Makes an event that is on `bus_arn` owe a delivery to the lane now, whether or not it has
    // owed or made it before. Errc::not_found if the history does not have the event on that bus;
    // Errc::conflict if it is damaged in the store: then what it owes the lane is due now, to
    // become a dead letter.
    virtual boost::asio::awaitable<Result<Redelivery>>
    redeliver(std::string event_id, std::string bus_arn, LaneId lane, WallTime now) = 0;

    virtual JournalStatus status() const = 0;
};

}  // namespace eventbus
