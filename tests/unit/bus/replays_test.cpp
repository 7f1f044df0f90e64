#include "eventbus/bus/replays.hpp"

#include "eventbus/base/time_text.hpp"

#include "intake_verbs.hpp"
#include "made_events.hpp"
#include "replay_pace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart = FakeClock::kStart;

// A real store with an archive "a" of the default bus; a rule "all" takes every event and shows
// what was replayed.
class ReplaysTest : public testing::Test {
protected:
    ReplaysTest() {
        options_.page.events = 3;
        options_.page_beside_live.events = 3;
        archive_ = archive_arn(daemon_.home, "a");
        lane_ = listen(daemon_);
        Archive wanted;
        wanted.name = "a";
        wanted.event_source_arn = bus_arn("default");
        EXPECT_EQ(
            outcome(
                daemon_.wait(daemon_.catalog().archives().create_archive(daemon_.home, wanted))),
            "ok");
        start();
    }

    void start() {
        replays_ = Replays::create(
            daemon_.io().executor(),
            daemon_.catalog(),
            daemon_.store().catalog(),
            daemon_.store().archives(),
            daemon_.journal(),
            daemon_.clock(),
            daemon_.metrics(),
            options_);
        ASSERT_EQ(outcome(daemon_.wait(replays_->load())), "ok");
    }

    void restart() {
        replays_.reset();
        daemon_.restart();
        start();
    }

    // Events whose ids in detail count from `first`, one second apart.
    void put(int first, int count, const std::string& source = "orders") {
        for (int i = first; i < first + count; ++i) {
            auto entry = with_source(source);
            entry.detail = R"({"n":)" + std::to_string(i) + "}";
            entry.time = kStart + std::chrono::seconds(i);
            ASSERT_EQ(put_one(daemon_, std::move(entry)), "ok");
        }
        seen();
    }

    Replay wanted(const std::string& name) {
        Replay replay;
        replay.name = name;
        replay.event_source_arn = archive_;
        replay.destination_arn = bus_arn("default");
        replay.event_start_time = kStart;
        replay.event_end_time = kStart + 1h;
        return replay;
    }

    std::string start_replay(Replay replay) {
        return outcome(daemon_.wait(replays_->start_replay(daemon_.home, std::move(replay))));
    }

    std::string cancel(const std::string& name) {
        return outcome(daemon_.wait(replays_->cancel_replay(daemon_.home, name)));
    }

    Replay replay(const std::string& name) {
        return replays_->describe_replay(daemon_.home, name).value();
    }

    std::string state(const std::string& name) {
        return std::string(to_string(replay(name).state));
    }

    void step() { ASSERT_EQ(outcome(daemon_.wait(replays_->step())), "ok"); }

    void finish(const std::string& name) {
        for (int i = 0; i < 100 && replay(name).is_active(); ++i) {
            step();
        }
        ASSERT_FALSE(replay(name).is_active());
    }

    // What has come to the rule since the last look, as numbers.
    std::vector<EventPtr> seen_events(LaneId lane) {
        ClaimRequest request;
        request.owner = "test";
        request.lane = lane;
        request.now = daemon_.clock().now();
        request.limit = 1000;
        std::vector<EventPtr> events;
        std::vector<Outcome> outcomes;
        for (auto& delivery : daemon_.wait(daemon_.journal().claim(request)).value().deliveries) {
            events.push_back(delivery.event);
            Outcome delivered;
            delivered.id = delivery.id;
            delivered.attempts = 1;
            outcomes.push_back(std::move(delivered));
        }
        daemon_.journal().record(std::move(outcomes));
        EXPECT_TRUE(daemon_.wait(daemon_.journal().flush()).has_value());
        return events;
    }

    std::string numbers(LaneId lane) {
        std::string all;
        for (const auto& event : seen_events(lane)) {
            const auto json = nlohmann::json::parse(event->envelope);
            all += (all.empty() ? "" : " ") + std::to_string(json["detail"]["n"].get<int>());
        }
        return all;
    }

    std::string seen() { return numbers(lane_); }

    BusDaemon daemon_;
    ReplaysOptions options_;
    std::string archive_;
    LaneId lane_ = 0;
    std::unique_ptr<Replays> replays_;
};

