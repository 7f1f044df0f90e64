#include "migrations.hpp"
#include "other_process.hpp"
#include "store_fixture.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

class StoreOpen : public test::StoreTest {
protected:
    Result<std::unique_ptr<SqliteStore>> try_open() {
        return SqliteStore::open(options_, clock_, metrics_);
    }

    void make_file(const char* sql) {
        dir_.write("data/eventbusd.db", "");
        sqlite::Database db(database(), sqlite::Database::Access::writer);
        db.execute(sql);
    }

    std::string file_bytes() { return dir_.read("data/eventbusd.db"); }

    unsigned mode_of(const std::filesystem::path& path) {
        struct stat found {};

        EXPECT_EQ(0, ::stat(path.c_str(), &found)) << path;
        return found.st_mode & 0777U;
    }
};

TEST_F(StoreOpen, MakesFolderAndFilesForTheOwnerAndItsGroup) {
    const mode_t old = ::umask(0);
    options_.folder = dir_ / "a/b/data";
    open();
    ::umask(old);
    append("e1", {});
    EXPECT_EQ(0750U, mode_of(options_.folder));
    EXPECT_EQ(0640U, mode_of(options_.folder / "LOCK"));
    EXPECT_EQ(0640U, mode_of(database()));
    EXPECT_EQ(0640U, mode_of(database().string() + "-wal"));
    EXPECT_EQ(0640U, mode_of(database().string() + "-shm"));
}

TEST_F(StoreOpen, RefusesAFolderThatIsInUseAndNamesTheHolder) {
    open();
    const auto start = std::chrono::steady_clock::now();
    const auto second = try_open();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 100ms);
    ASSERT_TRUE(second.has_error());
    EXPECT_EQ(Errc::conflict, second.error().kind());
    EXPECT_NE(std::string::npos, second.error().message().find(std::to_string(::getpid())))
        << second.error().message();
    append("e1", {});
    store_->close();
    EXPECT_TRUE(try_open().has_value());
}

TEST_F(StoreOpen, DoesNotTakeTheHolderBeforeForTheOneOfNow) {
    const pid_t before = ::fork();
    if (before == 0) {
        ::_exit(0);
    }
    ::waitpid(before, nullptr, 0);
    const auto lock = dir_.write("data/LOCK", std::to_string(before) + "\n");
    const int held = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(0, ::flock(held, LOCK_EX | LOCK_NB));
    const auto refused = try_open();
    ::close(held);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::conflict, refused.error().kind());
    EXPECT_NE(std::string::npos, refused.error().message().find("in use by another process"))
        << refused.error().message();
}

TEST_F(StoreOpen, TakesOverFromAProcessThatWasKilled) {
    test::OtherProcess other({"hold", options_.folder});
    std::string line;
    ASSERT_TRUE(other.read_line(line));
    ASSERT_EQ("open", line);
    const auto refused = try_open();
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(std::string::npos, refused.error().message().find(std::to_string(other.pid())));
    other.kill();
    other.wait();
    open();
    append("e1", {});
}

TEST_F(StoreOpen, RefusesWhatIsNotItsDatabaseAndLeavesItAsItWas) {
    struct Case {
        const char* why;
        std::function<void()> make;
    };

    const std::string newer =
        "CREATE TABLE t (a INTEGER); PRAGMA application_id = " + std::to_string(kApplicationId) +
        "; PRAGMA user_version = 999";
    const std::vector<Case> cases = {
        {"not an SQLite file", [&] { dir_.write("data/eventbusd.db", std::string(5000, 'x')); }},
        {"a few bytes", [&] { dir_.write("data/eventbusd.db", "SQLite"); }},
        {"another program's",
         [&] { make_file("PRAGMA application_id = 77; CREATE TABLE t (a INTEGER)"); }},
        {"nobody's", [&] { make_file("CREATE TABLE t (a INTEGER)"); }},
        {"a newer version's", [&] { make_file(newer.c_str()); }},
        {"a newer version's, in WAL mode",
         [&] { make_file(("PRAGMA journal_mode = WAL;" + newer).c_str()); }},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        std::filesystem::remove_all(options_.folder);
        c.make();
        const std::string before = file_bytes();
        const auto opened = try_open();
        ASSERT_TRUE(opened.has_error());
        EXPECT_EQ(Errc::refused, opened.error().kind());
        EXPECT_NE(std::string::npos, opened.error().message().find("eventbusd.db"));
        EXPECT_EQ(before, file_bytes());
    }
}

TEST_F(StoreOpen, TakesADatabaseThatItHasNoDescriptorsForForNoDamagedOne) {
    open();
    append("e1", {lane()});
    store_.reset();
    rlimit all{};
    ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &all));
    std::set<std::string> refusals;
    for (rlim_t files = 1; store_ == nullptr; ++files) {
        ASSERT_LT(files, all.rlim_cur);
        const rlimit few{files, all.rlim_max};
        ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &few));
        auto opened = try_open();
        ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &all));
        if (opened.has_value()) {
            store_ = std::move(*opened);
        } else {
            EXPECT_EQ(Errc::io_error, opened.error().kind()) << opened.error().message();
            refusals.insert(opened.error().message());
        }
    }
    EXPECT_GE(refusals.size(), 3U) << "of the lock, of the database, and within SQLite";
    EXPECT_EQ((std::set<std::string>{"e1"}), test::ids_of(claim(lane()).deliveries));
}

TEST_F(StoreOpen, StartsOverAFileThatACrashLeftEmpty) {
    dir_.write("data/eventbusd.db", "");
    open();
    append("e1", {});
    EXPECT_EQ(schema_version(), query("PRAGMA user_version"));
    EXPECT_EQ(kApplicationId, query("PRAGMA application_id"));
    EXPECT_EQ(2, query("PRAGMA auto_vacuum"));
}

TEST_F(StoreOpen, StartsOverAFileThatACrashLeftWithoutATable) {
    make_file("PRAGMA auto_vacuum = INCREMENTAL");
    ASSERT_EQ(4096U, file_bytes().size());
    open();
    append("e1", {});
    EXPECT_EQ(kApplicationId, query("PRAGMA application_id"));
}

TEST_F(StoreOpen, NamesPathAndErrnoWhenTheFolderCannotBeMade) {
    options_.folder = dir_.write("file", "") / "data";
    const auto opened = try_open();
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(Errc::refused, opened.error().kind()) << "trying again does not help";
    EXPECT_NE(std::string::npos, opened.error().message().find("file"));
    EXPECT_NE(std::string::npos, opened.error().message().find("errno"));
}

TEST_F(StoreOpen, KeepsTheCatalog) {
    open();
    using Changes = std::vector<CatalogChange>;
    Changes first;
    first.push_back({"rule", "arn:b", "{\"v\":1}"});
    first.push_back({"rule", "arn:a", "{}"});
    first.push_back({"event-bus", "arn:z", "{}"});
    ASSERT_TRUE(io_.wait(catalog().apply(std::move(first))).has_value());
    Changes second;
    second.push_back({"rule", "arn:b", "{\"v\":2}"});
    second.push_back({"rule", "arn:a", std::nullopt});
    second.push_back({"rule", "arn:never", std::nullopt});
    ASSERT_TRUE(io_.wait(catalog().apply(std::move(second))).has_value());
    reopen();
    const auto entries = io_.wait(catalog().load()).value();
    ASSERT_EQ(2U, entries.size());
    EXPECT_EQ("event-bus", entries[0].kind);
    EXPECT_EQ("arn:b", entries[1].key);
    EXPECT_EQ("{\"v\":2}", entries[1].document);
}

}  // namespace
}  // namespace eventbus
