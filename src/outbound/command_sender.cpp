#include "eventbus/outbound/senders.hpp"

#include "child_process.hpp"
#include "http_verdict.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <thread>

namespace eventbus {
namespace {

namespace asio = boost::asio;

constexpr int kExitDataError = 65;  // EX_DATAERR of sysexits.h: trying again cannot help
constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

std::vector<std::string> environment_of(const Command& command, const PreparedDelivery& prepared) {
    const char* path = std::getenv("PATH");
    std::vector<std::string> all;
    all.push_back("PATH=" + std::string(path != nullptr ? path : kDefaultPath.data()));
    all.insert(all.end(), command.environment.begin(), command.environment.end());
    const BoundTarget& bound = *prepared.target;
    all.push_back("EVENTBUSD_EVENT_ID=" + prepared.delivery.event->id);
    all.push_back("EVENTBUSD_EVENT_BUS=" + bound.bus_arn);
    all.push_back("EVENTBUSD_RULE=" + bound.rule_name);
    all.push_back("EVENTBUSD_TARGET=" + bound.target.id);
    all.push_back("EVENTBUSD_ATTEMPT=" + std::to_string(prepared.delivery.attempts + 1));
    all.push_back("EVENTBUSD_WEBHOOK_ID=" + prepared.webhook_id);
    return all;
}

AttemptResult judge(const std::string& name, const Command& command, ChildOutcome outcome) {
    using End = ChildOutcome::End;
    const std::string who = "The command " + name;
    AttemptResult result;
    switch (outcome.end) {
        case End::not_started:
            result = retriable_failure(
                "NO_RESOURCE",
                who + " cannot be started (" + command.program.front() +
                    "): " + std::strerror(outcome.number) + ".");
            break;
        case End::exited:
            if (outcome.number == kExitDataError) {
                result = permanent_failure(
                    "ERROR_FROM_TARGET",
                    who + " refused the event for good: exit status 65.");
            } else if (outcome.number != 0) {
                result = retriable_failure(
                    "ERROR_FROM_TARGET",
                    who + " failed: exit status " + std::to_string(outcome.number) + ".");
            }
            break;
        case End::killed:
            result = retriable_failure(
                "ERROR_FROM_TARGET",
                who + " was ended by signal " + std::to_string(outcome.number) + ".");
            break;
        case End::timed_out:
            result = retriable_failure(
                "TIMEOUT",
                who + " did not end within " + std::to_string(command.timeout.count()) + " ms.");
            break;
    }
    result.response = std::move(outcome.output);
    return result;
}

// All programs are started and watched on one thread of its own: starting one takes a while, and
// would hold up a thread that serves requests.
class CommandSender final : public TargetSender {
public:
    explicit CommandSender(CommandOptions options)
        : options_(std::move(options)), thread_([this] { io_.run(); }) {}

    ~CommandSender() override {
        io_.stop();
        thread_.join();
        for (const pid_t group : running_) {
            ::kill(-group, SIGKILL);
        }
    }

    std::size_t batch_max() const override { return 1; }

    asio::awaitable<std::vector<AttemptResult>> send(std::vector<PreparedDelivery> batch) override {
        auto work = run_all(std::move(batch));
        auto results =
            co_await asio::co_spawn(io_.get_executor(), std::move(work), asio::use_awaitable);
        co_return results;
    }

private:
    asio::awaitable<std::vector<AttemptResult>> run_all(std::vector<PreparedDelivery> batch) {
        std::vector<AttemptResult> results;
        results.reserve(batch.size());
        for (auto& prepared : batch) {
            co_await take_place();
            auto result = co_await run_one(std::move(prepared));
            give_place();
            results.push_back(std::move(result));
        }
        co_return results;
    }

    asio::awaitable<AttemptResult> run_one(PreparedDelivery prepared) {
        const std::string& arn = prepared.target->target.arn;
        const auto name = command_name(arn);
        const auto found = name ? options_.commands.find(*name) : options_.commands.end();
        if (found == options_.commands.end()) {
            co_return permanent_failure("NO_RESOURCE", "No command is configured for " + arn + ".");
        }
        const Command& command = found->second;
        ChildRequest request;
        request.program = command.program;
        request.environment = environment_of(command, prepared);
        request.directory = command.directory;
        request.input = std::move(prepared.payload);
        request.output_bytes_max = kResponseBytesKept;
        request.timeout = command.timeout;
        request.kill_after = options_.kill_after;
        auto outcome = co_await run_child(std::move(request), running_);
        co_return judge(*name, command, std::move(outcome));
    }

    // At most `at_once` programs; the others wait for their turn in the order in which they came.
    asio::awaitable<void> take_place() {
        if (taken_ < options_.at_once) {
            ++taken_;
            co_return;
        }
        asio::steady_timer turn(io_, asio::steady_timer::time_point::max());
        waiting_.push_back(&turn);
        co_await turn.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    // The place goes straight to who has waited longest.
    void give_place() {
        if (waiting_.empty()) {
            --taken_;
            return;
        }
        waiting_.front()->cancel();
        waiting_.pop_front();
    }

    const CommandOptions options_;
    asio::io_context io_{1};
    const asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    // Owned by the thread.
    std::set<pid_t> running_;
    std::size_t taken_ = 0;
    std::deque<asio::steady_timer*> waiting_;
    std::thread thread_;  // last: it uses the rest
};

}  // namespace

std::unique_ptr<TargetSender> make_command_sender(CommandOptions options) {
    return std::make_unique<CommandSender>(std::move(options));
}

}  // namespace eventbus