TEST_F(ReplaysTest, GoThroughTheirStates) {
    put(0, 4);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    EXPECT_EQ(state("r"), "STARTING");
    EXPECT_EQ(replay("r").started_at, kStart);
    EXPECT_EQ(replay("r").arn, "arn:aws:events:us-east-1:000000000000:replay/r");
    step();
    EXPECT_EQ(state("r"), "RUNNING");
    EXPECT_EQ(replay("r").last_replayed, std::nullopt);
    step();
    EXPECT_EQ(seen(), "0 1 2");
    EXPECT_EQ(replay("r").last_replayed, kStart + 2s);
    EXPECT_EQ(replay("r").ended_at, std::nullopt);
    daemon_.clock().advance(5s);
    step();
    step();
    EXPECT_EQ(seen(), "3");
    EXPECT_EQ(state("r"), "COMPLETED");
    EXPECT_EQ(replay("r").ended_at, kStart + 5s);
    EXPECT_EQ(daemon_.counted("eventbusd_replay_events_total"), 4U);
    step();
    EXPECT_EQ(seen(), "");
}

TEST_F(ReplaysTest, SendTheSameEventWithANewIdAndTheReplaysName) {
    put(7, 1);
    ASSERT_EQ(start_replay(wanted("again")), "ok");
    finish("again");
    const auto events = seen_events(lane_);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(
        events[0]->envelope,
        R"({"version":"0","id":")" + events[0]->id +
            R"(","detail-type":"placed","source":"orders","account":"000000000000",)"
            R"("time":"2026-11-20T16:18:07Z","region":"us-east-1","replay-name":"again",)"
            R"("resources":[],"detail":{"n":7}})");
    EXPECT_EQ(events[0]->accepted_at, kStart);
    EXPECT_EQ(events[0]->visited_buses, std::vector<std::string>{bus_arn("default")});
}

TEST_F(ReplaysTest, GiveIdsThatSortBehindEarlierOnesSoThatTheirIndexGrowsAtItsEnd) {
    put(0, 6);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    step();
    step();
    daemon_.clock().advance(1ms);
    step();
    const auto events = seen_events(lane_);
    ASSERT_EQ(events.size(), 6U);
    for (std::size_t early = 0; early < 3; ++early) {
        for (std::size_t late = 3; late < 6; ++late) {
            EXPECT_LT(events[early]->id, events[late]->id);
        }
    }
}

TEST_F(ReplaysTest, SelectByTimeWithBothEndsAndSendInOrderOfTime) {
    put(20, 3);
    put(10, 3);
    put(0, 3);
    auto part = wanted("r");
    part.event_start_time = kStart + 2s;
    part.event_end_time = kStart + 21s;
    ASSERT_EQ(start_replay(part), "ok");
    finish("r");
    EXPECT_EQ(seen(), "2 10 11 12 20 21");
}

TEST_F(ReplaysTest, LeaveOutWhatWasArchivedAfterTheirStartAndAreNotArchived) {
    put(0, 2);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    put(5, 1);
    finish("r");
    EXPECT_EQ(seen(), "0 1");
    EXPECT_EQ(
        daemon_.catalog().archives().describe_archive({daemon_.home, "a"}).value().totals.events,
        3U);
}

TEST_F(ReplaysTest, LeaveOutWhatIsDamagedInTheArchive) {
    put(0, 2);
    ArchiveRead range;
    range.archive = 1;
    range.after = {WallTime::min(), 0};
    range.until = WallTime::max();
    range.last_seq = 100;
    range.events_max = 10;
    range.bytes_max = 1 << 20;
    auto page = daemon_.wait(daemon_.store().archives().read(range)).value();
    ASSERT_EQ(page.size(), 2U);
    page[0].is_damaged = true;
    const auto snapshot = daemon_.catalog().snapshot();
    const auto sent = bus::replayed_events(*snapshot, wanted("r"), page, 100, kStart);
    EXPECT_EQ(sent.taken, 2U);
    ASSERT_EQ(sent.events.size(), 1U);
    EXPECT_NE(sent.events[0].event->envelope.find(R"("n":1)"), std::string::npos);
}

TEST_F(ReplaysTest, GoToTheRulesOfTheFilterAlone) {
    ASSERT_EQ(daemon_.put_rule("other", kAnyOrder), "ok");
    ASSERT_EQ(daemon_.put_targets("other", {"t"}), "ok");
    const auto arn = rule_arn(daemon_.home, "default", "other");
    const auto other = daemon_.wait(daemon_.journal().lane(arn, "t")).value();
    put(0, 1);
    put(1, 1, "stock");
    numbers(other);
    auto filtered = wanted("r");
    filtered.filter_arns = {arn};
    ASSERT_EQ(start_replay(filtered), "ok");
    finish("r");
    EXPECT_EQ(seen(), "");
    EXPECT_EQ(numbers(other), "0");
}

