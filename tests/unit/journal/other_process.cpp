// The other process of the journal's tests:
//   hold FOLDER            opens the journal, writes "open" or the error, and waits to be killed
//   append FOLDER PREFIX   appends without end, and delivers every second event, until it is
//   killed;
//                          writes a line for each event that was accepted ("a" and its id), and one
//                          for each delivery that its "target" has taken ("t" and the event's id),
//                          before the outcome is recorded
// The lines are its only way out of itself: what it has written is what it has promised.
#include "store_fixture.hpp"

#include <unistd.h>

#include <cstdio>

namespace eventbus {
namespace {

using test::event_of;

constexpr int kCallers = 8;
constexpr int kEventsPerCall = 3;

void write_line(char kind, const std::string& id) {
    const std::string line = kind + id + "\n";  // far below PIPE_BUF, so lines do not mix
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
}

class TakingEverySecond final : public DeliveryListener {
public:
    explicit TakingEverySecond(Journal& journal) : journal_(journal) {}

    void on_committed(std::vector<Delivery> deliveries) override {
        std::vector<Outcome> outcomes;
        for (const Delivery& delivery : deliveries) {
            if (delivery.id.event % 2 == 0) {
                write_line('t', delivery.event->id);
                Outcome outcome;
                outcome.id = delivery.id;
                outcomes.push_back(std::move(outcome));
            }
        }
        journal_.record(std::move(outcomes));
    }

private:
    Journal& journal_;
};

boost::asio::awaitable<void> append_for_ever(Journal& journal, LaneId lane, std::string prefix) {
    for (int i = 0;; ++i) {
        std::vector<NewEvent> events;
        for (int j = 0; j < kEventsPerCall; ++j) {
            const std::string id = prefix + std::to_string(i) + "." + std::to_string(j);
            std::vector<LaneId> owed{lane};
            events.push_back(NewEvent{event_of(id, SystemClock().now(), 300), owed});
        }
        const auto copy = events;
        const auto appended = co_await journal.append(std::move(events));
        if (appended.has_value()) {
            for (const NewEvent& added : copy) {
                write_line('a', added.event->id);
            }
        }
    }
}

void append_until_killed(Journal& journal, const std::string& prefix) {
    test::IoThreads io(1);
    TakingEverySecond listener(journal);
    journal.set_listener(&listener);
    const LaneId to = io.wait(journal.lane("rule", "t")).value();
    std::vector<std::future<void>> callers;
    for (int i = 0; i < kCallers; ++i) {
        const std::string of_caller = prefix + "/" + std::to_string(i) + "/";
        callers.push_back(io.start(append_for_ever(journal, to, of_caller)));
    }
    ::pause();
}

int run(const std::vector<std::string>& arguments) {
    SqliteStoreOptions options;
    options.folder = arguments.at(1);
    SystemClock clock;
    MetricsRegistry metrics;
    const auto store = SqliteStore::open(options, clock, metrics);
    if (store.has_error()) {
        std::printf("%s\n", store.error().message().c_str());
        return 1;
    }
    if (arguments.at(0) == "append") {
        append_until_killed((*store)->journal(), arguments.at(2));
    } else {
        std::puts("open");
        std::fflush(stdout);
        ::pause();
    }
    return 1;  // nobody has killed it
}

}  // namespace
}  // namespace eventbus

int main(int argc, char** argv) {
    return eventbus::run({argv + 1, argv + argc});
}
