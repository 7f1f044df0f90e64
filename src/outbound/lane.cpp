#include "lane.hpp"

#include "batch.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace eventbus {
namespace {

// More than it takes for any target to count as down.
constexpr std::size_t kFailingMax = 64;

}  // namespace

std::size_t Lane::room() const {
    const auto taken = held() + reserved_;
    return taken >= window_ ? 0 : window_ - taken;
}

bool Lane::offer(Delivery& delivery) {
    if (has_more_ || room() == 0) {
        decline();
        return false;
    }
    if (reserved_ > 0) {
        arrived_meanwhile_.push_back(std::move(delivery));
    } else {
        first_.push_back(std::move(delivery));
    }
    return true;
}

void Lane::decline() {
    has_more_ = true;
    has_unwritten_ = true;
}

const Batching* Lane::batching() const {
    return target != nullptr && target->batching ? &*target->batching : nullptr;
}

Lane::Turn Lane::next_turn(std::size_t concurrency, WallTime now) const {
    if (calls_ >= concurrency) {
        return Turn::none;
    }
    const bool may_retry =
        retry_calls_ < retry_calls_max(concurrency) && has_turn(Turn::retries, now);
    if (!has_turn(Turn::first_attempts, now)) {
        return may_retry ? Turn::retries : Turn::none;
    }
    // In turns, so that a lane with a single call makes both.
    return may_retry && !took_retries_last_ ? Turn::retries : Turn::first_attempts;
}

bool Lane::has_turn(Turn turn, WallTime now) const {
    const auto& from = turn == Turn::retries ? again_ : first_;
    return !from.empty() && (batching() == nullptr || has_whole_batch(turn, now));
}

// A batch that is not full goes when its time has come and the journal has nothing that belongs to
// it.
bool Lane::has_whole_batch(Turn turn, WallTime now) const {
    const bool is_retry = turn == Turn::retries;
    const auto batch =
        is_retry ? cut_failed_batch(*batching(), again_) : cut_first_batch(*batching(), first_);
    if (batch.is_full) {
        return true;
    }
    const WallTime complete_at = is_retry ? again_.front().due_at : batch.fires_at;
    const bool may_lack_some =
        is_claiming_ || has_more_ || (next_due_at_ && *next_due_at_ <= std::min(complete_at, now));
    return now >= complete_at && !may_lack_some;
}

std::optional<WallTime> Lane::batch_fires_at() const {
    if (batching() == nullptr || first_.empty()) {
        return std::nullopt;
    }
    return cut_first_batch(*batching(), first_).fires_at;
}

std::vector<Delivery> Lane::take(Turn turn, std::size_t count) {
    auto& from = turn == Turn::retries ? again_ : first_;
    if (batching() != nullptr) {
        count = (turn == Turn::retries ? cut_failed_batch(*batching(), from)
                                       : cut_first_batch(*batching(), from))
                    .count;
    }
    const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(count, from.size()));
    std::vector<Delivery> taken(std::move_iterator(from.begin()), std::move_iterator(end));
    from.erase(from.begin(), end);
    in_flight_ += taken.size();
    ++calls_;
    took_retries_last_ = turn == Turn::retries;
    retry_calls_ += took_retries_last_ ? 1 : 0;
    return taken;
}

void Lane::finish(Turn turn, std::size_t count) {
    in_flight_ -= count;
    --calls_;
    retry_calls_ -= turn == Turn::retries ? 1 : 0;
}

std::vector<DeliveryId> Lane::take_back() {
    std::vector<DeliveryId> ids;
    ids.reserve(ready() + arrived_meanwhile_.size());
    for (const auto& delivery : first_) {
        ids.push_back(delivery.id);
    }
    for (const auto& delivery : again_) {
        ids.push_back(delivery.id);
    }
    for (const auto& delivery : arrived_meanwhile_) {
        ids.push_back(delivery.id);
    }
    first_.clear();
    again_.clear();
    arrived_meanwhile_.clear();
    return ids;
}