TEST_F(ReplaysTest, GoOnAfterARestartWithoutLosingOrRepeatingAnything) {
    put(0, 10);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    std::string all;
    while (replay("r").is_active()) {
        step();
        restart();
        const auto some = seen();
        all += (all.empty() || some.empty() ? "" : " ") + some;
    }
    EXPECT_EQ(all, "0 1 2 3 4 5 6 7 8 9");
    EXPECT_EQ(state("r"), "COMPLETED");
    EXPECT_EQ(replay("r").events, 10U);
}

TEST_F(ReplaysTest, WorkInSmallPagesForASecondAfterALiveEvent) {
    options_.page_beside_live.events = 1;
    restart();
    put(0, 10);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    step();
    step();
    EXPECT_EQ(seen(), "0");
    daemon_.clock().advance(999ms);
    step();
    EXPECT_EQ(seen(), "1");
    daemon_.clock().advance(1ms);
    step();
    EXPECT_EQ(seen(), "2 3 4");
    put(20, 1);
    step();
    EXPECT_EQ(seen(), "5");
    daemon_.clock().advance(1s);
    step();
    EXPECT_EQ(seen(), "6 7 8");
    finish("r");
    EXPECT_EQ(seen(), "9");
}

TEST_F(ReplaysTest, EndAPageOnceItsEventsOweAsMuchAsTheyMay) {
    ASSERT_EQ(daemon_.put_rule("second", kAnyOrder), "ok");
    ASSERT_EQ(daemon_.put_targets("second", {"t"}), "ok");
    options_.page_beside_live.deliveries = 3;
    restart();
    put(0, 5);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    step();
    step();
    EXPECT_EQ(seen(), "0 1");
    step();
    EXPECT_EQ(seen(), "2 3");
    finish("r");
    EXPECT_EQ(seen(), "4");
    EXPECT_EQ(replay("r").events, 5U);
}

TEST_F(ReplaysTest, EndWhenTheyAreCancelled) {
    put(0, 10);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    step();
    step();
    EXPECT_EQ(cancel("r"), "ok");
    EXPECT_EQ(state("r"), "CANCELLING");
    const auto again =
        "IllegalStatusException: Replay r is not in a valid state for this operation.";
    EXPECT_EQ(cancel("r"), again);
    restart();
    step();
    EXPECT_EQ(state("r"), "CANCELLED");
    EXPECT_EQ(replay("r").ended_at, kStart);
    EXPECT_EQ(seen(), "0 1 2");
    EXPECT_EQ(cancel("r"), again);
    EXPECT_EQ(cancel("none"), "ResourceNotFoundException: Replay none does not exist.");
}

TEST_F(ReplaysTest, EndWithTheirArchive) {
    put(0, 10);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    step();
    step();
    auto& archives = daemon_.catalog().archives();
    ASSERT_EQ(outcome(daemon_.wait(archives.delete_archive({daemon_.home, "a"}))), "ok");
    step();
    EXPECT_EQ(state("r"), "CANCELLED");
    EXPECT_EQ(replay("r").state_reason, "Archive a was deleted.");
    EXPECT_EQ(seen(), "0 1 2");
}

TEST_F(ReplaysTest, FailWhenTheirBusIsGone) {
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    Archive sales;
    sales.name = "sales";
    sales.event_source_arn = bus_arn("sales");
    auto& archives = daemon_.catalog().archives();
    ASSERT_EQ(outcome(daemon_.wait(archives.create_archive(daemon_.home, sales))), "ok");
    auto replay_of_sales = wanted("r");
    replay_of_sales.event_source_arn = archive_arn(daemon_.home, "sales");
    replay_of_sales.destination_arn = bus_arn("sales");
    ASSERT_EQ(start_replay(replay_of_sales), "ok");
    ASSERT_EQ(
        outcome(daemon_.wait(daemon_.catalog().delete_event_bus(daemon_.home, "sales"))),
        "ok");
    step();
    EXPECT_EQ(state("r"), "FAILED");
    EXPECT_EQ(replay("r").state_reason, "Event bus sales does not exist.");
}

