#include "eventbus/bus/event_intake.hpp"

#include "intake_verbs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eventbus {
namespace {

using namespace test;

TEST(EventIntake, BuildsTheEnvelopeInTheServicesForm) {
    Claimed claimed;
    BusDaemon daemon;
    daemon.journal().set_listener(&claimed);
    listen(daemon);
    auto entry = order("  {\"b\": 1.10,\"a\":123456789012345678901234567890,\"c\":[]}\n");
    entry.resources = {"arn:x", "ü\"2"};
    entry.trace_header = "Root=1-2-3";
    const auto results = daemon.put_events({entry});
    ASSERT_TRUE(results.has_value());
    const auto id = results->at(0).event_id;
    ASSERT_EQ(claimed.events().size(), 1u);
    const auto event = claimed.events()[0];
    EXPECT_EQ(event->id, id);
    EXPECT_EQ(id.size(), 36u);
    EXPECT_EQ(
        event->envelope,
        R"({"version":"0","id":")" + id +
            R"(","detail-type":"placed","source":"orders","account":"000000000000",)"
            R"("time":"2026-11-20T16:18:00Z","region":"us-east-1","resources":["arn:x","ü\"2"],)"
            R"("detail":{"b": 1.10,"a":123456789012345678901234567890,"c":[]}})");
    EXPECT_EQ(event->trace_header, "Root=1-2-3");
    EXPECT_EQ(event->bus_arn, bus_arn("default"));
    EXPECT_EQ(event->accepted_at, daemon.clock().now());
    EXPECT_EQ(event->visited_buses, std::vector<std::string>{bus_arn("default")});
}

struct EntryCase {
    std::string name;
    PutEventsEntry entry;
    std::string answer;
};

