#include "eventbus/base/memory_reserve.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace eventbus {
namespace {

constexpr std::size_t kReserveBytes = 4096;

struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
};

// Of this thread, as memory that it gives back is the first that it gets.
struct Reserve {
    std::unique_ptr<void, Free> memory;
    bool is_held = false;
    bool has_lacked = false;
};

thread_local Reserve reserve;

// What operator new calls before it tries again.
void find_memory() {
    reserve.has_lacked = true;
    if (!reserve.is_held || !reserve.memory) {
        throw std::bad_alloc();
    }
    reserve.memory.reset();
}

}  // namespace

void watch_memory() noexcept {
    std::set_new_handler(&find_memory);
}

bool has_lacked_memory() noexcept {
    return reserve.has_lacked;
}

MemoryReserve::MemoryReserve() {
    if (!reserve.memory) {
        reserve.memory.reset(std::malloc(kReserveBytes));
    }
    if (!reserve.memory) {
        throw std::bad_alloc();
    }
    reserve.is_held = true;
}

MemoryReserve::~MemoryReserve() {
    reserve.is_held = false;
}

}  // namespace eventbus