TEST_F(ReplaysTest, AreRefusedInTheServicesWords) {
    const auto refused = [&](const std::function<void(Replay&)>& change) {
        auto replay = wanted("r");
        change(replay);
        return start_replay(replay);
    };
    EXPECT_EQ(
        refused(
            [](Replay& r) { r.destination_arn = "arn:aws:events:us-east-1:000000000000:rule/x"; }),
        "ValidationException: Parameter Destination.Arn is not valid. Reason: Must contain an "
        "event bus ARN.");
    EXPECT_EQ(
        refused([](Replay& r) { r.destination_arn = bus_arn("none"); }),
        "ResourceNotFoundException: Event bus none does not exist.");
    EXPECT_EQ(
        refused([&](Replay& r) { r.event_source_arn = archive_arn(daemon_.home, "none"); }),
        "ValidationException: Parameter EventSourceArn is not valid. Reason: Archive none does not "
        "exist.");
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    EXPECT_EQ(
        refused([](Replay& r) { r.destination_arn = bus_arn("sales"); }),
        "ValidationException: Parameter Destination.Arn is not valid. Reason: Cross event bus "
        "replay is not permitted.");
    EXPECT_EQ(
        refused([](Replay& r) { r.event_end_time = r.event_start_time; }),
        "ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be "
        "before EventEndTime.");
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    EXPECT_EQ(
        start_replay(wanted("r")),
        "ResourceAlreadyExistsException: Replay r already exists.");
    EXPECT_EQ(
        outcome(replays_->describe_replay(daemon_.home, "none")),
        "ResourceNotFoundException: Replay none does not exist.");
}

TEST_F(ReplaysTest, AreTenAtATime) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(start_replay(wanted("r" + std::to_string(i))), "ok");
    }
    EXPECT_EQ(
        start_replay(wanted("one-more")),
        "LimitExceededException: The requested resource exceeds the maximum number allowed.");
    finish("r0");
    EXPECT_EQ(start_replay(wanted("one-more")), "ok");
}

TEST_F(ReplaysTest, AreListedByName) {
    for (const auto* name : {"b", "a1", "a2"}) {
        ASSERT_EQ(start_replay(wanted(name)), "ok");
    }
    ASSERT_EQ(cancel("a2"), "ok");
    const auto list = [&](const ReplayFilter& filter, const std::string& after, std::size_t limit) {
        std::string names;
        for (const auto& item : replays_->list_replays(daemon_.home, filter, after, limit)) {
            names += item.name + " ";
        }
        return names;
    };
    EXPECT_EQ(list({}, "", 10), "a1 a2 b ");
    EXPECT_EQ(list({}, "a1", 1), "a2 ");
    EXPECT_EQ(list({"a", "", ""}, "", 10), "a1 a2 ");
    EXPECT_EQ(list({"", "", "CANCELLING"}, "", 10), "a2 ");
    EXPECT_EQ(list({"", archive_, ""}, "", 10), "a1 a2 b ");
    EXPECT_EQ(list({"", archive_ + "x", ""}, "", 10), "");
}

TEST_F(ReplaysTest, AreForgottenAfterNinetyDays) {
    ASSERT_EQ(start_replay(wanted("old")), "ok");
    finish("old");
    daemon_.clock().advance(24h * 90);
    ASSERT_EQ(start_replay(wanted("new")), "ok");
    EXPECT_FALSE(replays_->describe_replay(daemon_.home, "old").has_value());
    restart();
    EXPECT_FALSE(replays_->describe_replay(daemon_.home, "old").has_value());
}

TEST_F(ReplaysTest, RunByThemselvesUntilTheyAreStopped) {
    put(0, 10);
    ASSERT_EQ(start_replay(wanted("r")), "ok");
    auto running = daemon_.io().start(replays_->run());
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (replay("r").is_active() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_EQ(seen(), "0 1 2 3 4 5 6 7 8 9");
    daemon_.wait(replays_->stop());
    EXPECT_EQ(running.wait_for(30s), std::future_status::ready);
}

TEST(ReplayPace, LeavesTheRestOfTheTimeToLiveEvents) {
    bus::ReplayPace pace(20, 100);
    EXPECT_EQ(pace.pause_after(10ms, 0), 40ms);
    EXPECT_EQ(pace.pause_after(10s, 0), bus::ReplayPace::kPauseMax);
    EXPECT_EQ(bus::ReplayPace(100, 100).pause_after(10ms, 0), 0ms);
}

TEST(ReplayPace, WaitsWhileTheBacklogHasGrown) {
    bus::ReplayPace pace(50, 100);
    EXPECT_EQ(pace.pause_after(10ms, 1'000'000), 10ms) << "an old backlog is no reason";
    EXPECT_EQ(pace.pause_after(10ms, 1'000'100), 10ms);
    EXPECT_EQ(pace.pause_after(10ms, 1'000'101), bus::ReplayPace::kPauseMax);
    EXPECT_EQ(pace.pause_after(10ms, 999'000), 10ms);
    EXPECT_EQ(pace.pause_after(10ms, 999'101), bus::ReplayPace::kPauseMax);
    pace.reset();
    EXPECT_EQ(pace.pause_after(10ms, 999'101), 10ms);
}

}  // namespace
}  // namespace eventbus::test
