#include "eventbus/journal/store_damage.hpp"

#include "high_water_mark.hpp"
#include "store_fixture.hpp"

#include <fstream>
#include <limits>

namespace eventbus {
namespace {

using test::ids_of;

constexpr std::uintmax_t kPageBytes = 4096;

class DamagedStore : public test::StoreTest {
protected:
    Result<std::unique_ptr<SqliteStore>> try_open() {
        return SqliteStore::open(options_, clock_, metrics_);
    }

    // Changes the closed database behind the store's back.
    void change(const char* sql) {
        store_.reset();
        sqlite::Database db(database(), sqlite::Database::Access::writer);
        db.execute(sql);
    }

    // Goes on with what the disk would hold if the process were killed now.
    void crash() {
        const auto copy = dir_ / ("crashed" + std::to_string(++crashes_));
        std::filesystem::copy(options_.folder, copy);
        std::filesystem::remove(copy / "LOCK");
        store_.reset();
        options_.folder = copy;
    }

    std::filesystem::path log() const { return database().string() + "-wal"; }

    void zero(const std::filesystem::path& file, std::uintmax_t offset, std::uintmax_t bytes) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(offset));
        stream << std::string(bytes, '\0');
    }

    // Enough events for many pages, most of them in the database and the last in its log.
    void fill(LaneId to, int count) {
        for (int i = 0; i < count; ++i) {
            append("e" + std::to_string(i), {to}, 1'500);
        }
        reopen();
        append("last", {to});
    }

    void expect_refused(const char* what) {
        const auto refused = try_open();
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(Errc::malformed, refused.error().kind()) << refused.error().message();
        EXPECT_NE(std::string::npos, refused.error().message().find(what))
            << refused.error().message();
        EXPECT_NE(std::string::npos, refused.error().message().find("eventbusd recover --from"))
            << refused.error().message();
    }

    // What the dispatcher makes of a damaged delivery, but for the names that only it knows.
    void bury(const Delivery& damaged) {
        Outcome outcome;
        outcome.kind = Outcome::Kind::dead_letter;
        outcome.id = damaged.id;
        outcome.dead_letter.emplace();
        outcome.dead_letter->event = damaged.event;
        outcome.dead_letter->error_code = kDamagedCode;
        record(std::move(outcome));
    }

    // Claims, buries what is damaged, and gives the ids of the others.
    std::set<std::string> claim_sound(LaneId from, std::size_t limit = 100) {
        std::set<std::string> sound;
        for (const Delivery& delivery : claim(from, limit).deliveries) {
            if (delivery.is_damaged) {
                bury(delivery);
            } else {
                sound.insert(delivery.event->id);
            }
        }
        flush();
        return sound;
    }

    std::uint64_t damaged_events() {
        return metrics_.counter("eventbusd_damaged_events_total", "").value();
    }

    Result<Redelivery> redeliver(const std::string& id, LaneId to) {
        return io_.wait(journal().redeliver(id, test::kBusArn, to, clock_.now()));
    }

    std::vector<ArchivedEvent> read_archive(ArchiveId archive) {
        ArchiveRead range;
        range.archive = archive;
        range.after = {WallTime::min(), 0};
        range.until = WallTime::max();
        range.last_seq = std::numeric_limits<std::int64_t>::max();
        range.events_max = 10;
        range.bytes_max = 1 << 20;
        return io_.wait(store_->archives().read(range)).value();
    }

    int crashes_ = 0;
};

TEST_F(DamagedStore, MarksADeliveryWhoseEventIsNotWhatWasWrittenAndNoOther) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("e2", {to});
    append("e3", {to});
    change("UPDATE events SET envelope = replace(envelope, 'pad', '\"{') WHERE event_id = 'e2'");
    open();
    EXPECT_EQ((std::set<std::string>{"e1", "e3"}), claim_sound(to));
    const auto letters = dead_letters();
    ASSERT_EQ(1U, letters.size());
    EXPECT_EQ("CORRUPT", letters[0].error_code);
    EXPECT_EQ("rule-t1", letters[0].rule_arn);
    EXPECT_EQ("t1", letters[0].target_id);
    EXPECT_EQ("e2", letters[0].event->id);
    EXPECT_EQ(
        R"({"id":"e2","damaged-event":"{\"version\":\"0\",\"id\":\"e2\",\"\"{\":\"\"}"})",
        letters[0].event->envelope);
    EXPECT_EQ(1U, damaged_events());
    EXPECT_EQ(2U, journal().status().backlog);
    EXPECT_EQ(0U, io_.wait(journal().redrive({}, clock_.now())).value());
}

