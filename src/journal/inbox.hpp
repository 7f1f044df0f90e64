#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include "requests.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace eventbus {

// The way from everybody to the writer thread. push_* and bytes() are safe from any thread; take()
// and finished_bytes() belong to the writer.
class Inbox {
public:
    struct Limits {
        std::size_t queue_bytes_max = 0;
        std::chrono::milliseconds queue_age_max{0};
        std::size_t group_bytes_max = 0;
        std::chrono::milliseconds outcome_delay_max{0};
        std::chrono::milliseconds unhurried_delay_max{0};
    };

    explicit Inbox(Limits limits) : limits_(limits) {}

    // Why no append can be queued now, or nothing. Only a hint: what callers add that were let in
    // at once, whatever its size, may go beyond the limit.
    [[nodiscard]] Result<void> admit() const;

    // Each returns false, and leaves the request with the caller, once the inbox is closed.
    [[nodiscard]] bool push(AppendRequest& request);
    [[nodiscard]] bool push(LaneRequest& request);
    [[nodiscard]] bool push(CatalogRequest& request);
    [[nodiscard]] bool push(ArchiveRequest& request);
    [[nodiscard]] bool push(OnceRequest& request);
    [[nodiscard]] bool push(DeadLetterRequest& request);
    [[nodiscard]] bool push(PacedRedriveRequest& request);
    [[nodiscard]] bool push(RedeliverRequest& request);
    [[nodiscard]] bool push(ClaimCall& call);
    [[nodiscard]] bool push(HeldCall& call);
    [[nodiscard]] bool push(FlushRequest& request);
    [[nodiscard]] bool push(BackupRequest& request);

    // Outcomes of a closed inbox are dropped: their deliveries stay owed.
    void record(std::vector<Outcome> outcomes);
    void release(std::vector<DeliveryId> ids);

    // Nothing is let in any more; take() says so once it has handed out everything.
    void close();

    // Waits for something that presses, for outcomes that have waited long enough, or until
    // `until`; then moves at most one group into `work`, which must be empty. Outcomes come along
    // with whatever else there is.
    void take(Work& work, SteadyTime until);

    // The writer is done with appends of this size.
    void finished_bytes(std::size_t bytes);

    // Bytes of events that are queued or being written.
    std::size_t bytes() const;

    bool is_empty() const;

private:
    template <class Request>
    bool push_to(std::vector<Request> Inbox::*, Request& request);
    void wake();
    SteadyTime take_latest_at(SteadyTime until) const;
    bool has_requests() const;
    bool presses() const;
    bool has_anything() const;

    const Limits limits_;

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    // Guarded by mutex_:
    std::deque<AppendRequest> appends_;
    std::deque<AppendRequest> unhurried_;
    std::size_t bytes_ = 0;
    std::vector<LaneRequest> lanes_;
    std::vector<CatalogRequest> catalog_;
    std::vector<ArchiveRequest> archives_;
    std::deque<OnceRequest> onces_;
    std::vector<DeadLetterRequest> dead_letters_;
    std::vector<PacedRedriveRequest> paced_;
    std::vector<RedeliverRequest> redeliveries_;
    std::vector<ClaimCall> claims_;
    std::vector<HeldCall> held_;
    std::vector<FlushRequest> flushes_;
    std::vector<BackupRequest> backups_;
    std::deque<Outcome> outcomes_;
    std::uint64_t outcomes_recorded_ = 0;
    SteadyTime oldest_outcome_at_;
    std::vector<DeliveryId> releases_;
    bool closed_ = false;
    bool writer_waits_ = false;
};

}  // namespace eventbus
