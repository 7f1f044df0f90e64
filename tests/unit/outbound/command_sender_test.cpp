#include "eventbus/outbound/senders.hpp"

#include "events.hpp"
#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using Verdict = AttemptResult::Verdict;

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool is_alive(pid_t process) {
    // A zombie that nobody has waited for yet is not alive either.
    const std::string status = content_of("/proc/" + std::to_string(process) + "/stat");
    const auto state = status.rfind(") ");
    return state != std::string::npos && status[state + 2] != 'Z';
}

class CommandSender : public ::testing::Test {
protected:
    CommandSender() { std::signal(SIGPIPE, SIG_IGN); }  // as the daemon does

    // The shell is what the test names as its program; the sender itself uses none.
    void command(const std::string& name, const std::string& script) {
        options_.commands[name].program = {"/bin/sh", "-c", script};
        options_.commands[name].directory = dir_.path();
    }

    std::vector<PreparedDelivery> delivery(const std::string& arn, std::string payload = "{}") {
        std::vector<PreparedDelivery> batch(1);
        batch[0].payload = std::move(payload);
        batch[0].delivery.event = test::make_event("{}");
        batch[0].delivery.attempts = 2;
        batch[0].target = test::bind(test::target_at(arn));
        batch[0].webhook_id = "msg_1_1";
        return batch;
    }

    AttemptResult run(const std::string& script, std::string payload = "{}") {
        command("it", script);
        auto sender = make_command_sender(options_);
        return io_.wait(sender->send(delivery("exec:it", std::move(payload)))).front();
    }

    std::string file(const std::string& name) { return content_of(dir_.path() / name); }

    const test::TempDir dir_;
    test::IoThreads io_;
    CommandOptions options_;
};

TEST_F(CommandSender, GivesTheEventOnStandardInput) {
    const std::string payload = R"({"a":"b c"})";
    EXPECT_EQ(run("cat > got", payload).verdict, Verdict::delivered);
    EXPECT_EQ(file("got"), payload);
    const std::string large(3'000'000, 'x');
    EXPECT_EQ(run("cat > got", large).verdict, Verdict::delivered);
    EXPECT_EQ(file("got"), large);
}

TEST_F(CommandSender, GivesTheIdsAndNothingElseOfOurEnvironment) {
    ::setenv("CANARY_SECRET", "1", 1);
    options_.commands["it"].environment = {"MODE=fast"};
    command("it", "env | sort > got");
    auto sender = make_command_sender(options_);
    EXPECT_EQ(io_.wait(sender->send(delivery("exec:it"))).front().verdict, Verdict::delivered);
    ::unsetenv("CANARY_SECRET");
    std::string own;
    std::ifstream in(dir_.path() / "got");
    for (std::string line; std::getline(in, line);) {
        // What the shell itself sets.
        if (!line.starts_with("PATH=") && !line.starts_with("PWD=") && !line.starts_with("_=") &&
            !line.starts_with("OLDPWD=") && !line.starts_with("SHLVL=")) {
            own += line + "\n";
        }
    }
    EXPECT_EQ(
        own,
        "EVENTBUSD_ATTEMPT=3\n"
        "EVENTBUSD_EVENT_BUS=arn:aws:events:us-east-1:000000000000:event-bus/default\n"
        "EVENTBUSD_EVENT_ID=11111111-2222-4333-8444-555555555555\n"
        "EVENTBUSD_RULE=orders\n"
        "EVENTBUSD_TARGET=t1\n"
        "EVENTBUSD_WEBHOOK_ID=msg_1_1\n"
        "MODE=fast\n");
}

TEST_F(CommandSender, UsesNoShell) {
    options_.commands["it"].program = {"echo", "$HOME; touch pwned", "`id`", "a\nb"};
    options_.commands["it"].directory = dir_.path();
    auto sender = make_command_sender(options_);
    const auto result = io_.wait(sender->send(delivery("exec:it"))).front();
    EXPECT_EQ(result.response, "$HOME; touch pwned `id` a\nb\n");
    EXPECT_FALSE(std::filesystem::exists(dir_.path() / "pwned"));
}

TEST_F(CommandSender, HandsDownNoDescriptorButTheThreeStandardOnes) {
    const int ours = ::dup(1);  // without close-on-exec
    EXPECT_EQ(run("exec ls /proc/self/fd > got").verdict, Verdict::delivered);
    ::close(ours);
    EXPECT_EQ(file("got"), "0\n1\n2\n3\n") << "3 is the folder that ls reads";
}

TEST_F(CommandSender, ResetsTheSignalsThatTheDaemonIgnores) {
    run("grep SigIgn /proc/$$/status > got");
    const std::string mask = file("got").substr(8);
    // The C library keeps two signals of its own, 32 and 33, to itself.
    EXPECT_EQ(std::stoull(mask, nullptr, 16) & ~0x180000000ULL, 0U) << mask;
}

struct StatusRow {
    const char* script;
    Verdict verdict;
    const char* code;
    const char* says;
};

