#include "dispatch_core.hpp"

#include "eventbus/base/ids.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/base/strand.hpp"

#include "dispatch_intervals.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventbus {
namespace {

namespace asio = boost::asio;

// Bounds over all lanes.
constexpr std::size_t kClaimsMax = 16;
// What a lane may hold even when others have used that up: a hanging target must not starve the
// rest.
constexpr std::size_t kLaneShare = 8;
// Room of a lane, in batches: one that fills, one that has failed, and the half of a window that
// stays open for what is committed during a claim.
constexpr std::size_t kBatchesHeld = 4;
// Idle lanes are kept up to here, to spare them the compilation of their input form.
constexpr std::size_t kLanesKept = 1024;

constexpr Millis kPutOffMin = std::chrono::seconds{1};

}  // namespace

void log_exception(std::exception_ptr trouble) {
    if (!trouble) {
        return;
    }
    try {
        std::rethrow_exception(trouble);
    } catch (const std::exception& e) {
        log::error("the dispatcher met an exception", {{"error", e.what()}});
    }
}

void end_on(std::exception_ptr trouble) {
    if (trouble) {
        std::rethrow_exception(trouble);  // out of io_context::run()
    }
}

DispatchCore::DispatchCore(
    asio::any_io_executor executor,
    Journal& journal,
    const TargetDirectory& directory,
    SenderFor sender_for,
    const Clock& clock,
    MetricsRegistry& metrics,
    DispatcherOptions options)
    : executor_(executor),
      directory_(directory),
      sender_for_(std::move(sender_for)),
      options_(options),
      owner_("dispatcher-" + make_uuid()),
      context_{journal, clock, DeliveryMetrics(metrics), {}, {}, options_.marks},
      strand_(new_strand(executor)),
      timer_(strand_),
      drained_(strand_) {}

void DispatchCore::accept(std::vector<Delivery> deliveries) {
    asio::post(strand_, [self = shared_from_this(), taken = std::move(deliveries)]() mutable {
        self->take_in(std::move(taken));
    });
}

asio::awaitable<Result<void>> DispatchCore::start() {
    return asio::co_spawn(strand_, start_on_strand(), asio::use_awaitable);
}

asio::awaitable<void> DispatchCore::drain(std::chrono::milliseconds patience) {
    return asio::co_spawn(strand_, drain_on_strand(patience), asio::use_awaitable);
}

asio::awaitable<std::vector<LaneStatus>> DispatchCore::statuses(std::vector<LaneId> lanes) {
    return asio::co_spawn(strand_, statuses_on_strand(std::move(lanes)), asio::use_awaitable);
}

asio::awaitable<std::vector<LaneStatus>> DispatchCore::statuses_on_strand(
    std::vector<LaneId> lanes) {
    const auto self = shared_from_this();
    std::vector<LaneStatus> statuses;
    statuses.reserve(lanes.size());
    for (const LaneId id : lanes) {
        const auto found = lanes_.find(id);
        LaneStatus status;
        if (found != lanes_.end()) {
            status = found->second.status(context_.clock);
        }
        status.lane = id;
        statuses.push_back(std::move(status));
    }
    co_return statuses;
}

asio::awaitable<Result<void>> DispatchCore::start_on_strand() {
    const auto self = shared_from_this();
    context_.event_age.read(context_.clock.now(), context_.clock.steady_now());
    auto backlog = co_await context_.journal.backlog();
    if (!backlog) {
        co_return backlog.error();
    }
    for (const auto& owed : *backlog) {
        Lane& lane = lane_of(owed.lane);
        lane.note_backlog(owed.next_due_at);
        advance(lane);
    }
    co_return Result<void>();
}