void Lane::clamp_due(WallTime latest) {
    if (next_due_at_ && *next_due_at_ > latest) {
        claim_ahead_ = next_due_at_;
        next_due_at_ = latest;
    }
}

void Lane::wait_until(WallTime due_at) {
    next_due_at_ = next_due_at_ ? std::min(*next_due_at_, due_at) : due_at;
}

void Lane::note_waiting(WallTime due_at) {
    wait_until(due_at);
    has_unwritten_ = true;
}

void Lane::note_backlog(WallTime due_at) {
    wait_until(due_at);
}

bool Lane::wants_claim(WallTime now) const {
    const bool is_due = has_more_ || (next_due_at_ && *next_due_at_ <= now);
    return is_due && !is_claiming_ && room() >= claim_max();
}

bool Lane::begin_claim(std::size_t limit) {
    is_claiming_ = true;
    reserved_ = limit;
    // What comes while the claim is under way sets these again.
    has_more_ = false;
    next_due_at_.reset();
    claim_ahead_.reset();
    return std::exchange(has_unwritten_, false);
}

void Lane::stop_claiming() {
    is_claiming_ = false;
    reserved_ = 0;
    std::ranges::move(arrived_meanwhile_, std::back_inserter(first_));
    arrived_meanwhile_.clear();
}

std::vector<Delivery> Lane::end_claim(ClaimResult& result) {
    std::vector<Delivery> surplus;
    // Failed batches stay together, so none of their deliveries is put off.
    const std::size_t retries_max =
        batching() != nullptr ? window_ : std::max<std::size_t>(window_ / 2, 1);
    for (auto& delivery : result.deliveries) {
        if (delivery.attempts == 0) {
            first_.push_back(std::move(delivery));
        } else if (again_.size() < retries_max) {
            again_.push_back(std::move(delivery));
        } else {
            surplus.push_back(std::move(delivery));
        }
    }
    stop_claiming();
    if (batching() != nullptr) {
        std::ranges::sort(first_, {}, [](const Delivery& delivery) { return delivery.id.event; });
    }
    if (result.next_due_at) {
        wait_until(*result.next_due_at);
    }
    return surplus;
}

bool Lane::is_news(const std::vector<DeliveryId>& failing) {
    bool is_news = failing.empty();
    for (const DeliveryId& id : failing) {
        if (std::ranges::find(failing_, id) == failing_.end()) {
            is_news = true;
            if (failing_.size() < kFailingMax) {
                failing_.push_back(id);
            }
        }
    }
    return is_news;
}

LaneStatus Lane::status(const Clock& clock) const {
    LaneStatus status;
    status.lane = id_;
    status.in_flight = calls_;
    status.is_down = breaker.state() != CircuitBreaker::State::closed;
    const auto by_calendar = [&](SteadyTime at) {
        const auto wait = std::chrono::ceil<Millis>(at - clock.steady_now());
        return clock.now() + std::max(wait, Millis::zero());
    };
    if (const auto probe_at = breaker.next_probe_at()) {
        status.next_probe_at = by_calendar(*probe_at);
    }
    const auto turn = pace.waits_until(clock.steady_now());
    if (turn && has_ready()) {
        status.rate_turn_at = by_calendar(*turn);
    }
    if (const auto fires_at = batch_fires_at()) {
        status.batch = LaneStatus::Batch{first_.front().event->accepted_at, *fires_at};
    }
    status.last_error_code = last_error_code_;
    status.last_error_message = last_error_message_;
    status.last_error_at = last_error_at_;
    return status;
}

void Lane::note_error(std::string code, std::string message, WallTime at) {
    last_error_code_ = std::move(code);
    last_error_message_ = std::move(message);
    last_error_at_ = at;
}

void Lane::fail_claim(WallTime try_again_at) {
    stop_claiming();
    has_unwritten_ = true;
    wait_until(try_again_at);
}

}  // namespace eventbus
