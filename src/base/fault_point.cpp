#include "eventbus/base/fault_point.hpp"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>

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

}  // namespace

std::string_view fault_switch(const char* variable) noexcept {
    const char* value = std::getenv(variable);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

bool fault_is_due(std::string_view name) noexcept {
    static const Appointment appointment = read_appointment();
    return name == appointment.name && ++visits == appointment.visit;
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
