#include "migrations.hpp"
#include "store_fixture.hpp"

#include <filesystem>
#include <limits>

namespace eventbus {
namespace {

namespace fs = std::filesystem;

constexpr char kQueueArn[] = "arn:aws:sqs:us-east-1:000000000000:letters";
constexpr std::string_view kArnPrefix = "arn:aws:events:us-east-1:000000000000:";
constexpr char kArchiveArn[] = "arn:aws:events:us-east-1:000000000000:archive/kept";
constexpr char kOrdersRuleArn[] = "arn:aws:events:us-east-1:000000000000:rule/orders/waiting";

fs::path golden(std::int32_t schema) {
    return fs::path(EVENTBUS_TEST_DATA) / "databases" /
           ("schema-" + std::to_string(schema) + ".db");
}

class Upgrade : public test::StoreTest {
protected:
    void put_golden(std::int32_t schema) {
        fs::create_directories(options_.folder);
        fs::copy_file(golden(schema), database(), fs::copy_options::overwrite_existing);
        clock_.set_wall(WallTime(Millis(1'900'000'000'000)));
        options_.history_keep = std::chrono::hours(24 * 365 * 100);
        options_.dead_letters_keep = std::chrono::hours(24 * 365 * 100);
    }

    fs::path copy_of(std::int32_t schema) {
        return options_.folder / "backup" / ("eventbusd.db.schema-" + std::to_string(schema));
    }

    std::int64_t schema_of(const fs::path& file) {
        sqlite::Database db(file, sqlite::Database::Access::immutable);
        return db.user_version();
    }

    std::set<std::string> catalog_keys() {
        std::set<std::string> keys;
        for (const CatalogEntry& entry : io_.wait(catalog().load()).value()) {
            EXPECT_NE("", entry.document) << entry.key;
            if (entry.kind == "event-bus" || entry.kind == "rule") {
                keys.insert(entry.key.substr(kArnPrefix.size()));
            }
        }
        return keys;
    }

    std::size_t events_of(const char* source) {
        EventFilter filter;
        filter.source = source;
        return io_.wait(journal().events(std::move(filter), std::nullopt, 100))
            .value()
            .events.size();
    }

    void expect_dead_letters(std::int32_t schema) {
        const auto letters = dead_letters();
        EXPECT_EQ(3U, letters.size());
        for (const DeadLetter& letter : letters) {
            EXPECT_EQ(kQueueArn, letter.queue_arn);
            EXPECT_EQ("CONNECTION_FAILURE", letter.error_code);
            EXPECT_EQ("down", letter.target_id);
            EXPECT_NE(std::string::npos, letter.event->envelope.find("golden.dead"));
            const auto record = io_.wait(journal().dead_letter(letter.id)).value();
            EXPECT_EQ(schema >= 2 ? 1U : 0U, record.attempts.size());
        }
    }

    void expect_archived_events(std::size_t count) {
        ArchiveRead range;
        range.archive = io_.wait(store_->archives().put(kArchiveArn, Millis(0), {})).value();
        range.after = {WallTime::min(), 0};
        range.until = WallTime::max();
        range.last_seq = std::numeric_limits<std::int64_t>::max();
        range.events_max = 100;
        range.bytes_max = 1 << 20;
        const auto archived = io_.wait(store_->archives().read(range)).value();
        EXPECT_EQ(count, archived.size());
        for (const ArchivedEvent& one : archived) {
            EXPECT_FALSE(one.is_damaged);
            EXPECT_NE(std::string::npos, one.event->envelope.find("golden.waiting"));
        }
    }

