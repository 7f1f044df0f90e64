#include "lane.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace eventbus {

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
        ready_.push_back(std::move(delivery));
    }
    return true;
}

void Lane::decline() {
    has_more_ = true;
    has_unwritten_ = true;
}

std::vector<Delivery> Lane::take(std::size_t count) {
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(std::min(count, ready_.size()));
    std::vector<Delivery> taken(std::move_iterator(ready_.begin()), std::move_iterator(end));
    ready_.erase(ready_.begin(), end);
    in_flight_ += taken.size();
    return taken;
}

std::vector<DeliveryId> Lane::take_back() {
    std::vector<DeliveryId> ids;
    ids.reserve(ready_.size() + arrived_meanwhile_.size());
    for (const auto& delivery : ready_) {
        ids.push_back(delivery.id);
    }
    for (const auto& delivery : arrived_meanwhile_) {
        ids.push_back(delivery.id);
    }
    ready_.clear();
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
    std::ranges::move(arrived_meanwhile_, std::back_inserter(ready_));
    arrived_meanwhile_.clear();
}

void Lane::end_claim(ClaimResult& result) {
    std::ranges::move(result.deliveries, std::back_inserter(ready_));
    stop_claiming();
    if (result.next_due_at) {
        wait_until(*result.next_due_at);
    }
}

void Lane::fail_claim(WallTime try_again_at) {
    stop_claiming();
    has_unwritten_ = true;
    wait_until(try_again_at);
}

}  // namespace eventbus
