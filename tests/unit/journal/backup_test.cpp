#include "eventbus/journal/data_care.hpp"

#include "store_fixture.hpp"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

namespace eventbus {
namespace {

namespace fs = std::filesystem;

class BackupOfAStore : public test::StoreTest {
protected:
    Result<std::uintmax_t> backup(const fs::path& to) { return io_.wait(store_->backup(to)); }

    RestoreOptions restore_of(const fs::path& from, bool replace = false) {
        RestoreOptions options;
        options.from = from;
        options.folder = options_.folder;
        options.replace = replace;
        return options;
    }

    Result<RestoreReport> restore(const fs::path& from, bool replace = false) {
        return restore_database(restore_of(from, replace), clock_.now());
    }

    std::set<std::string> owed_ids(LaneId lane) {
        std::set<std::string> ids;
        while (true) {
            const auto claimed = claim(lane, 1000);
            if (claimed.deliveries.empty()) {
                return ids;
            }
            ids.merge(test::ids_of(claimed.deliveries));
        }
    }
};

TEST_F(BackupOfAStore, HoldsWhatWasCommittedBeforeIt) {
    open();
    const LaneId lane = this->lane();
    for (int i = 0; i < 50; ++i) {
        append("e" + std::to_string(i), {lane}, 5000);
    }
    const fs::path file = dir_ / "copy.db";
    const auto bytes = backup(file);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message();
    EXPECT_EQ(fs::file_size(file), *bytes);
    EXPECT_FALSE(fs::exists(file.string() + ".part"));

    struct stat found {};

    ASSERT_EQ(0, ::stat(file.c_str(), &found));
    EXPECT_EQ(0640U, found.st_mode & 0777U);

    store_.reset();
    fs::remove_all(options_.folder);
    ASSERT_TRUE(restore(file).has_value());
    open();
    EXPECT_EQ(50U, owed_ids(this->lane()).size());
}

TEST_F(BackupOfAStore, IsWholeThoughEventsKeepComing) {
    open();
    const LaneId lane = this->lane();
    for (int i = 0; i < 400; ++i) {
        append("before" + std::to_string(i), {lane}, 20'000);
    }
    std::atomic<bool> done = false;
    std::atomic<int> written = 0;
    std::thread writer([&] {
        while (!done) {
            append("during" + std::to_string(written++), {lane}, 2000);
        }
    });
    const fs::path file = dir_ / "copy.db";
    const auto bytes = backup(file);
    done = true;
    writer.join();
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message();
    EXPECT_GT(written, 0);
    sqlite::Database copy(file, sqlite::Database::Access::immutable);
    EXPECT_EQ("ok", copy.integrity_check());
    sqlite::Statement count(copy, "SELECT COUNT(*) FROM events WHERE event_id LIKE 'before%'");
    auto rows = count.query();
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(400, rows.integer(0));
}

TEST_F(BackupOfAStore, NeverTakesThePlaceOfAFileThatIsThere) {
    open();
    append("e1", {});
    const fs::path file = dir_.write("copy.db", "precious");
    const auto refused = backup(file);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::already_exists, refused.error().kind());
    EXPECT_EQ("precious", dir_.read("copy.db"));
}

TEST_F(BackupOfAStore, SaysWhereItCannotWriteAndTheJournalGoesOn) {
    open();
    append("e1", {});
    const auto refused = backup(dir_ / "no/such/folder/copy.db");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::io_error, refused.error().kind());
    EXPECT_NE(std::string::npos, refused.error().message().find("no/such/folder/copy.db"));
    append("e2", {});
    EXPECT_TRUE(journal().status().writable);
}

TEST_F(BackupOfAStore, IsNotRestoredOverADatabaseUnlessToldTo) {
    open();
    append("e1", {lane()});
    const fs::path file = dir_ / "copy.db";
    ASSERT_TRUE(backup(file).has_value());
    append("e2", {lane()});
    store_.reset();

    const auto refused = restore(file);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::already_exists, refused.error().kind());

    const auto replaced = restore(file, true);
    ASSERT_TRUE(replaced.has_value()) << replaced.error().message();
    EXPECT_TRUE(fs::exists(replaced->set_aside));
    open();
    EXPECT_EQ(std::set<std::string>{"e1"}, owed_ids(lane()));
}

TEST_F(BackupOfAStore, IsNotRestoredUnderARunningDaemon) {
    open();
    append("e1", {});
    const fs::path file = dir_ / "copy.db";
    ASSERT_TRUE(backup(file).has_value());
    const auto refused = restore(file, true);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::conflict, refused.error().kind());
}

