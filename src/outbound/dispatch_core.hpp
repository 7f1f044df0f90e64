#pragma once

#include "eventbus/outbound/dispatcher.hpp"

#include "attempt.hpp"
#include "lane.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eventbus {

// The dispatcher proper. Shared by whatever is under way for it: calls of targets, claims, posted
// work.
class DispatchCore : public std::enable_shared_from_this<DispatchCore> {
public:
    DispatchCore(
        boost::asio::any_io_executor executor,
        Journal& journal,
        const TargetDirectory& directory,
        SenderFor sender_for,
        const Clock& clock,
        MetricsRegistry& metrics,
        DispatcherOptions options);

    // From any thread.
    void accept(std::vector<Delivery> deliveries);
    boost::asio::awaitable<Result<void>> start();
    boost::asio::awaitable<void> drain(std::chrono::milliseconds patience);
    boost::asio::awaitable<std::vector<LaneStatus>> statuses(std::vector<LaneId> lanes);

private:
    using Strand = boost::asio::strand<boost::asio::any_io_executor>;

    // Everything below runs on strand_.
    boost::asio::awaitable<Result<void>> start_on_strand();
    boost::asio::awaitable<void> drain_on_strand(std::chrono::milliseconds patience);
    boost::asio::awaitable<std::vector<LaneStatus>> statuses_on_strand(std::vector<LaneId> lanes);
    void take_in(std::vector<Delivery> deliveries);

    Lane& lane_of(LaneId id);
    void drop_if_idle(LaneId id);
    void refresh_target(Lane& lane);

    // Starts what the lane may start, asks the journal for more, sets the alarm: after everything
    // that changes a lane.
    void advance(Lane& lane);

    // What a call was started as.
    struct Call {
        LaneId lane = 0;
        Lane::Turn turn = Lane::Turn::none;
        CircuitBreaker::Ticket ticket = 0;
    };

    // In dispatch_calls.cpp.
    void start_calls(Lane& lane);
    void start_call(Lane& lane);
    void await_batch(Lane& lane);
    void finish_call(Call call, CallReport report);
    void judge_target(Lane& lane, const Call& call, const CallReport& report);
    // The target has answered that it is gone.
    void start_disabling(const Lane& lane, std::string reason);
    boost::asio::awaitable<void> disable(BoundTargetPtr target, std::string reason);
    // How many calls the lane may have in flight now.
    std::size_t calls_max(Lane& lane);

    Lane::Turn next_turn(Lane& lane) { return lane.next_turn(calls_max(lane), context_.due_now()); }

    void start_queued_calls();
    void queue_for_call(Lane& lane);
    bool has_free_call(const Lane& lane) const;
    bool may_start();
    bool keeps_rates(Lane& lane);

    void start_claims();
    void start_claim(Lane& lane);
    boost::asio::awaitable<void> claim(ClaimRequest request, bool is_flush_first);
    void finish_claim(LaneId id, Result<ClaimResult> claimed);
    void back_off_again(Lane& lane, std::vector<Delivery> surplus);
    bool may_hold_more(const Lane& lane) const;
    static std::size_t batch_share(const Lane& lane);
    std::size_t claim_limit(const Lane& lane) const;

    void set_alarm(Lane& lane);
    void set_alarm_at(Lane& lane, SteadyTime at);
    void set_timer();
    void on_timer();
    void wake_drain();

    // Constant after construction.
    const boost::asio::any_io_executor executor_;
    const TargetDirectory& directory_;
    const SenderFor sender_for_;
    const DispatcherOptions options_;
    const std::string owner_;
    AttemptContext context_;

    // Owned by the strand.
    Strand strand_;
    std::unordered_map<LaneId, Lane> lanes_;
    SharedRates rates_;
    std::deque<LaneId> queued_for_call_;  // round robin for the calls that all lanes share
    std::deque<LaneId> queued_for_claim_;
    std::set<std::pair<SteadyTime, LaneId>> alarms_;
    boost::asio::steady_timer timer_;
    std::optional<SteadyTime> timer_at_;
    boost::asio::steady_timer drained_;
    std::size_t calls_ = 0;
    std::size_t claims_ = 0;
    std::size_t disablings_ = 0;
    std::size_t held_bytes_ = 0;
    std::size_t average_event_bytes_ = 1024;
    bool is_draining_ = false;
    bool is_writable_ = true;
    std::optional<SteadyTime> writable_checked_at_;
};

}  // namespace eventbus
