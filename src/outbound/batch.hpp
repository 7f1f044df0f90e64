#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/core/target.hpp"

#include <cstddef>
#include <deque>

namespace eventbus {

// A batch as it stands now, at the front of what is ready.
struct BatchCut {
    std::size_t count = 0;  // deliveries of it that are ready
    bool is_full = false;   // nothing can be added to it any more
    WallTime fires_at;      // when it goes with what it has by then
};

// Which of the deliveries that are `ready`, in order of acceptance, make the batch that begins with
// the first of them. It depends on nothing but the events: their order, times of acceptance and
// sizes. So whoever reads them from the journal again, after a crash too, gets the same batches
// with the same deadlines. `ready` is not empty.
BatchCut cut_first_batch(const Batching& batching, const std::deque<Delivery>& ready);

// The same for batches that failed. The deliveries of one have the same due time and number of
// attempts, as they were written together; where several have, they are cut as at first.
BatchCut cut_failed_batch(const Batching& batching, const std::deque<Delivery>& ready);

}  // namespace eventbus
