#include "attempt.hpp"

#include "eventbus/base/fault_point.hpp"
#include "eventbus/base/ids.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/base/time_text.hpp"

#include "delivery_machine.hpp"
#include "http_verdict.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace eventbus {
namespace {

constexpr std::uint64_t kLinesPerSecond = 20;
constexpr unsigned kGone = 410;
constexpr std::string_view kIdPrefix = "msg_";

using Seconds = std::chrono::duration<double>;

// The same for every attempt of a delivery; without '.', which Standard Webhooks reserve for the
// text that is signed.
std::string webhook_id(const Delivery& delivery) {
    std::string id(kIdPrefix);
    id += delivery.event->id + '_' + std::to_string(delivery.id.lane);
    const auto is_safe = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-';
    };
    std::ranges::replace_if(
        id,
        [&](char c) { return !is_safe(c); },
        '-');
    return id;
}

// A delivery's way through one call.
struct Passage {
    DeliveryMachine machine;
    AttemptResult result;
    bool is_sent = false;                     // false: it failed before there was anything to send
    std::optional<DeliveryDecision> decided;  // before it could even fail
};

// When a call was made, for everything that it carried.
struct CallTimes {
    WallTime started_at;
    Millis duration{0};
};

// How old the event is, as far as its age limit is concerned: time in which its target was paused
// does not count.
Millis
age_of(AttemptContext& context, const LaneTarget& target, const Delivery& delivery, WallTime now) {
    const WallTime accepted_at = delivery.event->accepted_at;
    const Millis age = context.event_age.age_of(accepted_at, now, context.clock.steady_now());
    return target.bound == nullptr ? age : age - paused_time(target.bound->state, accepted_at, now);
}

// The same where all that matters is whether it is too old: by the calendar an event is at least as
// old as it is, so nearly all need no closer look.
Millis age_at_start(
    AttemptContext& context,
    const LaneTarget& target,
    const Delivery& delivery,
    WallTime now) {
    const Millis at_most = now - delivery.event->accepted_at;
    return is_too_old(target.retry_policy, at_most) ? age_of(context, target, delivery, now)
                                                    : at_most;
}

AttemptResult too_old() {
    return permanent_failure(
        "TIMEOUT",
        "The event outlived its MaximumEventAgeInSeconds while it waited for the target.");
}

AttemptResult damaged() {
    return permanent_failure(
        kDamagedCode,
        "The event is damaged in the store; it was not delivered.");
}

AttemptResult poisonous() {
    return permanent_failure(
        "POISON",
        "The daemon has crashed " + std::to_string(StartedMarks::kEndsMax) +
            " times while it delivered this event; it delivers it no more. The event is whole.");
}

// The batch's place among calls of suspects; most batches have none, and need no place.
class SuspectTurn {
public:
    SuspectTurn(StartedMarks* marks, const std::vector<Delivery>& batch) : marks_(marks) {
        for (const Delivery& delivery : batch) {
            if (marks_ != nullptr && marks_->ends_of(delivery.id) > 0) {
                suspects_.push_back(delivery.id);
            }
        }
        is_ours_ = suspects_.empty() || marks_->try_begin_suspects();
    }

    SuspectTurn(const SuspectTurn&) = delete;
    SuspectTurn& operator=(const SuspectTurn&) = delete;

    ~SuspectTurn() {
        if (is_ours_ && !suspects_.empty()) {
            marks_->end_suspects();
        }
    }

    bool is_ours() const { return is_ours_; }

    // The daemon still runs. Those that have become dead letters stay marked: another crash may
    // come before that is written.
    void acquit() const {
        for (const DeliveryId& id : suspects_) {
            if (marks_->ends_of(id) < StartedMarks::kEndsMax) {
                marks_->clear(id);
            }
        }
    }

private:
    StartedMarks* marks_;
    std::vector<DeliveryId> suspects_;
    bool is_ours_ = false;
};

StartedMarks::Mark mark(const AttemptContext& context, const DeliveryId& id) {
    return context.marks ? context.marks->mark(id) : StartedMarks::Mark();
}

