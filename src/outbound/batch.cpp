#include "batch.hpp"

namespace eventbus {
namespace {

// What is accepted just before the end of a window is committed a little later.
constexpr Millis kCommitGrace{100};

template <class Belongs>
BatchCut cut(const Batching& batching, const std::deque<Delivery>& ready, Belongs belongs) {
    const Delivery& first = ready.front();
    const WallTime ends_at =
        first.event->accepted_at + std::chrono::seconds{batching.max_window_seconds};
    const auto bytes_max = static_cast<std::size_t>(batching.max_bytes);
    BatchCut batch;
    batch.fires_at = ends_at + kCommitGrace;
    std::size_t bytes = 0;
    for (const Delivery& delivery : ready) {
        bytes += delivery.event->envelope.size();
        // One event goes even if it alone is larger than a batch may be.
        const bool fits = batch.count == 0 || bytes <= bytes_max;
        if (!belongs(delivery) || delivery.event->accepted_at > ends_at || !fits) {
            batch.is_full = true;
            return batch;
        }
        if (++batch.count == static_cast<std::size_t>(batching.max_count)) {
            batch.is_full = true;
            return batch;
        }
    }
    return batch;
}

}  // namespace

BatchCut cut_first_batch(const Batching& batching, const std::deque<Delivery>& ready) {
    return cut(batching, ready, [](const Delivery&) { return true; });
}

BatchCut cut_failed_batch(const Batching& batching, const std::deque<Delivery>& ready) {
    const Delivery& first = ready.front();
    return cut(batching, ready, [&](const Delivery& delivery) {
        return delivery.due_at == first.due_at && delivery.attempts == first.attempts;
    });
}

}  // namespace eventbus
