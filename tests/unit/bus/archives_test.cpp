#include "eventbus/bus/archive_catalog.hpp"

#include "intake_verbs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {
namespace {

class ArchivesTest : public testing::Test {
protected:
    ArchiveCatalog& archives() { return daemon_.catalog().archives(); }

    std::string create(
        const std::string& name,
        const std::string& pattern = "",
        const std::string& bus = "default") {
        Archive wanted;
        wanted.name = name;
        wanted.event_source_arn = bus_arn(bus);
        wanted.event_pattern = pattern;
        return outcome(daemon_.wait(archives().create_archive(daemon_.home, std::move(wanted))));
    }

    std::string update(UpdateArchiveRequest request) {
        return outcome(daemon_.wait(archives().update_archive(std::move(request))));
    }

    std::string remove(const std::string& name) {
        return outcome(daemon_.wait(archives().delete_archive({daemon_.home, name})));
    }

    std::uint64_t count(const std::string& name) {
        return archives().describe_archive({daemon_.home, name}).value().totals.events;
    }

    void put(const std::string& source) { ASSERT_EQ(put_one(daemon_, with_source(source)), "ok"); }

    std::string set_files(std::vector<Archive> files) {
        ManagedCatalog wanted;
        wanted.archives = std::move(files);
        return daemon_.set_managed(std::move(wanted));
    }

    static Archive from_file(const std::string& name, const std::string& pattern = "") {
        Archive archive;
        archive.name = name;
        archive.event_source_arn = "default";
        archive.event_pattern = pattern;
        archive.managed_by = "config:a.yaml";
        return archive;
    }

