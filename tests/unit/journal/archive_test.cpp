#include "store_fixture.hpp"

#include <chrono>
#include <limits>

namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kStart = FakeClock::kStart;

class ArchiveTest : public StoreTest {
protected:
    ArchiveTest() { open(); }

    ArchiveStore& archives() { return store_->archives(); }

    ArchiveId make(const std::string& arn, Millis keep = Millis(0)) {
        return io_.wait(archives().put(arn, keep, {})).value();
    }

    void remove(const std::string& arn) {
        ASSERT_TRUE(io_.wait(archives().remove(arn, {})).has_value());
    }

    void archive(const std::string& id, std::vector<ArchiveId> into, WallTime time) {
        NewEvent added{event_of(id, clock_.now()), {}, {std::move(into), time}};
        std::vector<NewEvent> events;
        events.push_back(std::move(added));
        ASSERT_TRUE(try_append(std::move(events)).has_value());
    }

    std::vector<ArchivedEvent> read(ArchiveRead range) {
        return io_.wait(archives().read(range)).value();
    }

    static ArchiveRead all_of(ArchiveId archive) {
        ArchiveRead range;
        range.archive = archive;
        range.after = {WallTime::min(), 0};
        range.until = WallTime::max();
        range.last_seq = std::numeric_limits<std::int64_t>::max();
        range.events_max = 1000;
        range.bytes_max = 1 << 20;
        return range;
    }

    static std::string ids(const std::vector<ArchivedEvent>& events) {
        std::string all;
        for (const auto& archived : events) {
            all += (all.empty() ? "" : " ") + archived.event->id;
        }
        return all;
    }

    std::string held(ArchiveId archive) { return ids(read(all_of(archive))); }
};

TEST_F(ArchiveTest, HoldsWhatIsAppendedToItInOrderOfTime) {
    const auto a = make("a");
    archive("late", {a}, kStart + 2s);
    archive("early", {a}, kStart);
    archive("middle", {a}, kStart + 1s);
    archive("middle too", {a}, kStart + 1s);
    archive("elsewhere", {}, kStart);
    EXPECT_EQ(held(a), "early middle middle too late");
    const auto events = read(all_of(a));
    EXPECT_EQ(events[0].position.time, kStart);
    EXPECT_EQ(events[0].event->envelope, event_of("early", kStart)->envelope);
    EXPECT_EQ(events[0].event->bus_arn, kBusArn);
    EXPECT_EQ(events[0].event->visited_buses, std::vector<std::string>{kBusArn});
}

TEST_F(ArchiveTest, IsReadPageByPageWithinItsBounds) {
    const auto a = make("a");
    for (int i = 0; i < 5; ++i) {
        archive(std::to_string(i), {a}, kStart + std::chrono::seconds(i / 2));
    }
    auto range = all_of(a);
    range.after = {kStart, -1};
    range.until = kStart + 1s;
    range.events_max = 3;
    const auto page = read(range);
    EXPECT_EQ(ids(page), "0 1 2");
    range.after = page.back().position;
    EXPECT_EQ(ids(read(range)), "3");
    range.after = {kStart, -1};
    range.last_seq = 2;
    EXPECT_EQ(ids(read(range)), "0 1");
    range.bytes_max = 1;
    EXPECT_EQ(ids(read(range)), "0");
}

TEST_F(ArchiveTest, CountsExactlyAtOnceAndAfterARestart) {
    const auto a = make("a");
    const auto b = make("b");
    archive("1", {a, b}, kStart);
    archive("2", {b}, kStart);
    const auto bytes = event_of("1", kStart)->envelope.size();
    EXPECT_EQ(archives().totals(a), (ArchiveTotals{1, bytes}));
    EXPECT_EQ(archives().totals(b), (ArchiveTotals{2, 2 * bytes}));
    EXPECT_EQ(archives().totals(b + 1), ArchiveTotals());
    reopen();
    EXPECT_EQ(archives().totals(b), (ArchiveTotals{2, 2 * bytes}));
    EXPECT_EQ(make("b"), b) << "an archive keeps its id";
    EXPECT_EQ(held(b), "1 2");
}