TEST_F(DamagedStore, MarksADeliveryWhoseEventIsGone) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("e2", {to});
    record(retry(claim(to).deliveries.at(0).id, clock_.now(), 3));
    flush();
    change("DELETE FROM events WHERE event_id = 'e1'");
    open();
    const auto claimed = claim(to).deliveries;
    ASSERT_EQ(2U, claimed.size());
    const bool is_first = claimed[0].is_damaged;
    const Delivery& lost = claimed[is_first ? 0 : 1];
    EXPECT_TRUE(lost.is_damaged);
    EXPECT_EQ("{}", lost.event->envelope);
    EXPECT_EQ(3, lost.attempts);
    EXPECT_EQ("e2", claimed[is_first ? 1 : 0].event->id);
}

TEST_F(DamagedStore, ShowsADeadLetterThatIsNotWhatWasWritten) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    record(dead(claim(to).deliveries.at(0)));
    flush();
    change("UPDATE dead_letters SET envelope = '{'");
    open();
    EXPECT_EQ("CORRUPT", dead_letters().at(0).error_code);
    EXPECT_EQ(R"({"id":"e1","damaged-event":"{"})", dead_letters()[0].event->envelope);
}

TEST_F(DamagedStore, BelievesRowsFromBeforeThereWereChecksums) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    change("UPDATE events SET checksum = NULL");
    open();
    EXPECT_EQ((std::set<std::string>{"e1"}), claim_sound(to));
}

TEST_F(DamagedStore, MarksADeliveryThatItsKeyComesToOnceTheOneBeforeHasEnded) {
    test::Listener listener;
    open();
    const LaneId to = lane();
    append_in_order({"e1", "e2", "e3"}, to, "a");
    change("UPDATE events SET envelope = '{' WHERE event_id = 'e2'");
    open();
    journal().set_listener(&listener);
    record(delivered(claim(to).deliveries.at(0).id));
    const auto next = listener.hear(1);
    ASSERT_EQ((std::set<std::string>{"e2"}), ids_of(next));
    EXPECT_TRUE(next[0].is_damaged);
    bury(next[0]);
    EXPECT_EQ((std::set<std::string>{"e3"}), ids_of(listener.hear(1)));
    EXPECT_EQ(1U, damaged_events());
}

TEST_F(DamagedStore, DoesNotSendADamagedEventAgain) {
    open();
    const LaneId to = lane();
    append("e1", {});
    change("UPDATE events SET envelope = replace(envelope, 'pad', 'bad')");
    open();
    const auto sent = redeliver("e1", to);
    ASSERT_TRUE(sent.has_error());
    EXPECT_EQ(Errc::conflict, sent.error().kind());
    EXPECT_NE(std::string::npos, sent.error().message().find("damaged")) << sent.error().message();
    EXPECT_EQ(0U, journal().status().backlog);
    EXPECT_EQ(1, query("SELECT COUNT(*) FROM events"));
}

TEST_F(DamagedStore, MarksADeliveryThatIsBroughtForward) {
    test::Listener listener;
    open();
    const LaneId to = lane();
    append("e1", {to});
    record(retry(claim(to).deliveries.at(0).id, clock_.now() + std::chrono::hours(1), 3));
    flush();
    change("UPDATE events SET envelope = '{'");
    open();
    journal().set_listener(&listener);
    EXPECT_EQ(Errc::conflict, redeliver("e1", to).error().kind());
    const auto due = listener.hear(1);
    ASSERT_EQ((std::set<std::string>{"e1"}), ids_of(due));
    EXPECT_TRUE(due[0].is_damaged);
}

TEST_F(DamagedStore, NeverRedrivesWhatWasDamagedWhenItDied) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    change("UPDATE events SET envelope = '{'");
    open();
    Outcome outcome = dead({{1, to}, nullptr, {}, 0});
    record(std::move(outcome));
    flush();
    EXPECT_EQ("CORRUPT", dead_letters().at(0).error_code);
    EXPECT_EQ(0U, io_.wait(journal().redrive({}, clock_.now())).value());
}

