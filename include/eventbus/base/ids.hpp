#pragma once

#include <cstdint>
#include <string>

namespace eventbus {

// A random UUID (version 4) in lower-case text, from the kernel's generator. Safe from any thread.
std::string make_uuid();

// 64 random bits from the same source: for jitter and ids that nobody may guess.
std::uint64_t random_u64();

}  // namespace eventbus