asio::awaitable<void> DispatchCore::drain_on_strand(std::chrono::milliseconds patience) {
    const auto self = shared_from_this();
    is_draining_ = true;
    timer_.cancel();
    if (calls_ + claims_ + disablings_ > 0) {
        drained_.expires_after(patience);
        co_await drained_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (calls_ > 0) {
        log::warn(
            "calls of targets were still under way when the time to drain was over",
            {{"calls", calls_}});
    }
    std::vector<DeliveryId> unstarted;
    for (auto& [id, lane] : lanes_) {
        const auto ready = lane.take_back();
        unstarted.insert(unstarted.end(), ready.begin(), ready.end());
    }
    if (!unstarted.empty()) {
        context_.journal.release(std::move(unstarted));
    }
    auto flushed = co_await context_.journal.flush();
    if (!flushed) {
        log::error(
            "the last outcomes could not be written",
            {{"error", flushed.error().message()}});
    }
}

void DispatchCore::wake_drain() {
    if (is_draining_ && calls_ + claims_ + disablings_ == 0) {
        drained_.cancel();
    }
}

void DispatchCore::take_in(std::vector<Delivery> deliveries) {
    std::vector<DeliveryId> declined;
    std::vector<LaneId> touched;
    touched.reserve(deliveries.size());
    for (auto& delivery : deliveries) {
        const DeliveryId id = delivery.id;
        if (is_draining_) {
            declined.push_back(id);
            continue;
        }
        Lane& lane = lane_of(id.lane);
        const std::size_t bytes = delivery.event->envelope.size();
        average_event_bytes_ = (average_event_bytes_ * 63 + bytes) / 64 + 1;
        if (!may_hold_more(lane)) {
            lane.decline();
            declined.push_back(id);
        } else if (lane.offer(delivery)) {
            held_bytes_ += bytes;
        } else {
            declined.push_back(id);
        }
        touched.push_back(id.lane);
    }
    if (!declined.empty()) {
        context_.journal.release(std::move(declined));
    }
    std::ranges::sort(touched);
    const auto doubles = std::ranges::unique(touched);
    touched.erase(doubles.begin(), doubles.end());
    for (const LaneId id : touched) {
        advance(lane_of(id));
    }
}

Lane& DispatchCore::lane_of(LaneId id) {
    return lanes_.try_emplace(id, id, std::max<std::size_t>(options_.window, 1)).first->second;
}

void DispatchCore::drop_if_idle(LaneId id) {
    const auto found = lanes_.find(id);
    if (found != lanes_.end() && lanes_.size() > kLanesKept && found->second.is_idle()) {
        lanes_.erase(found);
    }
}

void DispatchCore::refresh_target(Lane& lane) {
    auto bound = directory_.find(lane.id());
    const bool is_known = lane.target != nullptr;
    if (bound) {
        if (!is_known || lane.target->is_removed || lane.target->bound != bound) {
            if (is_known) {
                lane.breaker.reset();  // it may well be that this is the repair
            }
            lane.target = make_lane_target(std::move(bound), sender_for_, options_);
            lane.widen(kBatchesHeld * batch_share(lane));
        }
    } else if (!is_known || !lane.target->is_removed) {
        lane.target = make_removed_target(is_known ? lane.target->bound : nullptr);
    }
}

void DispatchCore::advance(Lane& lane) {
    if (is_draining_) {
        return;
    }
    start_calls(lane);
    if (lane.wants_claim(context_.due_now()) && may_hold_more(lane)) {
        lane.note_claim_queued();
        queued_for_claim_.push_back(lane.id());
        start_claims();
    }
    set_alarm(lane);
}

std::size_t DispatchCore::batch_share(const Lane& lane) {
    return lane.target != nullptr && lane.target->batching ? lane.target->batch_max : 0;
}

bool DispatchCore::may_hold_more(const Lane& lane) const {
    return held_bytes_ < options_.held_bytes ||
           lane.held() < std::max(kLaneShare, 2 * batch_share(lane));
}

std::size_t DispatchCore::claim_limit(const Lane& lane) const {
    const std::size_t free_bytes =
        held_bytes_ >= options_.held_bytes ? 0 : options_.held_bytes - held_bytes_;
    const std::size_t fitting = std::max(free_bytes / average_event_bytes_, kLaneShare);
    return std::min(fitting, lane.claim_max());
}

void DispatchCore::start_claims() {
    while (!is_draining_ && !queued_for_claim_.empty() && claims_ < kClaimsMax) {
        const LaneId id = queued_for_claim_.front();
        queued_for_claim_.pop_front();
        start_claim(lane_of(id));
    }
}

void DispatchCore::start_claim(Lane& lane) {
    ClaimRequest request;
    request.owner = owner_;
    request.lane = lane.id();
    request.now = lane.claim_time(context_.due_now());
    request.limit = claim_limit(lane);
    const bool is_flush_first = lane.begin_claim(request.limit);
    ++claims_;
    auto finished = [](std::exception_ptr trouble) { end_on(trouble); };
    asio::co_spawn(strand_, claim(std::move(request), is_flush_first), std::move(finished));
}

asio::awaitable<void> DispatchCore::claim(ClaimRequest request, bool is_flush_first) {
    const LaneId id = request.lane;
    if (is_flush_first) {
        auto flushed = co_await context_.journal.flush();
        if (!flushed) {
            finish_claim(id, flushed.error());
            co_return;
        }
    }
    auto claimed = co_await context_.journal.claim(std::move(request));
    finish_claim(id, std::move(claimed));
}

void DispatchCore::finish_claim(LaneId id, Result<ClaimResult> claimed) {
    --claims_;
    Lane& lane = lane_of(id);
    if (!claimed) {
        log::warn(
            "the journal could not be asked for deliveries",
            {{"error", claimed.error().message()}});
        lane.fail_claim(context_.due_now() + kClaimRetryDelay);
    } else {
        held_bytes_ += event_bytes(claimed->deliveries);
        back_off_again(lane, lane.end_claim(*claimed));
    }
    wake_drain();
    advance(lane);
    start_claims();
    drop_if_idle(id);
}

// Written down as retries that were put off: else the next claim would bring the same ones again,
// and never what lies behind them.
void DispatchCore::back_off_again(Lane& lane, std::vector<Delivery> surplus) {
    if (surplus.empty()) {
        return;
    }
    held_bytes_ -= std::min(held_bytes_, event_bytes(surplus));
    const WallTime now = context_.due_now();
    std::vector<Outcome> outcomes;
    outcomes.reserve(surplus.size());
    for (const auto& delivery : surplus) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::retry;
        outcome.id = delivery.id;
        outcome.attempts = delivery.attempts;
        outcome.error_code = "THROTTLING";
        outcome.next_attempt_at =
            now + std::max(options_.schedule.delay(delivery.attempts, random_u64()), kPutOffMin);
        lane.note_waiting(outcome.next_attempt_at);
        outcomes.push_back(std::move(outcome));
    }
    context_.metrics.put_off.add(outcomes.size());
    context_.journal.record(std::move(outcomes));
}

