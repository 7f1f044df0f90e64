#include "eventbus/bus/event_intake.hpp"

#include "intake_verbs.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using namespace test;

PutEventsEntry forwarded(const std::string& bus, std::vector<std::string> visited) {
    auto entry = with_bus(bus);
    entry.source = "aws.events";
    ForwardedIdentity identity;
    identity.id = "11111111-2222-4333-8444-555555555555";
    identity.account = "123456789012";
    identity.region = "eu-west-2";
    identity.visited_buses = std::move(visited);
    entry.forwarded = std::move(identity);
    return entry;
}

TEST(ForwardedEvents, KeepTheirIdentity) {
    Claimed claimed;
    BusDaemon daemon;
    daemon.journal().set_listener(&claimed);
    listen(daemon);
    auto entry = forwarded("default", {"bus-a"});
    entry.time = WallTime{};
    const auto results = daemon.put_events({entry});
    ASSERT_TRUE(results.has_value());
    EXPECT_EQ(results->at(0).event_id, "11111111-2222-4333-8444-555555555555");
    ASSERT_EQ(claimed.events().size(), 1u);
    const auto event = claimed.events()[0];
    const auto envelope = nlohmann::json::parse(event->envelope);
    EXPECT_EQ(envelope["id"], "11111111-2222-4333-8444-555555555555");
    EXPECT_EQ(envelope["account"], "123456789012");
    EXPECT_EQ(envelope["region"], "eu-west-2");
    EXPECT_EQ(envelope["time"], "1970-01-01T00:00:00Z");
    EXPECT_EQ(envelope["source"], "aws.events");
    EXPECT_EQ(event->visited_buses, (std::vector<std::string>{"bus-a", bus_arn("default")}));
}

TEST(ForwardedEvents, EnterNoBusTwiceAndMakeOnlySoManyHops) {
    EventIntakeOptions options;
    options.max_hops = 2;
    BusDaemon daemon({}, options);
    const std::string rejected =
        "Event ingestion rejected for event 11111111-2222-4333-8444-555555555555 because ";
    EXPECT_EQ(put_one(daemon, forwarded("", {"a", "b"})), "ok");
    EXPECT_EQ(
        put_one(daemon, forwarded("", {"a", bus_arn("default")})),
        "LOOP_DETECTED: " + rejected + "it has been on event bus " + bus_arn("default") +
            " before.");
    EXPECT_EQ(
        put_one(daemon, forwarded("", {"a", "b", "c"})),
        "THIRD_ACCOUNT_HOP_DETECTED: " + rejected +
            "an event can be sent to an event bus target at most 2 times. This event was "
            "previously delivered to an event bus target.");
    auto nameless = forwarded("", {"a"});
    nameless.forwarded->id.clear();
    EXPECT_EQ(
        put_one(daemon, nameless),
        "InvalidArgument: Parameter ForwardedIdentity is not valid. Reason: It needs an id, an "
        "account and a region.");
}

TEST(ForwardedEvents, AreRefusedASecondHopInTheServicesWordsInItsOwnLimits) {
    EventIntakeOptions options;
    options.max_hops = 1;
    BusDaemon daemon({}, options);
    EXPECT_EQ(put_one(daemon, forwarded("", {"a"})), "ok");
    EXPECT_EQ(
        put_one(daemon, forwarded("", {"a", "b"})),
        "THIRD_ACCOUNT_HOP_DETECTED: Event ingestion rejected for event "
        "11111111-2222-4333-8444-555555555555 because an event can be sent to an event bus target "
        "only once. This event was previously delivered to an event bus target.");
}

TEST(RoutedEvents, EnterAnotherBusWithWhatTheyOweThere) {
    BusDaemon daemon;
    daemon.create_bus("second");
    const auto lane = listen(daemon, "second");
    Event event;
    event.id = "an-id";
    event.bus_arn = bus_arn("default");
    event.envelope = R"({"id":"an-id","source":"orders","detail":{}})";
    event.trace_header = "trace";
    event.visited_buses = {bus_arn("default")};
    daemon.clock().advance(Millis{5});
    const auto routed = daemon.intake().route(event, bus_arn("second"));
    ASSERT_TRUE(routed.has_value());
    EXPECT_EQ(routed->owed, std::vector<LaneId>{lane});
    EXPECT_EQ(routed->event->id, "an-id");
    EXPECT_EQ(routed->event->envelope, event.envelope);
    EXPECT_EQ(routed->event->trace_header, "trace");
    EXPECT_EQ(routed->event->bus_arn, bus_arn("second"));
    EXPECT_EQ(routed->event->accepted_at, daemon.clock().now());
    EXPECT_EQ(
        routed->event->visited_buses,
        (std::vector<std::string>{bus_arn("default"), bus_arn("second")}));

    EXPECT_EQ(
        daemon.intake().route(*routed->event, bus_arn("default")).error().code(),
        "LOOP_DETECTED");
    EXPECT_EQ(daemon.intake().route(event, bus_arn("nope")).error().code(), "NO_RESOURCE");
    event.visited_buses = {"1", "2", "3", "4", "5", "6", "7", "8"};
    EXPECT_TRUE(daemon.intake().route(event, bus_arn("second")).has_value());
    event.visited_buses.push_back("9");
    EXPECT_EQ(
        daemon.intake().route(event, bus_arn("second")).error().code(),
        "THIRD_ACCOUNT_HOP_DETECTED");
}

}  // namespace
}  // namespace eventbus