// Starts each, and applies the input form; what cannot be sent has its result already.
std::vector<PreparedDelivery> prepare(
    AttemptContext& context,
    const LaneTarget& target,
    const std::vector<Delivery>& batch,
    std::vector<Passage>& attempts) {
    std::vector<PreparedDelivery> prepared;
    prepared.reserve(batch.size());
    const WallTime now = context.clock.now();
    for (const Delivery& delivery : batch) {
        Passage& attempt = attempts.emplace_back(
            Passage{{target.retry_policy, target.schedule, delivery.attempts}, {}, false, {}});
        // What is damaged has no age that could be believed.
        const Millis age =
            delivery.is_damaged ? Millis::zero() : age_at_start(context, target, delivery, now);
        attempt.decided = attempt.machine.start(age);
        if (attempt.decided) {
            attempt.result = too_old();
            continue;
        }
        if (delivery.is_damaged) {
            attempt.result = damaged();
            continue;
        }
        if (context.marks && context.marks->ends_of(delivery.id) >= StartedMarks::kEndsMax) {
            attempt.result = poisonous();
            continue;
        }
        if (!target.can_send()) {
            attempt.result = target.problem;
            continue;
        }
        const auto under_way = mark(context, delivery.id);
        fault_poison(delivery.event->envelope);
        auto payload = target.form->apply(*target.bound, *delivery.event);
        if (!payload) {
            attempt.result = permanent_failure("INVALID_JSON", payload.error().message());
            continue;
        }
        attempt.is_sent = true;
        attempt.machine.note_sent();
        PreparedDelivery ready;
        ready.delivery = delivery;
        ready.target = target.bound;
        ready.payload = std::move(*payload);
        ready.webhook_id = webhook_id(delivery);
        prepared.push_back(std::move(ready));
    }
    return prepared;
}

boost::asio::awaitable<std::vector<AttemptResult>> send(
    const LaneTarget& target,
    std::vector<PreparedDelivery> prepared) {
    const auto count = prepared.size();
    std::string trouble;
    try {
        auto results = co_await target.sender->send(std::move(prepared));
        if (results.size() == count) {
            co_return results;
        }
        trouble = "the sender gave " + std::to_string(results.size()) + " results for " +
                  std::to_string(count);
    } catch (const std::exception& e) {
        trouble = e.what();
    }
    log::error(
        "an attempt failed inside the daemon",
        {{"target", target.bound->target.id},
         {"rule", target.bound->rule_name},
         {"error", trouble}});
    std::vector<AttemptResult> failed(count);
    std::ranges::fill(
        failed,
        retriable_failure("INTERNAL_ERROR", "The attempt failed inside the daemon: " + trouble));
    co_return failed;
}

// A batch as one payload: a JSON array of theirs. Its webhook id is the same whenever the same
// deliveries are sent again.
std::vector<PreparedDelivery> join(std::vector<PreparedDelivery> batch) {
    std::vector<PreparedDelivery> joined;
    PreparedDelivery& all = joined.emplace_back(std::move(batch.front()));
    all.webhook_id.insert(kIdPrefix.size(), "batch_" + std::to_string(batch.size()) + "_");
    all.payload.insert(0, 1, '[');
    for (std::size_t i = 1; i < batch.size(); ++i) {
        all.payload.push_back(',');
        all.payload.append(batch[i].payload);
    }
    all.payload.push_back(']');
    return joined;
}

boost::asio::awaitable<std::vector<AttemptResult>> send_all(
    const LaneTarget& target,
    std::vector<PreparedDelivery> prepared) {
    if (!target.joins_batches()) {
        co_return co_await send(target, std::move(prepared));
    }
    const auto count = prepared.size();
    auto joined = join(std::move(prepared));
    auto results = co_await send(target, std::move(joined));
    results.resize(count, results.front());
    co_return results;
}

DeadLetter
make_dead_letter(const LaneTarget& target, const Delivery& delivery, const AttemptResult& result) {
    DeadLetter letter;
    letter.event = delivery.event;
    letter.lane = delivery.id.lane;
    if (target.bound) {
        letter.queue_arn = target.bound->target.dead_letter_arn;
        letter.rule_arn = target.bound->rule_arn;
        letter.target_id = target.bound->target.id;
        letter.target_arn = target.bound->target.arn;
    }
    letter.error_code = result.code;
    letter.error_message = result.message;
    return letter;
}

// Turns one result into what is written down of it, and into numbers and a line of the log.
class Bookkeeper {
public:
    Bookkeeper(AttemptContext& context, const LaneTarget& target, CallTimes times)
        : context_(context),
          target_(target),
          times_(times),
          now_(context.clock.now()),
          due_now_(context.due_now()),
          random_of_call_(target.batching ? random_u64() : 0) {}