    BusDaemon daemon_;
};

TEST_F(ArchivesTest, KeepWhatTheirPatternsMatchAndWithoutOneEverything) {
    ASSERT_EQ(create("all"), "ok");
    ASSERT_EQ(create("orders", kAnyOrder), "ok");
    put("orders");
    put("stock");
    EXPECT_EQ(count("all"), 2U);
    EXPECT_EQ(count("orders"), 1U);
    EXPECT_EQ(daemon_.counted("eventbusd_events_matched_total"), 0U) << "an archive is no rule";
}

TEST_F(ArchivesTest, AreOfTheirBusAlone) {
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    ASSERT_EQ(create("sales", "", "sales"), "ok");
    ASSERT_EQ(create("default"), "ok");
    ASSERT_EQ(put_one(daemon_, with_bus("sales")), "ok");
    EXPECT_EQ(count("sales"), 1U);
    EXPECT_EQ(count("default"), 0U);
}

TEST_F(ArchivesTest, TakeNothingFromRulesAndGiveThemNothing) {
    listen(daemon_);
    ASSERT_EQ(create("orders", kAnyOrder), "ok");
    put("orders");
    EXPECT_EQ(daemon_.owed(), 1U);
    ASSERT_EQ(remove("orders"), "ok");
    put("orders");
    EXPECT_EQ(daemon_.owed(), 2U);
}

TEST_F(ArchivesTest, SurviveARestartWithWhatTheyHold) {
    ASSERT_EQ(create("orders", kAnyOrder), "ok");
    put("orders");
    daemon_.restart();
    put("orders");
    put("stock");
    EXPECT_EQ(count("orders"), 2U);
    const auto found = archives().describe_archive({daemon_.home, "orders"}).value();
    EXPECT_EQ(found.archive.event_pattern, kAnyOrder);
    EXPECT_EQ(found.archive.created_at, FakeClock::kStart);
}

TEST_F(ArchivesTest, KeepForwardedEventsAsTheyCame) {
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    ASSERT_EQ(create("sales", kAnyOrder, "sales"), "ok");
    Event event;
    event.id = "1";
    event.bus_arn = bus_arn("default");
    event.visited_buses = {event.bus_arn};
    EnvelopeFields fields;
    fields.id = "1";
    fields.source = "orders";
    fields.time = FakeClock::kStart - Millis(5'000);
    fields.detail = "{}";
    event.envelope = write_envelope(fields);
    auto routed = daemon_.intake().route(event, bus_arn("sales")).value();
    EXPECT_EQ(routed.archived.archives.size(), 1U);
    EXPECT_EQ(routed.archived.event_time, FakeClock::kStart - Millis(5'000));
    fields.replay_name = "again";
    event.envelope = write_envelope(fields);
    routed = daemon_.intake().route(event, bus_arn("sales")).value();
    EXPECT_TRUE(routed.archived.archives.empty()) << "what comes out of an archive goes into none";
}

TEST_F(ArchivesTest, AreChangedInPlace) {
    ASSERT_EQ(create("a", kAnyOrder), "ok");
    put("orders");
    UpdateArchiveRequest request;
    request.archive = {daemon_.home, "a"};
    request.event_pattern = R"({"source":["stock"]})";
    ASSERT_EQ(update(request), "ok");
    put("orders");
    put("stock");
    EXPECT_EQ(count("a"), 2U);
    request.event_pattern = "";
    request.retention_days = 3;
    request.description = "everything";
    ASSERT_EQ(update(request), "ok");
    put("orders");
    EXPECT_EQ(count("a"), 3U);
    const auto found = archives().describe_archive({daemon_.home, "a"}).value().archive;
    EXPECT_EQ(found.retention_days, 3);
    EXPECT_EQ(found.description, "everything");
    request.event_pattern.reset();
    request.description.reset();
    request.retention_days = 0;
    ASSERT_EQ(update(request), "ok");
    EXPECT_EQ(
        archives().describe_archive({daemon_.home, "a"}).value().archive.description,
        "everything");
}

TEST_F(ArchivesTest, AreRefusedInTheServicesWords) {
    ASSERT_EQ(create("a"), "ok");
    EXPECT_EQ(create("a"), "ResourceAlreadyExistsException: Archive a already exists.");
    EXPECT_EQ(create("b", "", "none"), "ResourceNotFoundException: Event bus none does not exist.");
    EXPECT_EQ(
        create("b", R"({"source":"orders"})").substr(0, 92),
        "InvalidEventPatternException: Event pattern is not valid. Reason: \"source\" must be an "
        "object");
    EXPECT_EQ(
        create("b", std::string(5'000, ' ') + "{\"a\":[1]}"),
        "ValidationException: Parameter EventPattern for archive b exceeds limit of 4096.");
    EXPECT_EQ(remove("b"), "ResourceNotFoundException: Archive b does not exist.");
    UpdateArchiveRequest request;
    request.archive = {daemon_.home, "b"};
    EXPECT_EQ(
        update(request),
        "ValidationException: At least one of EventPattern, RetentionDays or Description must be "
        "provided.");
    request.retention_days = 1;
    EXPECT_EQ(update(request), "ResourceNotFoundException: Archive b does not exist.");
    EXPECT_EQ(
        outcome(archives().describe_archive({{"111111111111", "us-east-1"}, "a"})),
        "ResourceNotFoundException: Archive a does not exist.");
}

TEST_F(ArchivesTest, OutliveTheirBusAndGoOnWhenItIsMadeAgain) {
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    ASSERT_EQ(create("a", kAnyOrder, "sales"), "ok");
    ASSERT_EQ(create("all", "", "sales"), "ok");
    ASSERT_EQ(put_one(daemon_, with_bus("sales")), "ok");
    ASSERT_EQ(
        outcome(daemon_.wait(daemon_.catalog().delete_event_bus(daemon_.home, "sales"))),
        "ok");
    EXPECT_EQ(count("a"), 1U);
    ASSERT_EQ(daemon_.create_bus("sales"), "ok");
    ASSERT_EQ(put_one(daemon_, with_bus("sales")), "ok");
    EXPECT_EQ(count("a"), 2U);
    EXPECT_EQ(count("all"), 2U);
}

TEST_F(ArchivesTest, OfANamespaceThatNobodyHasUsedYetWork) {
    const Namespace other{"111111111111", "eu-west-1"};
    Archive wanted;
    wanted.name = "a";
    wanted.event_source_arn = event_bus_arn(other, "default");
    ASSERT_EQ(outcome(daemon_.wait(archives().create_archive(other, wanted))), "ok");
    EXPECT_EQ(
        outcome(daemon_.wait(archives().create_archive(daemon_.home, wanted))),
        "ResourceNotFoundException: Event bus default does not exist.");
    std::vector<PutEventsEntry> entries{order()};
    ASSERT_TRUE(daemon_.wait(daemon_.intake().put_events(other, std::move(entries))).has_value());
    EXPECT_EQ(archives().describe_archive({other, "a"}).value().totals.events, 1U);
}

TEST_F(ArchivesTest, AreListedByName) {
    for (const auto* name : {"b", "a1", "a2", "a3"}) {
        ASSERT_EQ(create(name), "ok");
    }
    const auto list =
        [&](const ArchiveFilter& filter, const std::string& after, std::size_t limit) {
            std::string names;
            const auto found = archives().list_archives(daemon_.home, filter, after, limit);
            for (const auto& item : found.value()) {
                names += item.archive.name + " ";
            }
            return names;
        };
    EXPECT_EQ(list({}, "", 10), "a1 a2 a3 b ");
    EXPECT_EQ(list({"a", "", ""}, "", 2), "a1 a2 ");
    EXPECT_EQ(list({"a", "", ""}, "a2", 2), "a3 ");
    EXPECT_EQ(list({"", bus_arn("default"), ""}, "a3", 9), "b ");
    EXPECT_EQ(list({"", "", "ENABLED"}, "", 9), "a1 a2 a3 b ");
    EXPECT_EQ(list({"", "", "CREATING"}, "", 9), "");
    EXPECT_EQ(
        outcome(archives().list_archives(daemon_.home, {"", bus_arn("none"), ""}, "", 9)),
        "ResourceNotFoundException: Event bus none does not exist.");
}

TEST_F(ArchivesTest, OfFilesComeAndGoWithThemAndKeepTheirEvents) {
    ASSERT_EQ(set_files({from_file("f", kAnyOrder)}), "ok");
    put("orders");
    EXPECT_EQ(count("f"), 1U);
    EXPECT_EQ(
        remove("f"),
        "ManagedRuleException: Archive f comes from the file a.yaml and is changed only there.");
    ASSERT_EQ(set_files({}), "ok");
    EXPECT_EQ(
        outcome(archives().describe_archive({daemon_.home, "f"})),
        "ResourceNotFoundException: Archive f does not exist.");
    put("orders");
    daemon_.restart();
    ASSERT_EQ(set_files({from_file("f", kAnyOrder)}), "ok");
    EXPECT_EQ(count("f"), 1U);
    EXPECT_EQ(create("f"), "ResourceAlreadyExistsException: Archive f already exists.");
    ASSERT_EQ(create("api"), "ok");
    EXPECT_EQ(
        set_files({from_file("api")}),
        "/ArchiveName: Archive api of the file a.yaml already exists: it was created through the "
        "API; delete it there, or take it out of the file.");
}

}  // namespace
}  // namespace eventbus::test
