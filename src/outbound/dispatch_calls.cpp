// DispatchCore's calls of targets: which lane may start one, and what follows from its end.

#include "eventbus/base/ids.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/base/strand.hpp"

#include "dispatch_core.hpp"
#include "dispatch_intervals.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventbus {
namespace {

namespace asio = boost::asio;

// Bounds over all lanes. The first call of a lane has room of its own: targets that hang with many
// calls each would else keep everybody waiting for their deadlines.
constexpr std::size_t kCallsMax = 512;
constexpr std::size_t kFirstCallsMax = 2048;
constexpr Millis kBatchSlack = std::chrono::seconds{1};

}  // namespace

void DispatchCore::start_calls(Lane& lane) {
    if (!lane.has_ready() || (lane.is_queued && lane.calls() > 0)) {
        return;
    }
    refresh_target(lane);
    while (next_turn(lane) != Lane::Turn::none) {
        if (!has_free_call(lane) || !may_start()) {
            queue_for_call(lane);
            if (!is_writable_) {
                set_alarm_at(lane, context_.clock.steady_now() + kWritableCheckInterval);
            }
            return;
        }
        if (!keeps_rates(lane)) {
            return;
        }
        start_call(lane);
    }
    await_batch(lane);
}

// A batch that is not full yet goes when its window ends.
void DispatchCore::await_batch(Lane& lane) {
    if (const auto fires_at = lane.batch_fires_at()) {
        // By the steady clock no later than a whole window, and after a jump back of the calendar
        // as soon as can be.
        const Millis window = std::chrono::seconds{lane.target->batching->max_window_seconds};
        const auto wait = std::min(*fires_at - context_.due_now(), window + kBatchSlack);
        if (wait > Millis::zero()) {
            set_alarm_at(lane, context_.clock.steady_now() + wait);
        }
    }
}

std::size_t DispatchCore::calls_max(Lane& lane) {
    const LaneTarget& target = *lane.target;
    if (target.is_paused) {
        set_alarm_at(lane, context_.clock.steady_now() + kTargetCheckInterval);
        return 0;
    }
    if (!target.can_send()) {
        return target.concurrency;  // dead letters need nobody's leave
    }
    const auto now = context_.clock.steady_now();
    if (const auto probe_at = lane.breaker.next_probe_at(); probe_at && *probe_at > now) {
        // It may have been repaired and put anew, or resumed, before the probe.
        set_alarm_at(lane, std::min(*probe_at, now + kTargetCheckInterval));
    }
    return std::min(target.concurrency, lane.breaker.calls_max(now));
}

// What exceeds a rate waits in the lane, for an alarm.
bool DispatchCore::keeps_rates(Lane& lane) {
    const LaneTarget& target = *lane.target;
    const auto shared =
        target.can_send() ? target.sender->rate_limit(*target.bound) : std::optional<RateLimit>();
    lane.pace.follow(
        shared ? rates_.find(*shared) : nullptr,
        target.own_rate ? rates_.find(*target.own_rate) : nullptr);
    const auto now = context_.clock.steady_now();
    const auto turn = lane.pace.turn(now);
    if (turn > now) {
        set_alarm_at(lane, turn);
        return false;
    }
    lane.pace.use();
    return true;
}

// An attempt whose outcome cannot be written would be made again and again.
bool DispatchCore::may_start() {
    const auto now = context_.clock.steady_now();
    if (!writable_checked_at_ || now - *writable_checked_at_ >= kWritableCheckInterval) {
        writable_checked_at_ = now;
        context_.event_age.read(context_.clock.now(), now);
        is_writable_ = context_.journal.status().writable;
    }
    return is_writable_;
}

void DispatchCore::start_call(Lane& lane) {
    Call call;
    call.lane = lane.id();
    call.turn = next_turn(lane);
    call.ticket = lane.breaker.start(context_.clock.steady_now());
    auto batch = lane.take(call.turn, lane.target->batch_max);
    ++calls_;
    context_.metrics.in_flight.set(static_cast<double>(calls_));
    auto finished = [self = shared_from_this(),
                     call](std::exception_ptr trouble, CallReport report) {
        end_on(trouble);
        self->finish_call(call, std::move(report));
    };
    asio::co_spawn(
        new_strand(executor_),
        make_attempts(context_, lane.target, std::move(batch)),
        asio::bind_executor(strand_, std::move(finished)));
}

