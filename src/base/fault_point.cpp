#include "eventbus/base/fault_point.hpp"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace eventbus {
namespace {

struct Appointment {
    std::string_view name;
    std::uint64_t visit = 1;
};

Appointment read_appointment() {
    std::string_view text = fault_switch("EVENTBUSD_CRASH_AT");
    Appointment appointment;
    const auto colon = text.rfind(':');
    appointment.name = text.substr(0, colon);
    if (colon != std::string_view::npos) {
        text.remove_prefix(colon + 1);
        std::from_chars(text.data(), text.data() + text.size(), appointment.visit);
    }
    return appointment;
}

std::atomic<std::uint64_t> visits{0};

// For the fault harness too. The allocation that fails: EVENTBUSD_FAIL_ALLOCATION=n is the nth of
// the process, once.
std::uint64_t read_failing_allocation() {
    const char* text = std::getenv("EVENTBUSD_FAIL_ALLOCATION");
    return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

std::atomic<std::uint64_t> allocations{0};

void* allocate(std::size_t size) {
    static const std::uint64_t failing = read_failing_allocation();
    bool fails = failing != 0 && ++allocations == failing;
    while (true) {
        if (void* const memory = fails ? nullptr : std::malloc(size == 0 ? 1 : size)) {
            return memory;
        }
        const std::new_handler find_memory = std::get_new_handler();
        if (find_memory == nullptr) {
            throw std::bad_alloc();
        }
        find_memory();
        fails = false;
    }
}

}  // namespace

std::string_view fault_switch(const char* variable) noexcept {
    const char* value = std::getenv(variable);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

bool fault_is_due(std::string_view name) noexcept {
    static const Appointment appointment = read_appointment();
    return name == appointment.name && ++visits == appointment.visit;
}

void fault_poison(std::string_view text) noexcept {
    static const std::string_view poison = fault_switch("EVENTBUSD_POISON");
    if (!poison.empty() && text.find(poison) != std::string_view::npos) {
        std::raise(SIGSEGV);
    }
}

void fault_crash() noexcept {
    ::kill(::getpid(), SIGKILL);
    while (true) {
        ::pause();
    }
}

void fault_point(std::string_view name) noexcept {
    if (fault_is_due(name)) {
        fault_crash();
    }
}

}  // namespace eventbus

void* operator new(std::size_t size) {
    return eventbus::allocate(size);
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