TEST_F(CommandSender, JudgesByTheExitStatus) {
    const StatusRow rows[] = {
        {"exit 0", Verdict::delivered, "", ""},
        {"exit 75", Verdict::retriable, "ERROR_FROM_TARGET", "exit status 75"},
        {"exit 1", Verdict::retriable, "ERROR_FROM_TARGET", "exit status 1"},
        {"exit 255", Verdict::retriable, "ERROR_FROM_TARGET", "exit status 255"},
        {"exit 65", Verdict::permanent, "ERROR_FROM_TARGET", "exit status 65"},
        {"kill -KILL $$", Verdict::retriable, "ERROR_FROM_TARGET", "signal 9"},
        {"kill -SEGV $$", Verdict::retriable, "ERROR_FROM_TARGET", "signal 11"},
    };
    for (const auto& row : rows) {
        const auto result = run(row.script);
        EXPECT_EQ(result.verdict, row.verdict) << row.script;
        EXPECT_EQ(result.code, row.code) << row.script;
        EXPECT_NE(result.message.find(row.says), std::string::npos) << result.message;
    }
}

TEST_F(CommandSender, KeepsTheFirstBytesOfWhatTheProgramSays) {
    EXPECT_EQ(run("echo out; echo err >&2; exit 3").response, "out\nerr\n");
    const auto chatty = run("head -c 5000000 /dev/zero | tr '\\0' x");
    EXPECT_EQ(chatty.verdict, Verdict::delivered);
    EXPECT_EQ(chatty.response, std::string(kResponseBytesKept, 'x'));
}

TEST_F(CommandSender, LetsAProgramIgnoreItsInput) {
    EXPECT_EQ(run("exec <&-; exit 0", std::string(1'000'000, 'x')).verdict, Verdict::delivered);
}

TEST_F(CommandSender, SaysWhyAProgramCannotBeStarted) {
    options_.commands["it"].program = {"/no/such/program"};
    options_.commands["there"].program = {"/bin/true"};
    options_.commands["there"].directory = "/no/such/folder";
    auto sender = make_command_sender(options_);
    for (const char* arn : {"exec:it", "exec:there"}) {
        const auto result = io_.wait(sender->send(delivery(arn))).front();
        EXPECT_EQ(result.verdict, Verdict::retriable);
        EXPECT_EQ(result.code, "NO_RESOURCE");
        EXPECT_NE(result.message.find("No such file"), std::string::npos) << result.message;
    }
}

TEST_F(CommandSender, RunsNothingThatTheOperatorHasNotNamed) {
    auto sender = make_command_sender(options_);
    for (const char* arn : {"exec:other", "exec:/bin/true", "exec:", "exec:../x"}) {
        const auto result = io_.wait(sender->send(delivery(arn))).front();
        EXPECT_EQ(result.verdict, Verdict::permanent) << arn;
        EXPECT_EQ(result.code, "NO_RESOURCE") << arn;
    }
}

TEST_F(CommandSender, EndsTheWholeGroupOfAProgramThatTakesTooLong) {
    command("it", "trap 'echo asked; exit 0' TERM; sleep 1000 & echo $! > child; wait");
    options_.commands["it"].timeout = 300ms;
    auto sender = make_command_sender(options_);
    const auto result = io_.wait(sender->send(delivery("exec:it"))).front();
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "TIMEOUT");
    EXPECT_EQ(result.response, "asked\n");
    // It dies of the same signal, in its own time.
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (is_alive(std::stoi(file("child"))) && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(is_alive(std::stoi(file("child"))));
}

TEST_F(CommandSender, KillsAProgramThatDoesNotListen) {
    command("it", "trap '' TERM; while :; do sleep 1; done");
    options_.commands["it"].timeout = 100ms;
    options_.kill_after = 100ms;
    auto sender = make_command_sender(options_);
    EXPECT_EQ(io_.wait(sender->send(delivery("exec:it"))).front().code, "TIMEOUT");
}

TEST_F(CommandSender, DoesNotWaitForWhatAProgramLeavesBehind) {
    // In a session of its own it is out of reach, and it holds the output open.
    const auto result = run("setsid sleep 1000 & echo $! > child; echo done");
    EXPECT_EQ(result.verdict, Verdict::delivered);
    EXPECT_EQ(result.response, "done\n");
    ::kill(std::stoi(file("child")), SIGKILL);
}

TEST_F(CommandSender, RunsNoMoreProgramsAtOnceThanAllowed) {
    // Each adds itself to the list of those running, looks at its length, and leaves.
    command("it", "touch run.$$; ls run.* | wc -l >> counts; sleep 0.05; rm run.$$");
    options_.at_once = 2;
    auto sender = make_command_sender(options_);
    std::vector<std::future<std::vector<AttemptResult>>> calls;
    for (int i = 0; i < 8; ++i) {
        calls.push_back(io_.start(sender->send(delivery("exec:it"))));
    }
    for (auto& call : calls) {
        EXPECT_EQ(call.get().front().verdict, Verdict::delivered);
    }
    std::ifstream counts(dir_.path() / "counts");
    int seen = 0;
    for (int count = 0; counts >> count; ++seen) {
        EXPECT_LE(count, 2);
    }
    EXPECT_EQ(seen, 8);
}

TEST_F(CommandSender, LeavesNoDescriptorAndNoProcessBehind) {
    const auto open = [] {
        return std::distance(
            std::filesystem::directory_iterator("/proc/self/fd"),
            std::filesystem::directory_iterator());
    };
    command("it", "exit 0");
    options_.commands["absent"].program = {"/no/such/program"};
    auto sender = make_command_sender(options_);
    io_.wait(sender->send(delivery("exec:it")));
    const auto before = open();
    for (int i = 0; i < 30; ++i) {
        io_.wait(sender->send(delivery(i % 2 == 0 ? "exec:it" : "exec:absent")));
    }
    EXPECT_EQ(open(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was not waited for";
}

}  // namespace
}  // namespace eventbus