    std::size_t owed() {
        std::size_t count = 0;
        for (const LaneBacklog& lane : backlog()) {
            count += lane.owed;
        }
        return count;
    }
};

TEST_F(Upgrade, HasADatabaseOfTheNewestSchemaToBeProvedWithLater) {
    EXPECT_TRUE(fs::exists(golden(schema_version()))) << "see tests/data/databases/README.md";
}

TEST_F(Upgrade, KeepsEverythingOfEveryReleasedSchema) {
    for (std::int32_t schema = 1; schema <= schema_version(); ++schema) {
        if (!fs::exists(golden(schema))) {
            continue;  // a step of the same release as its successor
        }
        SCOPED_TRACE(schema);
        store_.reset();
        fs::remove_all(options_.folder);
        put_golden(schema);
        open();
        EXPECT_EQ(schema_version(), query("PRAGMA user_version"));
        EXPECT_EQ(
            (std::set<std::string>{
                "event-bus/default",
                "event-bus/orders",
                "rule/dead",
                "rule/log",
                "rule/nightly",
                "rule/orders/waiting"}),
            catalog_keys());
        EXPECT_EQ(5U, owed());
        const auto claimed = claim(io_.wait(journal().lane(kOrdersRuleArn, "down")).value());
        EXPECT_EQ(5U, claimed.deliveries.size());
        for (const Delivery& delivery : claimed.deliveries) {
            EXPECT_FALSE(delivery.is_damaged);
        }
        EXPECT_EQ(5U, events_of("golden.waiting"));
        EXPECT_EQ(3U, events_of("golden.dead"));
        EXPECT_EQ(4U, events_of("golden.done"));
        expect_dead_letters(schema);
        expect_archived_events(schema >= 6 ? 5 : 0);
        EXPECT_EQ(schema == schema_version(), !fs::exists(copy_of(schema)));
        append("after", {});
    }
}

TEST_F(Upgrade, KeepsACopyOfWhatWasThereBefore) {
    if (schema_version() == 1) {
        GTEST_SKIP() << "there is nothing to migrate yet";
    }
    put_golden(1);
    const std::string before = dir_.read("data/eventbusd.db");
    open();
    append("after", {});
    ASSERT_TRUE(fs::exists(copy_of(1)));
    EXPECT_EQ(1, schema_of(copy_of(1)));
    sqlite::Database copy(copy_of(1), sqlite::Database::Access::immutable);
    EXPECT_EQ("ok", copy.integrity_check());
    sqlite::Statement count(copy, "SELECT COUNT(*) FROM events");
    auto rows = count.query();
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(12, rows.integer(0));
}

TEST_F(Upgrade, ChangesNothingWhenTheCopyCannotBeMade) {
    if (schema_version() == 1) {
        GTEST_SKIP() << "there is nothing to migrate yet";
    }
    put_golden(1);
    dir_.write("data/backup", "a file where the folder of the copies should be");
    const std::string before = dir_.read("data/eventbusd.db");
    const auto opened = SqliteStore::open(options_, clock_, metrics_);
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(Errc::io_error, opened.error().kind());
    EXPECT_NE(std::string::npos, opened.error().message().find("backup"));
    EXPECT_EQ(before, dir_.read("data/eventbusd.db"));
    fs::remove(options_.folder / "backup");
    open();
    EXPECT_EQ(5U, owed());
}

TEST_F(Upgrade, ReplacesTheCopyOfAnEarlierAttempt) {
    if (schema_version() == 1) {
        GTEST_SKIP() << "there is nothing to migrate yet";
    }
    put_golden(1);
    fs::create_directories(options_.folder / "backup");
    dir_.write("data/backup/eventbusd.db.schema-1", "half a copy");
    dir_.write("data/backup/eventbusd.db.schema-1.part", "half a copy");
    open();
    EXPECT_EQ(1, schema_of(copy_of(1)));
    EXPECT_FALSE(fs::exists(copy_of(1).string() + ".part"));
}

TEST_F(Upgrade, NamesTheWayBackFromANewerVersion) {
    put_golden(1);
    open();
    store_.reset();
    {
        sqlite::Database db(database(), sqlite::Database::Access::writer);
        db.set_identity(kApplicationId, schema_version() + 1);
    }
    const auto opened = SqliteStore::open(options_, clock_, metrics_);
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(Errc::refused, opened.error().kind());
    const std::string message = opened.error().message();
    EXPECT_NE(std::string::npos, message.find("newer version")) << message;
    if (schema_version() > 1) {
        EXPECT_NE(std::string::npos, message.find("restore --from " + copy_of(1).string()))
            << message;
    }
}

}  // namespace
}  // namespace eventbus