TEST_F(BackupOfAStore, IsRefusedWhenItIsDamagedOrNotOurs) {
    open();
    for (int i = 0; i < 100; ++i) {
        append("e" + std::to_string(i), {lane()}, 3000);
    }
    const fs::path file = dir_ / "copy.db";
    ASSERT_TRUE(backup(file).has_value());
    store_.reset();
    std::string damaged = dir_.read("copy.db");
    for (std::size_t at = damaged.size() / 2; at < damaged.size() / 2 + 8192; ++at) {
        damaged[at] = '\xff';
    }
    dir_.write("damaged.db", damaged);
    dir_.write("other.db", std::string(5000, 'x'));
    const std::string before = dir_.read("data/eventbusd.db");
    for (const char* name : {"damaged.db", "other.db"}) {
        const auto refused = restore(dir_ / name, true);
        ASSERT_TRUE(refused.has_error()) << name;
        EXPECT_EQ(Errc::refused, refused.error().kind()) << refused.error().message();
    }
    EXPECT_EQ(before, dir_.read("data/eventbusd.db"));
}

TEST_F(BackupOfAStore, LeftHalfRestoredStopsTheStartUntilItIsFinished) {
    open();
    append("e1", {lane()});
    const fs::path file = dir_ / "copy.db";
    ASSERT_TRUE(backup(file).has_value());
    store_.reset();
    fs::copy_file(file, database().string() + ".restored");
    const auto opened = SqliteStore::open(options_, clock_, metrics_);
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(Errc::refused, opened.error().kind());
    ASSERT_TRUE(restore(file, true).has_value());
    open();
    EXPECT_EQ(1U, owed_ids(lane()).size());
}

class DataInspection : public BackupOfAStore {
protected:
    DataReport inspect() { return inspect_data_folder(options_.folder); }

    std::string text_of(const std::vector<std::string>& sentences) {
        std::string text;
        for (const std::string& sentence : sentences) {
            text += sentence + "\n";
        }
        return text;
    }
};

TEST_F(DataInspection, CountsWhatASoundFolderHolds) {
    open();
    append("e1", {lane()});
    append("e2", {});
    EXPECT_NE(std::string::npos, text_of(inspect().facts).find("In use by process"));
    store_.reset();
    const DataReport report = inspect();
    EXPECT_EQ("", text_of(report.problems));
    const std::string facts = text_of(report.facts);
    EXPECT_NE(std::string::npos, facts.find("2 events, 1 owed deliveries, 0 dead letters"))
        << facts;
    EXPECT_NE(std::string::npos, facts.find("No daemon uses the folder")) << facts;
}

TEST_F(DataInspection, FindsThatWhatWasAcknowledgedIsMissing) {
    open();
    append("e1", {lane()});
    store_.reset();
    const std::string older = dir_.read("data/eventbusd.db");
    open();
    append("e2", {});
    append("e3", {});
    store_.reset();
    EXPECT_EQ("", text_of(inspect().problems));
    dir_.write("data/eventbusd.db", older);
    const std::string problems = text_of(inspect().problems);
    EXPECT_NE(std::string::npos, problems.find("the last 2 changes that were acknowledged are"))
        << problems;
    dir_.write("data/eventbusd.db", "");
    EXPECT_NE(std::string::npos, text_of(inspect().problems).find("the file is empty"));
}

TEST_F(DataInspection, FindsDamageAndDisagreement) {
    struct Case {
        const char* sql;
        const char* found;
    };

    const Case cases[] = {
        {"DELETE FROM events", "1 owed deliveries have no event"},
        {"DELETE FROM lanes", "1 owed deliveries belong to no target"},
        {"UPDATE counters SET owed = owed + 3", "3 is by how much the counter of owed deliveries"},
        {"UPDATE counters SET dead_letters = 2", "2 is by how much the counter of dead letters"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.sql);
        fs::remove_all(options_.folder);
        open();
        append("e1", {lane()});
        store_.reset();
        {
            sqlite::Database db(database(), sqlite::Database::Access::writer);
            db.execute(c.sql);
        }
        const std::string problems = text_of(inspect().problems);
        EXPECT_NE(std::string::npos, problems.find(c.found)) << problems;
    }
    dir_.write("data/eventbusd.db", std::string(5000, 'x'));
    EXPECT_NE(std::string::npos, text_of(inspect().problems).find("not an SQLite database"));
    fs::remove_all(options_.folder);
    EXPECT_NE(std::string::npos, text_of(inspect().problems).find("not a folder"));
}

}  // namespace
}  // namespace eventbus
