#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// A process that has a journal open (other_process.cpp) and ends when it is killed. It is a program
// of its own and not a fork of the test: a fork of a process with threads may find the allocator's
// locks held by threads that it does not have.
class OtherProcess {
public:
    explicit OtherProcess(std::vector<std::string> arguments) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            ADD_FAILURE() << "no pipe";
            return;
        }
        arguments.insert(arguments.begin(), EVENTBUS_OTHER_PROCESS);
        std::vector<char*> argv;
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        EXPECT_EQ(0, ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ));
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        lines_ = ::fdopen(ends[0], "r");
    }

    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;

    ~OtherProcess() {
        if (pid_ > 0) {
            kill();
            wait();
        }
        if (lines_ != nullptr) {
            std::fclose(lines_);
        }
    }

    pid_t pid() const { return pid_; }

    // The next line that it has written; false when it has ended and there is none.
    bool read_line(std::string& line) {
        char text[128];
        if (lines_ == nullptr || std::fgets(text, sizeof text, lines_) == nullptr) {
            return false;
        }
        line = text;
        line.pop_back();
        return true;
    }

    void kill() { ::kill(pid_, SIGKILL); }

    // The status that waitpid(2) gives.
    int wait() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return status;
    }

private:
    pid_t pid_ = -1;
    FILE* lines_ = nullptr;
};

}  // namespace eventbus::test