TEST_F(DamagedStore, ShowsADamagedEventOfTheHistoryAndFiltersTheOthers) {
    open();
    append("e1", {});
    append("e2", {});
    change("UPDATE events SET envelope = '{' WHERE event_id = 'e1'");
    open();
    const auto found = io_.wait(journal().find_event("e1")).value();
    EXPECT_EQ(R"({"id":"e1","damaged-event":"{"})", found.entries.at(0).event->envelope);
    const auto all = io_.wait(journal().events({}, std::nullopt, 10)).value();
    ASSERT_EQ(2U, all.events.size());
    EXPECT_EQ(R"({"id":"e1","damaged-event":"{"})", all.events[1].event->envelope);
    EventFilter filter;
    filter.source = "orders";
    const auto filtered = io_.wait(journal().events(std::move(filter), std::nullopt, 10));
    ASSERT_TRUE(filtered.has_value()) << filtered.error().message();
    EXPECT_TRUE(filtered->events.empty());
}

TEST_F(DamagedStore, TellsWhichArchivedEventIsNotWhatWasWritten) {
    open();
    const ArchiveId archive = io_.wait(store_->archives().put("arn:a", Millis(0), {})).value();
    std::vector<NewEvent> events;
    for (const char* id : {"e1", "e2"}) {
        events.push_back({test::event_of(id, clock_.now()), {}, {{archive}, clock_.now()}});
    }
    ASSERT_TRUE(try_append(std::move(events)).has_value());
    change("UPDATE archived_events SET envelope = replace(envelope, 'pad', 'bad') WHERE seq = 2");
    open();
    const auto read = read_archive(archive);
    ASSERT_EQ(2U, read.size());
    EXPECT_FALSE(read[0].is_damaged);
    EXPECT_TRUE(read[1].is_damaged);
    EXPECT_EQ(1U, metrics_.counter("eventbusd_damaged_archived_events_total", "").value());
    change("UPDATE archived_events SET checksum = NULL");
    open();
    EXPECT_FALSE(read_archive(archive).at(1).is_damaged);
}

TEST_F(DamagedStore, StopsWhenABusOrRuleIsNotWhatWasWritten) {
    open();
    std::vector<CatalogChange> changes{{"rule", "arn:a", "{\"v\":1}"}};
    ASSERT_TRUE(io_.wait(catalog().apply(std::move(changes))).has_value());
    change("UPDATE catalog SET document = '{\"v\":2}'");
    open();
    EXPECT_TRUE(io_.wait(catalog().load()).has_error());
    EXPECT_TRUE(is_damaged(*store_));
    EXPECT_TRUE(journal().status().failed_for_good);
    EXPECT_TRUE(try_append({NewEvent{test::event_of("e1", clock_.now()), {}}}).has_error());
}

TEST_F(DamagedStore, RefusesToGoOnWithLessThanWasAcknowledged) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const auto older = dir_ / "older";
    std::filesystem::copy(options_.folder, older);
    append("e2", {to});
    append("e3", {});
    store_.reset();
    std::filesystem::copy(
        options_.folder / HighWaterMark::kName,
        older / HighWaterMark::kName,
        std::filesystem::copy_options::overwrite_existing);
    options_.folder = older;
    expect_refused("the last 2 changes");
    std::filesystem::remove(older / HighWaterMark::kName);
    open();
    EXPECT_EQ((std::set<std::string>{"e1"}), ids_of(claim(to).deliveries));
}

TEST_F(DamagedStore, NoticesALogThatIsShorterThanItWas) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("e2", {to});
    crash();
    std::filesystem::resize_file(log(), std::filesystem::file_size(log()) - 1);
    expect_refused("the last 1 changes");
}

TEST_F(DamagedStore, MakesNoNewDatabaseOfOneThatWasEmptied) {
    open();
    append("e1", {lane()});
    crash();
    const auto log_bytes = std::filesystem::file_size(log());
    std::filesystem::resize_file(database(), 0);
    expect_refused("empty");
    EXPECT_EQ(0U, std::filesystem::file_size(database()));
    EXPECT_EQ(log_bytes, std::filesystem::file_size(log()));
}

TEST_F(DamagedStore, NoticesADamagedHeaderOfItsOwnFile) {
    open();
    append("e1", {lane()});
    store_.reset();
    zero(database(), 0, 100);
    expect_refused("not an SQLite database");
}

TEST_F(DamagedStore, IsLookedThroughBeforeAStartIfItWasNotClosed) {
    open();
    const LaneId to = lane();
    fill(to, 60);
    crash();
    const auto pages = std::filesystem::file_size(database()) / kPageBytes;
    ASSERT_GT(pages, 30U);
    zero(database(), (pages - 5) * kPageBytes, kPageBytes);
    expect_refused("damaged");
    EXPECT_GT(std::filesystem::file_size(log()), 0U);
}

TEST_F(DamagedStore, StopsWhenDamageIsMetLater) {
    open();
    const LaneId to = lane();
    for (int i = 0; i < 60; ++i) {
        append("e" + std::to_string(i), {to}, 1'500);
    }
    store_.reset();
    const auto pages = std::filesystem::file_size(database()) / kPageBytes;
    for (std::uintmax_t page = pages - 20; page < pages; ++page) {
        zero(database(), page * kPageBytes, kPageBytes);
    }
    open();
    ClaimRequest request;
    request.lane = to;
    request.now = clock_.now();
    request.limit = 100;
    EXPECT_TRUE(io_.wait(journal().claim(std::move(request))).has_error());
    EXPECT_TRUE(is_damaged(*store_));
    EXPECT_TRUE(try_append({NewEvent{test::event_of("e1", clock_.now()), {}}}).has_error());
}

TEST_F(DamagedStore, NamesTheWayOutHoweverManyPagesAreDamaged) {
    open();
    fill(lane(), 400);
    crash();
    const auto pages = std::filesystem::file_size(database()) / kPageBytes;
    std::filesystem::resize_file(database(), pages / 3 * kPageBytes);
    expect_refused("damaged");
    EXPECT_LT(try_open().error().message().size(), 1'000U);
}

}  // namespace
}  // namespace eventbus
