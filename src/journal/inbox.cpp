#include "inbox.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace eventbus {
namespace {

// Bounds the length of a transaction, as group_bytes_max does for appends.
constexpr std::size_t kOutcomesPerGroup = 4096;
// So many outcomes are worth a transaction of their own at once.
constexpr std::size_t kOutcomesThatPress = 512;

}  // namespace

Result<void> Inbox::admit() const {
    const SteadyTime now = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    if (closed_) {
        return Error(Errc::unavailable, "the journal is closed", {}, "ServiceUnavailableException");
    }
    // Its own size does not count: who asks before it is known hears the same as who asks after it.
    if (bytes_ >= limits_.queue_bytes_max) {
        return Error(
            Errc::unavailable,
            "too many events wait to be written (" + std::to_string(bytes_) + " of " +
                std::to_string(limits_.queue_bytes_max) + " bytes); try again later",
            {},
            "ThrottlingException");
    }
    // Full or not, a queue whose head has waited for so long would make everybody wait: whoever is
    // told so at once can go elsewhere, or come again when it is shorter.
    const auto has_waited = [&](const auto& queue) {
        return !queue.empty() && now - queue.front().queued_at > limits_.queue_age_max;
    };
    if (has_waited(appends_) || has_waited(onces_)) {
        return Error(
            Errc::unavailable,
            "the events that wait to be written have waited for more than " +
                std::to_string(limits_.queue_age_max.count()) + " ms; try again later",
            {},
            "ThrottlingException");
    }
    return {};
}

// Under the lock: after it, the answer may come and the store may go before notify_one() is
// through.
void Inbox::wake() {
    if (std::exchange(writer_waits_, false)) {
        arrived_.notify_one();
    }
}

template <class Request>
bool Inbox::push_to(std::vector<Request> Inbox::*queue, Request& request) {
    std::lock_guard lock(mutex_);
    if (closed_) {
        return false;
    }
    (this->*queue).push_back(std::move(request));
    wake();
    return true;
}

bool Inbox::push(AppendRequest& request) {
    request.queued_at = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    if (closed_) {
        return false;
    }
    bytes_ += request.bytes;
    auto& queue = request.urgency == Urgency::at_once ? appends_ : unhurried_;
    queue.push_back(std::move(request));
    wake();
    return true;
}

bool Inbox::push(LaneRequest& request) {
    return push_to(&Inbox::lanes_, request);
}

bool Inbox::push(CatalogRequest& request) {
    return push_to(&Inbox::catalog_, request);
}

bool Inbox::push(ArchiveRequest& request) {
    return push_to(&Inbox::archives_, request);
}

bool Inbox::push(OnceRequest& request) {
    request.queued_at = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    if (closed_) {
        return false;
    }
    bytes_ += request.bytes;
    onces_.push_back(std::move(request));
    wake();
    return true;
}

bool Inbox::push(DeadLetterRequest& request) {
    return push_to(&Inbox::dead_letters_, request);
}

bool Inbox::push(PacedRedriveRequest& request) {
    return push_to(&Inbox::paced_, request);
}

bool Inbox::push(RedeliverRequest& request) {
    return push_to(&Inbox::redeliveries_, request);
}

bool Inbox::push(ClaimCall& call) {
    return push_to(&Inbox::claims_, call);
}

bool Inbox::push(HeldCall& call) {
    return push_to(&Inbox::held_, call);
}

bool Inbox::push(FlushRequest& request) {
    std::lock_guard lock(mutex_);
    if (closed_) {
        return false;
    }
    request.outcomes = outcomes_recorded_;
    flushes_.push_back(std::move(request));
    wake();
    return true;
}

bool Inbox::push(BackupRequest& request) {
    return push_to(&Inbox::backups_, request);
}

