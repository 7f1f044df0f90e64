#include "child_process.hpp"

#include "unique_fd.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace eventbus {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 4096;
constexpr int kLastReads = 64;  // of what is in the pipe when the program has ended

struct Pipe {
    UniqueFd read;
    UniqueFd write;

    bool open() {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            return false;
        }
        read = UniqueFd(ends[0]);
        write = UniqueFd(ends[1]);
        return true;
    }
};

// The arguments of posix_spawn, freed with it.
class SpawnSettings {
public:
    SpawnSettings() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
    }

    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    // Zero or an errno.
    int prepare(const ChildRequest& request, int input, int output) {
        // A group of its own, and none of the signal settings of a daemon: SIGPIPE is ignored here.
        sigset_t all;
        sigset_t none;
        sigfillset(&all);
        sigemptyset(&none);
        ::posix_spawnattr_setflags(
            &attributes_,
            POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        int failed = ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        failed |= ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        failed |= ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
        failed |= ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
        if (!request.directory.empty()) {
            failed |= ::posix_spawn_file_actions_addchdir_np(&actions_, request.directory.c_str());
        }
        return failed;
    }

    int spawn(const ChildRequest& request, pid_t& pid) const {
        const auto pointers = [](const std::vector<std::string>& texts) {
            std::vector<char*> all;
            for (const std::string& text : texts) {
                all.push_back(const_cast<char*>(text.c_str()));
            }
            all.push_back(nullptr);
            return all;
        };
        const auto arguments = pointers(request.program);
        const auto environment = pointers(request.environment);
        return ::posix_spawnp(
            &pid,
            arguments.front(),
            &actions_,
            &attributes_,
            arguments.data(),
            environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

class Child {
public:
    Child(ChildRequest request, std::set<pid_t>& running, const asio::any_io_executor& executor)
        : request_(std::move(request)),
          running_(running),
          input_(executor),
          output_(executor),
          end_(executor),
          timer_(executor) {}

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    asio::awaitable<ChildOutcome> run() {
        using namespace asio::experimental::awaitable_operators;
        if (const int failed = start(); failed != 0) {
            outcome_.number = failed;
            co_return outcome_;
        }
        running_.insert(pid_);
        co_await (watch() && feed() && collect());
        co_return std::move(outcome_);
    }

private:
    int start() {
        Pipe input;
        Pipe output;
        if (!input.open() || !output.open()) {
            return errno;
        }
        SpawnSettings settings;
        if (const int failed = settings.prepare(request_, input.read.get(), output.write.get());
            failed != 0) {
            return failed;
        }
        if (const int failed = settings.spawn(request_, pid_); failed != 0) {
            return failed;
        }
        // By number: this C library declares the function for C only.
        UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (end.get() < 0) {
            const int failed = errno;
            ::kill(-pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            return failed;
        }
        error_code ec;
        input_.assign(input.write.release(), ec);
        output_.assign(output.read.release(), ec);
        end_.assign(end.release(), ec);
        input_.non_blocking(true, ec);
        output_.non_blocking(true, ec);
        return 0;
    }

    // A program that does not want its input is free to close it.
    asio::awaitable<void> feed() {
        co_await asio::async_write(input_, asio::buffer(request_.input), kAsTuple);
        error_code ec;
        input_.close(ec);
    }

    asio::awaitable<void> collect() {
        std::array<char, kReadBytes> space{};
        while (!has_ended_) {
            const auto buffer = asio::buffer(space);
            auto [ec, n] = co_await output_.async_read_some(buffer, kAsTuple);
            keep({space.data(), n});
            if (ec) {
                break;
            }
        }
        // Ended by the end of the program rather than of its output, which others may hold open.
        for (int i = 0; i < kLastReads; ++i) {
            error_code ec;
            const std::size_t n = output_.read_some(asio::buffer(space), ec);
            keep({space.data(), n});
            if (ec) {
                break;
            }
        }
    }

    void keep(std::string_view bytes) {
        outcome_.output += bytes.substr(0, request_.output_bytes_max - outcome_.output.size());
    }

    asio::awaitable<void> watch() {
        const bool is_over = co_await ends_within(request_.timeout);
        if (!is_over) {
            ::kill(-pid_, SIGTERM);
            const bool has_yielded = co_await ends_within(request_.kill_after);
            if (!has_yielded) {
                ::kill(-pid_, SIGKILL);
                co_await end_.async_wait(Descriptor::wait_read, kAsTuple);
            }
        }
        reap(!is_over);
    }

    asio::awaitable<bool> ends_within(Millis time) {
        using namespace asio::experimental::awaitable_operators;
        timer_.expires_after(time);
        const auto first = co_await (
            end_.async_wait(Descriptor::wait_read, asio::use_awaitable) ||
            timer_.async_wait(asio::use_awaitable));
        co_return first.index() == 0;
    }

    void reap(bool is_late) {
        // While nobody has waited for it, its number cannot belong to another group.
        ::kill(-pid_, SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
        running_.erase(pid_);
        outcome_.end = is_late                      ? ChildOutcome::End::timed_out
                       : info.si_code == CLD_EXITED ? ChildOutcome::End::exited
                                                    : ChildOutcome::End::killed;
        outcome_.number = info.si_status;
        has_ended_ = true;
        error_code ec;
        input_.close(ec);
        output_.cancel(ec);
    }

    const ChildRequest request_;
    std::set<pid_t>& running_;
    Descriptor input_;
    Descriptor output_;
    Descriptor end_;  // readable when the program has ended
    asio::steady_timer timer_;
    pid_t pid_ = -1;
    bool has_ended_ = false;
    ChildOutcome outcome_;
};

}  // namespace

asio::awaitable<ChildOutcome> run_child(ChildRequest request, std::set<pid_t>& running) {
    const auto executor = co_await asio::this_coro::executor;
    Child child(std::move(request), running, executor);
    co_return co_await child.run();
}

}  // namespace eventbus