void DispatchCore::set_alarm(Lane& lane) {
    if (!lane.next_due_at() || lane.is_claiming()) {
        return;
    }
    // Nothing is waited for longer than a retry may ask for; due times are calendar times, and the
    // calendar may have jumped since they were written.
    const Millis wait_max = std::max(options_.schedule.cap, options_.schedule.retry_after_max);
    context_.due_calendar.follow(
        *lane.next_due_at() - wait_max,
        context_.clock.now(),
        context_.clock.steady_now());
    const WallTime now = context_.due_now();
    lane.clamp_due(now + wait_max);
    const Millis wait = *lane.next_due_at() - now;
    if (wait > Millis::zero()) {  // else it waits for room, which a finished call makes
        set_alarm_at(lane, context_.clock.steady_now() + wait);
    }
}

void DispatchCore::set_alarm_at(Lane& lane, SteadyTime at) {
    if (lane.alarm_at && *lane.alarm_at <= at) {
        return;
    }
    if (lane.alarm_at) {
        alarms_.erase({*lane.alarm_at, lane.id()});
    }
    lane.alarm_at = at;
    alarms_.insert({at, lane.id()});
    set_timer();
}

void DispatchCore::set_timer() {
    if (alarms_.empty() || is_draining_ || (timer_at_ && *timer_at_ <= alarms_.begin()->first)) {
        return;
    }
    timer_at_ = alarms_.begin()->first;
    timer_.expires_after(*timer_at_ - context_.clock.steady_now());
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) {
            self->on_timer();
        }
    });
}

void DispatchCore::on_timer() {
    timer_at_.reset();
    const auto now = context_.clock.steady_now();
    start_queued_calls();
    // Those that are due now, and none that is set meanwhile: nobody may keep the others waiting.
    std::vector<LaneId> due;
    while (!alarms_.empty() && alarms_.begin()->first <= now) {
        due.push_back(alarms_.begin()->second);
        lane_of(due.back()).alarm_at.reset();
        alarms_.erase(alarms_.begin());
    }
    for (const LaneId id : due) {
        advance(lane_of(id));
        drop_if_idle(id);
    }
    if (!queued_for_call_.empty() && !is_writable_) {
        set_alarm_at(lane_of(queued_for_call_.front()), now + kWritableCheckInterval);
    }
    set_timer();
}

}  // namespace eventbus
