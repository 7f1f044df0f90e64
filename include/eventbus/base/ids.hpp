#pragma once

#include "eventbus/base/clock.hpp"

#include <cstdint>
#include <string>

namespace eventbus {

// A random UUID (version 4) in lower-case text, from the kernel's generator. Safe from any thread.
std::string make_uuid();

// A version 4 UUID whose first 48 bits are `now` in milliseconds, so that later ids sort behind
// earlier ones and an index of them is written at its end. The other 74 bits are random.
std::string make_ordered_uuid(WallTime now);

// 64 random bits from the same source: for jitter and ids that nobody may guess.
std::uint64_t random_u64();

}  // namespace eventbus
