#pragma once

#include "eventbus/base/clock.hpp"

#include <boost/asio/awaitable.hpp>
#include <sys/types.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace eventbus {

// A program and what it is started with. Its environment is exactly what is given here, and it gets
// no descriptor of ours but standard input (a pipe with `input`) and standard output and error (one
// pipe).
struct ChildRequest {
    std::vector<std::string> program;      // not empty; without '/' it is looked for in PATH
    std::vector<std::string> environment;  // NAME=value
    std::filesystem::path directory;       // empty: ours
    std::string input;
    std::size_t output_bytes_max = 0;  // kept; what comes after is read and thrown away
    Millis timeout{0};                 // then SIGTERM to its process group …
    Millis kill_after{0};              // … and this later SIGKILL
};

struct ChildOutcome {
    enum class End { not_started, exited, killed, timed_out };

    End end = End::not_started;
    int number = 0;  // exit status, signal, or errno
    std::string output;
};

// Runs the program to its end. Whatever it has left running in its process group is killed then.
// To be awaited on an executor of one thread, which owns `running`: the groups alive now.
boost::asio::awaitable<ChildOutcome> run_child(ChildRequest request, std::set<pid_t>& running);

}  // namespace eventbus
