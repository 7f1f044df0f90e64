#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

// Replaces operator new of the test program. For one file of it only.
namespace eventbus::test {

inline std::atomic<std::size_t> allocations{0};  // so far

// What the thread may still allocate; negative: as much as it wants.
inline thread_local int allocations_left = -1;

}  // namespace eventbus::test

void* operator new(std::size_t size) {
    using namespace eventbus::test;
    ++allocations;
    if (allocations_left != 0) {
        allocations_left -= allocations_left > 0 ? 1 : 0;
        if (void* const memory = std::malloc(size)) {
            return memory;
        }
    }
    throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++eventbus::test::allocations;
    return std::malloc(size);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