void Inbox::record(std::vector<Outcome> outcomes) {
    std::lock_guard lock(mutex_);
    if (closed_ || outcomes.empty()) {
        return;
    }
    const bool first = outcomes_.empty();
    if (first) {
        oldest_outcome_at_ = std::chrono::steady_clock::now();
    }
    // All of them or, out of memory, none: a flush waits until as many are written as were counted.
    outcomes_.insert(
        outcomes_.end(),
        std::make_move_iterator(outcomes.begin()),
        std::make_move_iterator(outcomes.end()));
    outcomes_recorded_ += outcomes.size();
    if (first || outcomes_.size() >= kOutcomesThatPress) {
        wake();
    }
}

void Inbox::release(std::vector<DeliveryId> ids) {
    std::lock_guard lock(mutex_);
    releases_.insert(releases_.end(), ids.begin(), ids.end());
}

void Inbox::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    wake();
}

bool Inbox::has_requests() const {
    return !appends_.empty() || !onces_.empty() || !claims_.empty() || !held_.empty() ||
           !lanes_.empty() || !catalog_.empty() || !archives_.empty() || !dead_letters_.empty() ||
           !paced_.empty() || !redeliveries_.empty() || !flushes_.empty() || !backups_.empty();
}

bool Inbox::presses() const {
    return has_requests() || closed_ || outcomes_.size() >= kOutcomesThatPress;
}

bool Inbox::has_anything() const {
    return has_requests() || !unhurried_.empty() || !outcomes_.empty();
}

SteadyTime Inbox::take_latest_at(SteadyTime until) const {
    if (!outcomes_.empty()) {
        until = std::min<SteadyTime>(until, oldest_outcome_at_ + limits_.outcome_delay_max);
    }
    if (!unhurried_.empty()) {
        until =
            std::min<SteadyTime>(until, unhurried_.front().queued_at + limits_.unhurried_delay_max);
    }
    return until;
}

void Inbox::take(Work& work, SteadyTime until) {
    std::unique_lock lock(mutex_);
    while (!presses()) {
        const SteadyTime deadline = take_latest_at(until);
        if (std::chrono::steady_clock::now() >= deadline) {
            break;
        }
        writer_waits_ = true;
        arrived_.wait_until(lock, deadline);
        writer_waits_ = false;
    }
    std::size_t group_bytes = 0;
    while (!appends_.empty() && group_bytes < limits_.group_bytes_max) {
        group_bytes += appends_.front().bytes;
        work.appends.push_back(std::move(appends_.front()));
        appends_.pop_front();
    }
    while (!unhurried_.empty() && group_bytes < limits_.group_bytes_max) {
        group_bytes += unhurried_.front().bytes;
        work.appends.push_back(std::move(unhurried_.front()));
        unhurried_.pop_front();
    }
    while (!onces_.empty() && group_bytes < limits_.group_bytes_max) {
        group_bytes += onces_.front().bytes;
        work.onces.push_back(std::move(onces_.front()));
        onces_.pop_front();
    }
    const auto outcomes =
        static_cast<std::ptrdiff_t>(std::min(outcomes_.size(), kOutcomesPerGroup));
    std::move(outcomes_.begin(), outcomes_.begin() + outcomes, std::back_inserter(work.outcomes));
    outcomes_.erase(outcomes_.begin(), outcomes_.begin() + outcomes);
    work.lanes.swap(lanes_);
    work.catalog.swap(catalog_);
    work.archives.swap(archives_);
    work.dead_letters.swap(dead_letters_);
    work.paced.swap(paced_);
    work.redeliveries.swap(redeliveries_);
    work.claims.swap(claims_);
    work.held.swap(held_);
    work.flushes.swap(flushes_);
    work.backups.swap(backups_);
    work.releases.swap(releases_);
    work.closing = closed_ && !has_anything();
}

void Inbox::finished_bytes(std::size_t bytes) {
    std::lock_guard lock(mutex_);
    bytes_ -= bytes;
}

std::size_t Inbox::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

bool Inbox::is_empty() const {
    std::lock_guard lock(mutex_);
    return !has_anything();
}

}  // namespace eventbus
