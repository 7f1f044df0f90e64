#pragma once

#include "delivery_machine.hpp"
#include "events.hpp"
#include "lane.hpp"
#include "support/fake_clock.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace eventbus::test {

// One lane with everything that decides in it, on a clock that is moved from one thing that happens
// to the next: hours pass in milliseconds, and a seed makes every run the same. The journal is a
// map by due time; a target is a function.
class LaneSimulation {
public:
    struct Answer {
        AttemptResult result;
        Millis takes{20};
    };

    using TargetModel = std::function<Answer(WallTime now, std::mt19937_64& random)>;

    struct Totals {
        std::uint64_t accepted = 0;
        std::uint64_t delivered = 0;
        std::uint64_t refused = 0;       // dead letters that no limit ended
        std::uint64_t out_of_tries = 0;  // dead letters by the number of attempts
        std::uint64_t out_of_time = 0;   // dead letters by age
        std::uint64_t ended_twice = 0;
        std::uint64_t attempts = 0;       // as the target counts them
        std::uint64_t attempts_told = 0;  // as the ended deliveries do
        std::uint64_t put_off = 0;
        std::size_t calls_at_once = 0;
        std::size_t retries_at_once = 0;
    };

    LaneSimulation(std::uint64_t seed, std::size_t concurrency, TargetModel target)
        : random_(seed), concurrency_(concurrency), target_(std::move(target)) {}

    WallTime now() const { return clock_.now(); }

    const Totals& totals() const { return totals_; }

    std::uint64_t ended() const {
        return totals_.delivered + totals_.refused + totals_.out_of_tries + totals_.out_of_time;
    }

    std::size_t calls() const { return flights_.size(); }

    // Accepts that many events, one every `apart`, and goes on until `until`, or until nothing is
    // owed any more.
    void run(std::uint64_t events, Millis apart, WallTime until) {
        std::uint64_t left = events;
        WallTime next_arrival = now();
        while (now() < until && (left > 0 || ended() < totals_.accepted)) {
            for (; left > 0 && next_arrival <= now(); --left, next_arrival += apart) {
                accept(next_arrival);
            }
            settle();
            WallTime next = until;
            if (left > 0) {
                next = std::min(next, next_arrival);
            }
            clock_.advance(std::min(next, next_event()) - now());
            land();
        }
    }

    RetryPolicy policy;
    RetrySchedule schedule;
    BreakerOptions breaker;

private:
    struct Stored {
        WallTime accepted_at;
        int attempts = 0;
        bool is_over = false;
    };

    struct Flight {
        WallTime ends_at;
        std::uint64_t number = 0;
        std::int64_t event = 0;
        Lane::Turn turn = Lane::Turn::none;
        CircuitBreaker::Ticket ticket = 0;
        AttemptResult result;
        std::shared_ptr<DeliveryMachine> machine;
        std::optional<DeliveryDecision> ended;  // before it was sent

        bool operator>(const Flight& other) const {
            return std::pair(ends_at, number) > std::pair(other.ends_at, other.number);
        }
    };

    void accept(WallTime at) {
        const auto id = static_cast<std::int64_t>(stored_.size());
        stored_.push_back({at, 0, false});
        ++totals_.accepted;
        auto delivery = load(id, at);
        if (!lane_.offer(delivery)) {
            journal_.emplace(at, id);
        }
    }

    Delivery load(std::int64_t id, WallTime due_at) const {
        auto event = std::make_shared<Event>();
        event->accepted_at = stored_[static_cast<std::size_t>(id)].accepted_at;
        return {{id, 7}, event, due_at, stored_[static_cast<std::size_t>(id)].attempts};
    }

    // Claims and starts what may be claimed and started now.
    void settle() {
        start();
        while (lane_.wants_claim(now())) {
            claim();
            start();
        }
    }

    void claim() {
        const WallTime as_of = lane_.claim_time(now());
        const std::size_t limit = lane_.claim_max();
        lane_.begin_claim(limit);
        ClaimResult result;
        while (!journal_.empty() && journal_.begin()->first <= as_of &&
               result.deliveries.size() < limit) {
            result.deliveries.push_back(load(journal_.begin()->second, journal_.begin()->first));
            journal_.erase(journal_.begin());
        }
        if (!journal_.empty()) {
            result.next_due_at = journal_.begin()->first;
        }
        for (const auto& delivery : lane_.end_claim(result)) {
            ++totals_.put_off;
            wait(
                delivery.id.event,
                now() + std::max<Millis>(
                            schedule.delay(delivery.attempts, random_()),
                            std::chrono::seconds{1}));
        }
    }