    Outcome note(const Delivery& delivery, Passage& attempt) const {
        auto decision = decide(delivery, attempt);
        const int made = attempt.machine.attempts();
        Outcome outcome;
        outcome.id = delivery.id;
        outcome.attempts = made;
        outcome.error_code = attempt.result.code;
        outcome.attempt = log_entry(delivery.attempts + 1, attempt);
        switch (decision.kind) {
            case DeliveryDecision::Kind::delivered:
                outcome.kind = Outcome::Kind::delivered;
                outcome.follow_ups = std::move(attempt.result.follow_ups);
                context_.metrics.delivered.add();
                context_.metrics.accept_to_delivery_seconds.observe(
                    Seconds(now_ - delivery.event->accepted_at).count());
                return outcome;
            case DeliveryDecision::Kind::retry:
                outcome.kind = Outcome::Kind::retry;
                outcome.next_attempt_at = decision.next_attempt_at;
                context_.metrics.retried.add();
                break;
            case DeliveryDecision::Kind::dead_letter:
                outcome.kind = Outcome::Kind::dead_letter;
                outcome.dead_letter = make_dead_letter(target_, delivery, attempt.result);
                outcome.dead_letter->attempts = made;
                outcome.dead_letter->exhausted_retry_condition = decision.exhausted_retry_condition;
                outcome.dead_letter->dead_at = now_;
                context_.metrics.dead_lettered.add();
                break;
        }
        write_line(delivery, attempt.result, outcome);
        return outcome;
    }

private:
    Attempt log_entry(int number, Passage& passage) const {
        Attempt entry;
        entry.number = number;
        entry.started_at = passage.is_sent ? times_.started_at : now_;
        entry.duration = passage.is_sent ? times_.duration : Millis{0};
        entry.http_status = passage.result.http_status;
        entry.error_code = passage.result.code;
        entry.error_message = passage.result.message;
        entry.response = std::move(passage.result.response);
        return entry;
    }

    DeliveryDecision decide(const Delivery& delivery, Passage& attempt) const {
        if (attempt.decided) {
            return std::move(*attempt.decided);
        }
        const bool may_retry = attempt.result.verdict == AttemptResult::Verdict::retriable;
        // Nobody asks for the age of what is over, nor needs the random bits.
        const Millis age = may_retry ? age_of(context_, target_, delivery, now_) : Millis::zero();
        // A batch is tried again as a batch: all at the same time.
        const auto random = !may_retry ? 0 : target_.batching ? random_of_call_ : random_u64();
        return attempt.machine.finish(attempt.result, age, due_now_, random);
    }

    void write_line(const Delivery& delivery, const AttemptResult& result, const Outcome& outcome)
        const {
        const auto kept_back = context_.log_budget.spend(context_.clock.steady_now());
        if (!kept_back) {
            return;
        }
        const bool is_dead = outcome.kind == Outcome::Kind::dead_letter;
        const std::string of =
            '/' + std::to_string(target_.retry_policy.maximum_retry_attempts + 1);
        log::warn(
            is_dead ? "delivery became a dead letter" : "attempt failed, will be made again",
            {{"delivery", delivery.event->id + '/' + std::to_string(delivery.id.lane)},
             {"rule", target_.bound ? target_.bound->rule_name : std::string()},
             {"target", target_.bound ? target_.bound->target.id : std::string()},
             {"attempt", std::to_string(outcome.attempts) + of},
             {"code", result.code},
             {"message", result.message},
             {"next", is_dead ? std::string("none") : format_time_millis(outcome.next_attempt_at)},
             {"lines_kept_back", *kept_back}});
    }

    AttemptContext& context_;
    const LaneTarget& target_;
    const CallTimes times_;
    const WallTime now_;
    const WallTime due_now_;
    const std::uint64_t random_of_call_;
};

CallReport unrecorded(const std::vector<Delivery>& batch) {
    CallReport report;
    report.deliveries = batch.size();
    report.bytes = event_bytes(batch);
    for (const auto& delivery : batch) {
        report.unrecorded.push_back(delivery.id);
    }
    return report;
}

// One accepted or refused delivery shows a target that is alive, whatever became of the rest.
void judge(const Passage& attempt, CallReport& report) {
    using Verdict = CircuitBreaker::Verdict;
    if (attempt.is_sent) {
        const bool is_failing = attempt.result.verdict == AttemptResult::Verdict::retriable;
        report.verdict =
            is_failing && report.verdict != Verdict::alive ? Verdict::failing : Verdict::alive;
    }
    report.is_gone = report.is_gone || attempt.result.http_status == kGone;
    if (!attempt.result.code.empty()) {
        report.error_code = attempt.result.code;
        report.error_message = attempt.result.message;
    }
}

CallReport record(
    AttemptContext& context,
    const LaneTarget& target,
    const std::vector<Delivery>& batch,
    std::vector<Passage>& attempts,
    CallTimes times) {
    const Bookkeeper bookkeeper(context, target, times);
    CallReport report;
    report.deliveries = batch.size();
    report.bytes = event_bytes(batch);
    std::vector<Outcome> outcomes;
    outcomes.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        judge(attempts[i], report);
        outcomes.push_back(bookkeeper.note(batch[i], attempts[i]));
        if (outcomes.back().kind == Outcome::Kind::retry) {
            if (target.has_order()) {
                report.failing.push_back(batch[i].id);
            }
            const WallTime at = outcomes.back().next_attempt_at;
            report.next_attempt_at =
                report.next_attempt_at ? std::min(*report.next_attempt_at, at) : at;
        }
    }
    context.journal.record(std::move(outcomes));
    fault_point("attempt.recorded");
    return report;
}

}  // namespace

