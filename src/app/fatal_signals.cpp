#include "fatal_signals.hpp"

#include "eventbus/outbound/started_marks.hpp"

#include <csignal>
#include <cstddef>
#include <cstdlib>

namespace eventbus {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

void note_fatal_signals() {}

#else

namespace {

// For the main thread, whose stack may be what has run out.
constexpr std::size_t kStackBytes = 64 * 1024;

// The default action is back already, so raising the signal again ends the process.
void on_fatal_signal(int signal) {
    StartedMarks::note_fatal_signal();
    std::raise(signal);
}

}  // namespace

void note_fatal_signals() {
    alignas(16) static char stack[kStackBytes];
    stack_t other{};
    other.ss_sp = stack;
    other.ss_size = sizeof stack;
    ::sigaltstack(&other, nullptr);

    struct sigaction action {};

    action.sa_handler = on_fatal_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER | SA_ONSTACK;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
        ::sigaction(signal, &action, nullptr);
    }
}

#endif

}  // namespace eventbus
