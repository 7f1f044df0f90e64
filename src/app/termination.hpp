#pragma once

namespace eventbus {

// Where an exception cannot be handled (the writer has half a group, a destructor is running), the
// process ends: the journal is safe at any point. From now on it says so first; out of memory it
// then exits like after any other internal error, as a core dump would tell nothing. To know that
// it watches memory (memory_reserve.hpp).
void end_with_a_sentence_on_terminate() noexcept;

// SIGTERM and SIGINT do nothing by themselves until the process is gone; signal sets hear them as
// ever. Without it their default comes back with the end of the daemon's own set, and a signal in
// the last milliseconds would end the process as if killed.
void hold_signals();

}  // namespace eventbus