DeliveryMetrics::DeliveryMetrics(MetricsRegistry& r)
    : delivered(r.counter(
          "eventbusd_deliveries_total",
          "Decisions after an attempt.",
          R"(outcome="delivered")")),
      retried(r.counter(
          "eventbusd_deliveries_total",
          "Decisions after an attempt.",
          R"(outcome="retried")")),
      dead_lettered(r.counter(
          "eventbusd_deliveries_total",
          "Decisions after an attempt.",
          R"(outcome="dead_lettered")")),
      put_off(r.counter(
          "eventbusd_retries_put_off_total",
          "Due retries that backed off once more because retries must not crowd out first "
          "attempts.")),
      breakers_opened(r.counter(
          "eventbusd_breaker_opened_total",
          "Times that a target began to count as down.")),
      attempt_seconds(r.latency("eventbusd_attempt_seconds", "Duration of a call of a target.")),
      accept_to_delivery_seconds(r.latency(
          "eventbusd_accept_to_delivery_seconds",
          "From the acceptance of an event to a delivery of it.")),
      in_flight(r.gauge("eventbusd_attempts_in_flight", "Calls of targets that are under way.")),
      webhook_attempts_(
          r.counter("eventbusd_attempts_total", "Attempts to deliver.", R"(kind="webhook")")),
      log_file_attempts_(
          r.counter("eventbusd_attempts_total", "Attempts to deliver.", R"(kind="log_file")")),
      bus_attempts_(r.counter("eventbusd_attempts_total", "Attempts to deliver.", R"(kind="bus")")),
      command_attempts_(
          r.counter("eventbusd_attempts_total", "Attempts to deliver.", R"(kind="command")")),
      api_destination_attempts_(r.counter(
          "eventbusd_attempts_total",
          "Attempts to deliver.",
          R"(kind="api_destination")")) {}

Counter& DeliveryMetrics::attempts(const char* kind) const {
    const std::string_view name = kind;
    return name == "log_file"          ? log_file_attempts_
           : name == "bus"             ? bus_attempts_
           : name == "command"         ? command_attempts_
           : name == "api_destination" ? api_destination_attempts_
                                       : webhook_attempts_;
}

std::optional<std::uint64_t> LogBudget::spend(SteadyTime now) {
    const std::int64_t second =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    // Two threads may both open a new second; then a few lines more get through, which is fine.
    if (second_.exchange(second, std::memory_order_relaxed) != second) {
        spent_.store(0, std::memory_order_relaxed);
    }
    if (spent_.fetch_add(1, std::memory_order_relaxed) >= kLinesPerSecond) {
        kept_back_.fetch_add(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return kept_back_.exchange(0, std::memory_order_relaxed);
}

std::size_t event_bytes(const std::vector<Delivery>& deliveries) {
    std::size_t bytes = 0;
    for (const auto& delivery : deliveries) {
        bytes += delivery.event->envelope.size();
    }
    return bytes;
}

boost::asio::awaitable<CallReport>
make_attempts(AttemptContext& context, LaneTargetPtr target, std::vector<Delivery> batch) {
    const SuspectTurn turn(context.marks.get(), batch);
    if (!turn.is_ours()) {
        co_return unrecorded(batch);
    }
    std::string trouble;
    try {
        std::vector<Passage> attempts;
        attempts.reserve(batch.size());
        CallTimes times;
        auto prepared = prepare(context, *target, batch, attempts);
        if (!prepared.empty()) {
            std::vector<StartedMarks::Mark> under_way;
            under_way.reserve(prepared.size());
            for (const auto& ready : prepared) {
                under_way.push_back(mark(context, ready.delivery.id));
            }
            times.started_at = context.clock.now();
            const auto started_at = context.clock.steady_now();
            context.metrics.attempts(target->kind).add(prepared.size());
            fault_point("attempt.before-send");
            auto results = co_await send_all(*target, std::move(prepared));
            fault_point("attempt.after-send");
            const auto took = context.clock.steady_now() - started_at;
            times.duration = std::chrono::duration_cast<Millis>(took);
            context.metrics.attempt_seconds.observe(Seconds(took).count());
            auto next = results.begin();
            for (auto& attempt : attempts) {
                if (attempt.is_sent) {
                    attempt.result = std::move(*next++);
                }
            }
        }
        turn.acquit();
        auto report = record(context, *target, batch, attempts, times);
        co_return report;
    } catch (const std::exception& e) {
        trouble = e.what();
    }
    log::error("the outcome of an attempt could not be recorded", {{"error", trouble}});
    co_return unrecorded(batch);
}

}  // namespace eventbus