    void wait(std::int64_t event, WallTime due_at) {
        journal_.emplace(due_at, event);
        lane_.note_waiting(due_at);
    }

    void start() {
        while (true) {
            const auto steady = clock_.steady_now();
            const auto most = std::min(concurrency_, lane_.breaker.calls_max(steady));
            const auto turn = lane_.next_turn(most, now());
            if (turn == Lane::Turn::none) {
                return;
            }
            Flight flight;
            flight.turn = turn;
            flight.ticket = lane_.breaker.start(steady);
            const auto taken = lane_.take(turn, 1);
            flight.event = taken.front().id.event;
            launch(std::move(flight));
        }
    }

    void launch(Flight flight) {
        const Stored& stored = stored_[static_cast<std::size_t>(flight.event)];
        flight.number = ++flights_started_;
        flight.ends_at = now();
        flight.machine = std::make_shared<DeliveryMachine>(policy, schedule, stored.attempts);
        flight.ended = flight.machine->start(now() - stored.accepted_at);
        if (!flight.ended) {
            flight.machine->note_sent();
            auto answer = target_(now(), random_);
            ++totals_.attempts;
            flight.ends_at = now() + answer.takes;
            flight.result = std::move(answer.result);
        }
        retries_ += flight.turn == Lane::Turn::retries ? 1 : 0;
        flights_.push(std::move(flight));
        totals_.calls_at_once = std::max(totals_.calls_at_once, flights_.size());
        totals_.retries_at_once = std::max(totals_.retries_at_once, retries_);
    }

    // Ends the calls whose time is over.
    void land() {
        while (!flights_.empty() && flights_.top().ends_at <= now()) {
            const Flight flight = flights_.top();
            flights_.pop();
            retries_ -= flight.turn == Lane::Turn::retries ? 1 : 0;
            lane_.finish(flight.turn, 1);
            using Verdict = CircuitBreaker::Verdict;
            const bool is_failing = flight.result.verdict == AttemptResult::Verdict::retriable;
            lane_.breaker.finish(
                flight.ticket,
                flight.ended ? Verdict::nothing
                : is_failing ? Verdict::failing
                             : Verdict::alive,
                breaker,
                clock_.steady_now(),
                random_());
            decide(flight);
        }
    }

    void decide(const Flight& flight) {
        Stored& stored = stored_[static_cast<std::size_t>(flight.event)];
        const Millis age = now() - stored.accepted_at;
        const auto decision = flight.ended
                                  ? *flight.ended
                                  : flight.machine->finish(flight.result, age, now(), random_());
        stored.attempts = flight.machine->attempts();
        if (decision.kind == DeliveryDecision::Kind::retry) {
            wait(flight.event, decision.next_attempt_at);
            return;
        }
        totals_.ended_twice += std::exchange(stored.is_over, true) ? 1 : 0;
        totals_.attempts_told += static_cast<std::uint64_t>(stored.attempts);
        if (decision.kind == DeliveryDecision::Kind::delivered) {
            ++totals_.delivered;
        } else if (decision.exhausted_retry_condition == kAttemptsLimit) {
            ++totals_.out_of_tries;
        } else if (decision.exhausted_retry_condition == kAgeLimit) {
            ++totals_.out_of_time;
        } else {
            ++totals_.refused;
        }
    }

    // When something happens next by itself.
    WallTime next_event() const {
        WallTime next = WallTime::max();
        if (!flights_.empty()) {
            next = flights_.top().ends_at;
        }
        if (const auto due = lane_.next_due_at(); due && *due > now()) {
            next = std::min(next, *due);
        }
        if (const auto probe = lane_.breaker.next_probe_at(); probe && lane_.has_ready()) {
            const auto wait = std::chrono::ceil<Millis>(*probe - clock_.steady_now());
            next = std::min(next, now() + std::max(wait, Millis::zero()));
        }
        return next;
    }

    test::FakeClock clock_;
    std::mt19937_64 random_;
    const std::size_t concurrency_;
    const TargetModel target_;
    Lane lane_{7, 256};
    std::vector<Stored> stored_;
    std::set<std::pair<WallTime, std::int64_t>> journal_;
    std::priority_queue<Flight, std::vector<Flight>, std::greater<>> flights_;
    std::uint64_t flights_started_ = 0;
    std::size_t retries_ = 0;
    Totals totals_;
};

}  // namespace eventbus::test
