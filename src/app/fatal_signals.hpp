#pragma once

namespace eventbus {

// From now on a signal that a fault of the program raises (SIGSEGV, SIGBUS, SIGILL, SIGFPE,
// SIGABRT) is noted in the started marks; then it ends the process as ever, with a core dump if
// those are on. A build with a sanitizer keeps that one's handlers.
void note_fatal_signals();

}  // namespace eventbus