std::string nested(std::size_t depth) {
    std::string text = R"({"a":)";
    return text + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

std::string required(const std::string& what) {
    return "InvalidArgument: Parameter " + what + " is not valid. Reason: " + what +
           " is a required argument.";
}

TEST(EventIntake, AnswersEachEntryInTheServicesWords) {
    const std::string malformed = "MalformedDetail: Detail is malformed.";
    const EntryCase kCases[] = {
        {"plain", order(), "ok"},
        {"no source", with_source(""), required("Source")},
        {"no detail type", with_detail_type(""), required("DetailType")},
        {"no detail", with_detail(""), required("Detail")},
        {"not JSON", with_detail("not json"), malformed},
        {"an array", with_detail("[1]"), malformed},
        {"a number", with_detail("1"), malformed},
        {"a string", with_detail("\"s\""), malformed},
        {"cut short", with_detail("{"), malformed},
        {"blank", with_detail("  "), malformed},
        {"something after it", with_detail("{} x"), malformed},
        {"two objects", with_detail("{}{}"), malformed},
        {"trailing comma", with_detail(R"({"a":1,})"), malformed},
        {"comment", with_detail("{/*x*/}"), malformed},
        {"byte order mark", with_detail("\xEF\xBB\xBF{}"), malformed},
        {"100,000 deep", with_detail(nested(100'000)), malformed},
        {"700,000 deep, never closed", with_detail(std::string(700'000, '[')), malformed},
        {"as deep as goes", with_detail(nested(999)), "ok"},
        {"too deep by one", with_detail(nested(1000)), malformed},
        {"invalid UTF-8", with_detail("{\"a\":\"\xff\"}"), malformed},
        {"overlong UTF-8", with_detail("{\"a\":\"\xc0\xaf\"}"), malformed},
        {"lone surrogate", with_detail(R"({"a":"\ud800"})"), malformed},
        {"swapped surrogates", with_detail(R"({"a":"\udc00\ud800"})"), malformed},
        {"escaped NUL", with_detail(R"({"a":"\u0000"})"), "ok"},
        {"raw control character", with_detail("{\"a\":\"\x01\"}"), malformed},
        {"largest integer", with_detail(R"({"a":9223372036854775807})"), "ok"},
        {"larger integer", with_detail(R"({"a":9223372036854775808})"), "ok"},
        {"huge integer", with_detail(R"({"a":123456789012345678901234567890})"), "ok"},
        {"odd numbers", with_detail(R"({"a":[0.1,1.0,1E2,-0.0]})"), "ok"},
        {"beyond a double", with_detail(R"({"a":1e400})"), malformed},
        {"leading zero", with_detail(R"({"a":01})"), malformed},
        {"huge integer, broken", with_detail(R"({"a":123456789012345678901234567890)"), malformed},
        {"huge integer, too deep",
         with_detail(R"({"b":123456789012345678901234567890,"a":)" + nested(1000) + "}"),
         malformed},
        {"duplicate keys", with_detail(R"({"a":1,"a":2})"), "ok"},
        {"aws source",
         with_source("aws.ec2"),
         "NotAuthorizedForSourceException: Not authorized for the source."},
        {"nearly aws", with_source("aws-x"), "ok"},
        {"NUL in source",
         with_source(std::string("a\0b", 3)),
         "InvalidArgument: Parameter Source is not valid. Reason: Source must be valid UTF-8 "
         "without NUL characters."},
        {"invalid UTF-8 in detail type",
         with_detail_type("\xed\xa0\x80"),
         "InvalidArgument: Parameter DetailType is not valid. Reason: DetailType must be valid "
         "UTF-8 without NUL characters."},
        {"NUL in a resource",
         with_resource(std::string("\0", 1)),
         "InvalidArgument: Parameter Resources is not valid. Reason: Resources must be valid UTF-8 "
         "without NUL characters."},
        {"long detail type",
         with_detail_type(std::string(129, 'x')),
         "InvalidArgument: Parameter DetailType is not valid. Reason: DetailType must have length "
         "less than or equal to 128."},
        {"long source",
         with_source(std::string(257, 'x')),
         "InvalidArgument: Parameter Source is not valid. Reason: Source must have length less "
         "than or equal to 256."},
        {"unknown bus", with_bus("nope"), "ok"},
        {"bus of another region",
         with_bus("arn:aws:events:eu-west-2:123456789012:event-bus/default"),
         "ok"},
    };
    BusDaemon daemon;
    for (const auto& test : kCases) {
        SCOPED_TRACE(test.name);
        EXPECT_EQ(put_one(daemon, test.entry), test.answer);
    }
}

struct RequestCase {
    std::string name;
    std::vector<PutEventsEntry> entries;
    std::string answer;
};

TEST(EventIntake, RefusesAWholeRequestInTheServicesWords) {
    const std::string one = "ValidationException: 1 validation error detected: ";
    const std::string regex =
        "Member must satisfy regular expression pattern: "
        "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?"
        "[\\.\\-_A-Za-z0-9]+";
    const std::string too_large =
        "ValidationException: Total size of the entries in the request is over the limit.";
    const std::string long_resource(2049, 'r');
    auto long_trace = order();
    long_trace.trace_header = std::string(501, 't');
    auto with_time = order(R"({"a":")" + std::string(60, 'x') + "\"}");
    with_time.time = WallTime{};
    const RequestCase kCases[] = {
        {"no entries",
         {},
         one + "Value '[]' at 'entries' failed to satisfy constraint: Member must have length "
               "greater than or equal to 1"},
        {"11 entries",
         std::vector<PutEventsEntry>(11, order()),
         one + "Value '[11 elements]' at 'entries' failed to satisfy constraint: Member must have "
               "length less than or equal to 10"},
        {"a path as the bus",
         {order(), with_bus("../x")},
         one + "Value '../x' at 'entries.2.member.eventBusName' failed to satisfy constraint: " +
             regex},
        {"a line break in the bus",
         {with_bus("a\n")},
         one + "Value 'a\n' at 'entries.1.member.eventBusName' failed to satisfy constraint: " +
             regex},
        {"a long resource",
         {with_resource(long_resource)},
         one + "Value '" + long_resource.substr(0, 256) +
             "...' at 'entries.1.member.resources.1.member' failed to satisfy constraint: Member "
             "must have length less than or equal to 2048"},
        {"a long trace header",
         {long_trace},
         one + "Value '" + long_trace.trace_header.substr(0, 256) +
             "...' at 'entries.1.member.traceHeader' failed to satisfy constraint: Member must "
             "have length less than or equal to 500"},
        // 6 bytes of source, 6 of detail type, 86 of detail: two over with the time's 14, or not.
        {"exactly at the limit", {with_detail(R"({"a":")" + std::string(80, 'x') + "\"}")}, "ok"},
        {"one over", {with_detail(R"({"a":")" + std::string(81, 'x') + "\"}")}, too_large},
        {"one over with the time", {with_time, order("{}")}, too_large},
        {"over, together with a bad entry", {with_detail(std::string(101, '{'))}, too_large},
    };
    EventIntakeOptions options;
    options.entries_bytes_max = 100;
    BusDaemon daemon({}, options);
    for (const auto& test : kCases) {
        SCOPED_TRACE(test.name);
        EXPECT_EQ(outcome(daemon.put_events(test.entries)), test.answer);
    }
}

TEST(EventIntake, AcceptsTheGoodEntriesBesideTheBadOnes) {
    BusDaemon daemon;
    listen(daemon);
    const auto results =
        daemon.put_events({order(), with_detail("x"), order(), with_source("aws.x")});
    ASSERT_TRUE(results.has_value());
    ASSERT_EQ(results->size(), 4u);
    EXPECT_EQ(said(results->at(0)), "ok");
    EXPECT_EQ(results->at(1).error_code, "MalformedDetail");
    EXPECT_TRUE(results->at(1).event_id.empty());
    EXPECT_EQ(said(results->at(2)), "ok");
    EXPECT_EQ(results->at(3).error_code, "NotAuthorizedForSourceException");
    EXPECT_NE(results->at(0).event_id, results->at(2).event_id);
    EXPECT_EQ(daemon.owed(), 2u);
    EXPECT_EQ(daemon.counted("eventbusd_events_accepted_total"), 2u);
    EXPECT_EQ(daemon.counted("eventbusd_events_failed_total"), 2u);
}

TEST(EventIntake, OwesADeliveryToEachTargetOfEachRuleThatMatches) {
    BusDaemon daemon;
    daemon.create_bus("other");
    daemon.put_rule("a", R"({"source":["orders"]})");
    daemon.put_targets("a", {"1", "2"});
    daemon.put_rule("b", R"({"detail":{"id":[1]}})");
    daemon.put_targets("b", {"1"});
    daemon.put_rule("no-target", R"({"detail":{"id":[1]}})");
    daemon.put_rule("no-match", R"({"detail":{"id":[2]}})");
    daemon.put_targets("no-match", {"1"});
    daemon.put_rule("schedule", "", "", "rate(5 minutes)");
    daemon.put_targets("schedule", {"1"});
    daemon.put_rule("elsewhere", R"({"source":["orders"]})", "other");
    daemon.put_targets("elsewhere", {"1"}, "other");
    daemon.put_rule("off", R"({"source":["orders"]})");
    daemon.put_targets("off", {"1"});
    daemon.wait(daemon.catalog().set_rule_state(daemon.ref("off"), RuleState::disabled)).value();

    EXPECT_EQ(put_one(daemon, order()), "ok");
    EXPECT_EQ(daemon.owed(), 3u);
    EXPECT_EQ(daemon.counted("eventbusd_events_matched_total"), 3u);
    EXPECT_EQ(put_one(daemon, with_source("nobody")), "ok");
    EXPECT_EQ(daemon.counted("eventbusd_events_matched_total"), 5u);

    daemon.wait(daemon.catalog().set_rule_state(daemon.ref("off"), RuleState::enabled)).value();
    EXPECT_EQ(put_one(daemon, with_bus(bus_arn("other"))), "ok");
    EXPECT_EQ(put_one(daemon, with_detail(R"({"id":7})")), "ok");
    EXPECT_EQ(daemon.counted("eventbusd_events_matched_total"), 8u);
    daemon.restart();
    EXPECT_EQ(daemon.owed(), 3u + 1u + 1u + 3u);
}

TEST(EventIntake, DropsAndCountsWhatIsForAnUnknownBus) {
    BusDaemon daemon;
    listen(daemon);
    EXPECT_EQ(put_one(daemon, with_bus("nope")), "ok");
    EXPECT_EQ(daemon.counted("eventbusd_events_dropped_unknown_bus_total"), 1u);
    EXPECT_EQ(daemon.counted("eventbusd_events_accepted_total"), 1u);
    EXPECT_EQ(daemon.owed(), 0u);
}

TEST(EventIntake, RefusesWhatIsForAnUnknownBusIfItShall) {
    EventIntakeOptions options;
    options.refuse_unknown_bus = true;
    BusDaemon daemon({}, options);
    EXPECT_EQ(
        put_one(daemon, with_bus("nope")),
        "ResourceNotFoundException: Event bus nope does not exist.");
    EXPECT_EQ(put_one(daemon, order()), "ok");
}

}  // namespace
}  // namespace eventbus