TEST_F(ArchiveTest, SharesOneCopyOfAnEventBetweenArchives) {
    const auto a = make("a");
    const auto b = make("b");
    archive("1", {a, b}, kStart);
    EXPECT_EQ(query("SELECT COUNT(*) FROM archived_events"), 1);
    remove("a");
    EXPECT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM archive_entries") == 1; }));
    EXPECT_EQ(held(b), "1");
    remove("b");
    EXPECT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM archived_events") == 0; }));
}

TEST_F(ArchiveTest, ThatIsRemovedIsGoneAtOnceAndItsIdIsNotGivenAgain) {
    const auto a = make("a");
    archive("1", {a}, kStart);
    remove("a");
    EXPECT_EQ(archives().totals(a), ArchiveTotals());
    archive("2", {a}, kStart);  // by somebody who has not heard yet
    const auto again = make("a");
    EXPECT_NE(again, a);
    EXPECT_EQ(held(again), "");
    EXPECT_TRUE(eventually([&] {
        return query("SELECT COUNT(*) FROM archives") == 1 &&
               query("SELECT COUNT(*) FROM archived_events") == 0;
    }));
    reopen();
    EXPECT_NE(make("b"), a);
}

TEST_F(ArchiveTest, LetsGoOfEventsThatAreOldByBothTheirTimes) {
    const auto a = make("a", 24h);
    archive("old", {a}, kStart);
    archive("backdated", {a}, kStart - 24h * 365);
    clock_.advance(12h);
    archive("new", {a}, clock_.now());
    archive("new but backdated", {a}, kStart - 24h * 365);
    const auto bytes = [&] { return archives().totals(a).bytes; };
    const auto before = bytes();
    clock_.advance(12h);
    EXPECT_TRUE(eventually([&] { return archives().totals(a).events == 2; }));
    EXPECT_EQ(held(a), "new but backdated new");
    EXPECT_LT(bytes(), before);
    EXPECT_EQ(metrics_.counter("eventbusd_archive_purged_events_total", "").value(), 2U);
}

TEST_F(ArchiveTest, KeepsForEverWhereNothingElseIsSaid) {
    const auto a = make("a");
    const auto b = make("b", 24h);
    archive("1", {a, b}, kStart);
    clock_.advance(24h * 365);
    EXPECT_TRUE(eventually([&] { return archives().totals(b).events == 0; }));
    EXPECT_EQ(held(a), "1");
    EXPECT_EQ(make("a", 24h), a);  // and now it is said
    EXPECT_TRUE(eventually([&] { return archives().totals(a).events == 0; }));
}

TEST_F(ArchiveTest, OutlivesTheHistory) {
    options_.history_keep = Millis(0);
    reopen();
    const auto a = make("a");
    archive("1", {a}, kStart);
    clock_.advance(1s);
    EXPECT_TRUE(eventually([&] { return query("SELECT COUNT(*) FROM events") == 0; }));
    EXPECT_EQ(held(a), "1");
}

TEST_F(ArchiveTest, ChangesOfTheCatalogAreInTheSameTransaction) {
    const auto a = io_.wait(archives().put("a", Millis(0), {{"archive", "a", "{}"}})).value();
    auto entries = io_.wait(catalog().load()).value();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].kind + " " + entries[0].key, "archive a");
    std::vector<NewEvent> events;
    events.push_back(NewEvent{event_of("1", kStart), {}, {{a}, kStart}});
    const auto append_with = [&](std::vector<NewEvent> added, const std::string& document) {
        return io_
            .wait(journal()
                      .append_with(std::move(added), {{"replay", "r", document}}, Urgency::at_once))
            .has_value();
    };
    ASSERT_TRUE(append_with(std::move(events), "at 1"));
    ASSERT_TRUE(append_with({}, "at 2"));
    entries = io_.wait(catalog().load()).value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[1].document, "at 2");
    EXPECT_EQ(held(a), "1");
    ASSERT_TRUE(io_.wait(archives().remove("a", {{"archive", "a", std::nullopt}})).has_value());
    EXPECT_EQ(io_.wait(catalog().load()).value().size(), 1U);
}

TEST_F(ArchiveTest, TellsTheGreatestNumberThereIs) {
    const auto a = make("a");
    EXPECT_EQ(archives().last_seq(), 0);
    archive("1", {a}, kStart);
    append("2", {});
    EXPECT_EQ(archives().last_seq(), 2);
    reopen();
    EXPECT_EQ(archives().last_seq(), 2);
}

}  // namespace
}  // namespace eventbus::test
