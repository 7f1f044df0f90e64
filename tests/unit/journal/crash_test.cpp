#include "store_fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <random>

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;

// The child's only ways out of itself: a line for each event that was accepted, and one for each
// delivery that its "target" has taken, written before the outcome is recorded.
class Ledger {
public:
    explicit Ledger(int fd) : fd_(fd) {}

    void write(char kind, const std::string& id) {
        const std::string line = kind + id + "\n";  // far below PIPE_BUF, so lines do not mix
        [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
    }

private:
    int fd_;
};

class TakingEverySecond final : public DeliveryListener {
public:
    TakingEverySecond(Journal& journal, Ledger ledger) : journal_(journal), ledger_(ledger) {}

    void on_committed(std::vector<Delivery> deliveries) override {
        std::vector<Outcome> outcomes;
        for (const Delivery& delivery : deliveries) {
            if (delivery.id.event % 2 == 0) {
                ledger_.write('t', delivery.event->id);
                Outcome outcome;
                outcome.id = delivery.id;
                outcomes.push_back(std::move(outcome));
            }
        }
        journal_.record(std::move(outcomes));
    }

private:
    Journal& journal_;
    Ledger ledger_;
};

class JournalCrash : public test::StoreTest {
protected:
    static boost::asio::awaitable<void>
    append_for_ever(Journal& journal, LaneId lane, std::string prefix, Ledger ledger) {
        for (int i = 0;; ++i) {
            std::vector<NewEvent> events;
            for (int j = 0; j < 3; ++j) {
                const std::string id = prefix + std::to_string(i) + "." + std::to_string(j);
                std::vector<LaneId> owed{lane};
                events.push_back(NewEvent{event_of(id, SystemClock().now(), 300), owed});
            }
            const auto copy = events;
            const auto appended = co_await journal.append(std::move(events));
            if (appended.has_value()) {
                for (const NewEvent& added : copy) {
                    ledger.write('a', added.event->id);
                }
            }
        }
    }

    // Never returns.
    [[noreturn]] void run_child(int round, Ledger ledger) {
        test::IoThreads io(1);
        auto store = SqliteStore::open(options_, clock_, metrics_).value();
        TakingEverySecond listener(store->journal(), ledger);
        store->journal().set_listener(&listener);
        const LaneId to = io.wait(store->journal().lane("rule", "t")).value();
        std::vector<std::future<void>> callers;
        for (int i = 0; i < 8; ++i) {
            const std::string prefix = std::to_string(round) + "/" + std::to_string(i) + "/";
            auto caller = append_for_ever(store->journal(), to, prefix, ledger);
            callers.push_back(io.start(std::move(caller)));
        }
        ::pause();
        std::abort();
    }

    // Starts a child, kills it after `lines` lines of its ledger, and notes all of them.
    void kill_after(int round, int lines) {
        int pipe_ends[2];
        ASSERT_EQ(0, ::pipe(pipe_ends));
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(pipe_ends[0]);
            run_child(round, Ledger(pipe_ends[1]));
        }
        ::close(pipe_ends[1]);
        FILE* stream = ::fdopen(pipe_ends[0], "r");
        char line[128];
        for (int read = 0; std::fgets(line, sizeof line, stream) != nullptr; ++read) {
            if (read == lines) {
                ::kill(child, SIGKILL);
            }
            std::string id(line + 1);
            id.pop_back();
            (line[0] == 'a' ? accepted_ : taken_).insert(id);
        }
        std::fclose(stream);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }

    std::set<std::string> accepted_;
    std::set<std::string> taken_;
};

TEST_F(JournalCrash, LosesNothingThatWasAcceptedHoweverOftenItIsKilled) {
    constexpr int kRounds = 25;
    std::minstd_rand random(std::random_device{}());
    for (int round = 0; round < kRounds; ++round) {
        const int lines = std::uniform_int_distribution<int>(0, 3'000)(random);
        SCOPED_TRACE("round " + std::to_string(round) + ", " + std::to_string(lines) + " lines");
        ASSERT_NO_FATAL_FAILURE(kill_after(round, lines));
        ASSERT_NO_FATAL_FAILURE(open());
        {
            sqlite::Database db(database(), sqlite::Database::Access::reader);
            ASSERT_EQ("ok", db.integrity_check());
        }
        EXPECT_EQ(query("SELECT COUNT(*) FROM deliveries"), query("SELECT owed FROM counters"));
        clock_.set_wall(SystemClock().now() + Millis(60'000));
        const auto owed =
            ids_of(claim(io_.wait(journal().lane("rule", "t")).value(), 10'000'000).deliveries);
        std::vector<std::string> lost;
        for (const std::string& id : accepted_) {
            if (!owed.contains(id) && !taken_.contains(id)) {
                lost.push_back(id);
            }
        }
        ASSERT_TRUE(lost.empty()) << lost.size() << " lost, one of them " << lost.front();
        store_.reset();
    }
    EXPECT_GT(accepted_.size(), 1'000U);
}

}  // namespace
}  // namespace eventbus