void DispatchCore::finish_call(Call call, CallReport report) {
    Lane& lane = lane_of(call.lane);
    --calls_;
    context_.metrics.in_flight.set(static_cast<double>(calls_));
    lane.finish(call.turn, report.deliveries);
    held_bytes_ -= std::min(held_bytes_, report.bytes);
    judge_target(lane, call, report);
    if (report.is_gone) {
        start_disabling(lane, report.error_message);
    }
    if (report.next_attempt_at) {
        lane.note_waiting(*report.next_attempt_at);
    }
    if (!report.unrecorded.empty()) {
        context_.journal.release(std::move(report.unrecorded));
        lane.note_waiting(context_.due_now() + kClaimRetryDelay);
    }
    wake_drain();
    start_queued_calls();
    advance(lane);
    drop_if_idle(call.lane);
}

void DispatchCore::judge_target(Lane& lane, const Call& call, const CallReport& report) {
    using State = CircuitBreaker::State;
    const auto was = lane.breaker.state();
    if (!report.error_code.empty()) {
        lane.note_error(report.error_code, report.error_message, context_.clock.now());
    }
    using Verdict = CircuitBreaker::Verdict;
    auto verdict = report.verdict;
    if (verdict == Verdict::alive) {
        lane.forget_failing();
    } else if (
        verdict == Verdict::failing && was == State::closed && !lane.is_news(report.failing)) {
        verdict = Verdict::nothing;
    }
    const bool may_open = verdict == Verdict::failing;
    lane.breaker.finish(
        call.ticket,
        verdict,
        options_.breaker,
        context_.clock.steady_now(),
        may_open ? random_u64() : 0);
    const auto is = lane.breaker.state();
    if (is == was || lane.target->bound == nullptr) {
        return;
    }
    const auto& bound = *lane.target->bound;
    if (was == State::closed) {
        context_.metrics.breakers_opened.add();
        log::warn(
            "target counts as down: nothing is attempted but a probe now and then",
            {{"rule", bound.rule_name},
             {"target", bound.target.id},
             {"code", report.error_code},
             {"message", report.error_message}});
    } else if (is == State::closed) {
        log::info(
            "target is back: what has gathered is delivered in a ramp",
            {{"rule", bound.rule_name}, {"target", bound.target.id}});
    }
}

void DispatchCore::start_disabling(const Lane& lane, std::string reason) {
    if (lane.target->bound == nullptr || !lane.target->can_send()) {
        return;  // removed or disabled meanwhile
    }
    ++disablings_;
    auto finished = [self = shared_from_this(), id = lane.id()](std::exception_ptr trouble) {
        log_exception(trouble);
        --self->disablings_;
        self->wake_drain();
        self->advance(self->lane_of(id));
    };
    asio::co_spawn(strand_, disable(lane.target->bound, std::move(reason)), std::move(finished));
}

asio::awaitable<void> DispatchCore::disable(BoundTargetPtr target, std::string reason) {
    auto done = co_await directory_.disable(std::move(target), std::move(reason));
    if (!done) {
        log::error(
            "a target that is gone could not be disabled",
            {{"error", done.error().message()}});
    }
}

void DispatchCore::queue_for_call(Lane& lane) {
    if (!std::exchange(lane.is_queued, true)) {
        queued_for_call_.push_back(lane.id());
    }
}

bool DispatchCore::has_free_call(const Lane& lane) const {
    return calls_ < (lane.calls() == 0 ? kFirstCallsMax : kCallsMax);
}

// One call for each lane in turn, so that none of them takes all. Lanes without a call are not kept
// behind those that have one: start_calls does not make them queue, and the end of a lane's last
// call leads there.
void DispatchCore::start_queued_calls() {
    while (!is_draining_ && !queued_for_call_.empty() && may_start()) {
        Lane& lane = lane_of(queued_for_call_.front());
        if (!has_free_call(lane)) {
            return;
        }
        queued_for_call_.pop_front();
        lane.is_queued = false;
        if (!lane.has_ready()) {
            continue;
        }
        refresh_target(lane);
        if (next_turn(lane) == Lane::Turn::none || !keeps_rates(lane)) {
            continue;
        }
        start_call(lane);
        if (next_turn(lane) != Lane::Turn::none) {
            queue_for_call(lane);
        }
    }
}

}  // namespace eventbus
