#pragma once

namespace eventbus {

// From now on an allocation that fails is remembered, and taken from the thread's reserve where one
// is held. Call once, first of all.
void watch_memory() noexcept;

// Whether an allocation of this thread has ever failed. For those who are told nothing else, as
// std::terminate() from within a library's noexcept function is.
bool has_lacked_memory() noexcept;

// For calls of libraries that leave broken objects behind if an allocation fails in their midst:
// while it lives, a few small allocations of this thread do not fail. Throws std::bad_alloc, before
// anything has begun, if that cannot be promised. Without watch_memory() it promises nothing.
class MemoryReserve {
public:
    MemoryReserve();
    ~MemoryReserve();

    MemoryReserve(const MemoryReserve&) = delete;
    MemoryReserve& operator=(const MemoryReserve&) = delete;
};

}  // namespace eventbus
