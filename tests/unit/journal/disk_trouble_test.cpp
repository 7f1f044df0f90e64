#include "eventbus/journal/store_damage.hpp"

#include "ballast.hpp"
#include "flaky_vfs.hpp"
#include "store_fixture.hpp"
#include "support/file_size_limit.hpp"

#include <algorithm>
#include <optional>

namespace eventbus {
namespace {

using test::event_of;
using test::ids_of;

class JournalOnABadDisk : public test::StoreTest {
protected:
    // A folder in its place keeps the ballast from being made, but for the tests of it.
    JournalOnABadDisk() { std::filesystem::create_directories(ballast()); }

    std::filesystem::path ballast() const { return options_.folder / Ballast::kName; }

    ~JournalOnABadDisk() override {
        vfs_.room();
        vfs_.fail_syncs(false);
        store_.reset();  // before the VFS goes
    }

    Result<void> append_one(const std::string& id, LaneId to, std::size_t padding = 0) {
        return try_append(
            std::vector<NewEvent>{NewEvent{event_of(id, clock_.now(), padding), {to}}});
    }

    test::FlakyVfs vfs_;
};

TEST_F(JournalOnABadDisk, RefusesWhileTheDiskIsFullAndRecoversByItself) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    append("e2", {to});
    const auto claimed = claim(to).deliveries;
    ASSERT_EQ(2U, claimed.size());
    vfs_.full_after(0);
    const auto refused = append_one("e3", to);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(Errc::unavailable, refused.error().kind());
    EXPECT_EQ("ServiceUnavailableException", refused.error().code());
    EXPECT_FALSE(journal().status().writable);
    EXPECT_FALSE(journal().status().failed_for_good);
    EXPECT_NE("", journal().status().failure);
    record(delivered(claimed[0].id));
    EXPECT_TRUE(io_.wait(journal().flush()).has_error());
    EXPECT_TRUE(claim(to).deliveries.empty());  // reads work, and the outcome is not forgotten
    vfs_.room();

    ASSERT_TRUE(eventually([&] { return journal().status().writable; }));
    EXPECT_EQ("", journal().status().failure);
    ASSERT_TRUE(eventually([&] { return journal().status().backlog == 1; }));
    append("e4", {to});
    reopen();
    EXPECT_EQ((std::set<std::string>{"e2", "e4"}), ids_of(claim(to).deliveries));
}

TEST_F(JournalOnABadDisk, WhatCannotBeIndexedIsClaimedAllTheSame) {
    constexpr int kMany = 500;
    test::Listener listener;
    open();
    journal().set_listener(&listener);
    const LaneId to = lane();
    std::vector<NewEvent> events;
    for (int i = 0; i < kMany; ++i) {
        events.push_back(NewEvent{event_of("e" + std::to_string(i), clock_.now()), {to}});
    }
    ASSERT_TRUE(try_append(std::move(events)).has_value());
    std::vector<DeliveryId> ids;
    for (const Delivery& heard : listener.hear(kMany)) {
        ids.push_back(heard.id);
    }
    vfs_.full_after(0);
    journal().release(std::move(ids));
    ASSERT_TRUE(eventually([&] { return !journal().status().writable; }));
    EXPECT_EQ(100U, claim(to, 100).deliveries.size());
    vfs_.room();
    ASSERT_TRUE(eventually([&] { return journal().status().writable; }));
    ASSERT_TRUE(eventually([&] {
        return query("SELECT COUNT(*) FROM deliveries WHERE is_unindexed = 1") < kMany - 100;
    }));
    EXPECT_EQ(400U, claim(to, 1000).deliveries.size());
    store_.reset();
}

TEST_F(JournalOnABadDisk, DoesNotThinkThatItCanBeWrittenUntilItHasBeen) {
    open();
    const LaneId to = lane();
    vfs_.full_after(0);
    ASSERT_TRUE(append_one("e1", to).has_error());
    const auto failures = [&] { return metric("eventbusd_commit_failures_total"); };
    const double before = failures();
    const double commits = metric("eventbusd_commits_total");
    ASSERT_TRUE(
        eventually([&] { return failures() >= before + 2 || journal().status().writable; }));
    EXPECT_FALSE(journal().status().writable);
    EXPECT_EQ(commits, metric("eventbusd_commits_total"));
    vfs_.room();
    EXPECT_TRUE(eventually([&] { return journal().status().writable; }));
}

TEST_F(JournalOnABadDisk, WritesOutcomesEvenIfAppendsFindNoRoom) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    const auto id = claim(to).deliveries.at(0).id;
    // Room for the few pages of an outcome, not for a large event.
    vfs_.full_after(40);
    record(delivered(id));
    EXPECT_TRUE(append_one("huge", to, 3'000'000).has_error());
    vfs_.full_after(40);
    ASSERT_TRUE(eventually([&] {
        vfs_.full_after(40);
        return journal().status().backlog == 0;
    }));
}

TEST_F(JournalOnABadDisk, KeepsWhatItAcceptedWhicheverWriteIsTheLast) {
    open();
    const LaneId to = lane();
    std::set<std::string> accepted;
    int refusals = 0;
    for (int writes = 0; writes < 60; ++writes) {
        vfs_.full_after(writes);
        for (int i = 0; i < 3; ++i) {
            const std::string id = std::to_string(writes) + "/" + std::to_string(i);
            if (append_one(id, to, 5'000).has_value()) {
                accepted.insert(id);
            } else {
                ++refusals;
            }
        }
        vfs_.room();
        const std::string after = std::to_string(writes) + "/after";
        ASSERT_TRUE(append_one(after, to).has_value());
        accepted.insert(after);
    }
    EXPECT_GT(refusals, 60);
    EXPECT_GT(accepted.size(), 90U);
    reopen();
    EXPECT_EQ(accepted, ids_of(claim(to, 10'000).deliveries));
    sqlite::Database db(database(), sqlite::Database::Access::reader);
    EXPECT_EQ("ok", db.integrity_check());
}

TEST_F(JournalOnABadDisk, TrustsNoFsyncAfterOneHasFailed) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    vfs_.fail_syncs(true);
    const auto refused = append_one("e2", to);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ServiceUnavailableException", refused.error().code());
    EXPECT_EQ(1, vfs_.syncs());
    vfs_.fail_syncs(false);
    EXPECT_TRUE(append_one("e3", to).has_error());
    record(delivered({1, to}));
    EXPECT_TRUE(io_.wait(journal().flush()).has_error());
    EXPECT_TRUE(io_.wait(journal().lane("new", "lane")).has_error());
    EXPECT_TRUE(io_.wait(journal().redrive({}, clock_.now())).has_error());
    EXPECT_TRUE(
        io_.wait(catalog().apply(std::vector<CatalogChange>{{"k", "a", "{}"}})).has_error());
    const JournalStatus status = journal().status();
    EXPECT_FALSE(status.writable);
    EXPECT_TRUE(status.failed_for_good);
    EXPECT_NE("", status.failure);
    store_->close();
    EXPECT_EQ(0, vfs_.syncs());
    reopen();
    EXPECT_TRUE(journal().status().writable);
    EXPECT_TRUE(ids_of(claim(to).deliveries).contains("e1"));
}

// The first look for a lane fails; what is written in the same round does not, and then looks like
// the end of the failure.
TEST_F(JournalOnABadDisk, AnswersEveryFlushOnceItHasFailedForGood) {
    open();
    const LaneId to = lane();
    append("e1", {to});
    reopen();
    flush();
    flush();  // the writer is through with what it does once a second
    vfs_.fail_call(1);
    [[maybe_unused]] const auto found = io_.wait(journal().lane("rule-t1", "t1"));
    ASSERT_TRUE(journal().status().failed_for_good);
    record(delivered({1, to}));
    EXPECT_TRUE(io_.wait(journal().flush()).has_error());
}

// The kernel may refuse to open a file for writing once, for want of room or descriptors, and
// SQLite goes on with one that it can only read.
TEST_F(JournalOnABadDisk, DoesNotStartWithADatabaseThatItCanOnlyRead) {
    open();
    store_.reset();
    vfs_.open_read_only(SQLITE_OPEN_MAIN_DB);
    const auto opened = SqliteStore::open(options_, clock_, metrics_);
    vfs_.open_read_only(0);
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(Errc::io_error, opened.error().kind());
    EXPECT_NE(std::string::npos, opened.error().message().find("eventbusd.db: cannot be opened: "))
        << opened.error().message();
    EXPECT_NE(std::string::npos, opened.error().message().find("for reading only"))
        << opened.error().message();
}

TEST_F(JournalOnABadDisk, EndsWithALogThatItCanOnlyReadSoThatTheNextStartOpensItAnew) {
    open();
    append("e1", {lane()});
    const std::filesystem::path copied = dir_ / "copied";
    std::filesystem::copy(options_.folder, copied, std::filesystem::copy_options::recursive);
    store_.reset();
    options_.folder = copied;
    vfs_.open_read_only(SQLITE_OPEN_WAL);
    auto opened = SqliteStore::open(options_, clock_, metrics_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    store_ = std::move(*opened);
    EXPECT_TRUE(append_one("e2", lane()).has_error());
    EXPECT_TRUE(journal().status().failed_for_good);
    vfs_.open_read_only(0);
    reopen();
    EXPECT_EQ(std::set<std::string>{"e1"}, ids_of(claim(lane()).deliveries));
}

TEST_F(JournalOnABadDisk, GivesUpItsBallastForOutcomesAndTakesNothingNewUntilItIsBack) {
    std::filesystem::remove(ballast());
    open();
    EXPECT_EQ(Ballast::kBytes, std::filesystem::file_size(ballast()));
    const LaneId to = lane();
    append("e1", {to});
    const auto id = claim(to).deliveries.at(0).id;
    vfs_.full_after(0);
    EXPECT_TRUE(append_one("e2", to).has_error());
    EXPECT_FALSE(std::filesystem::exists(ballast()));
    std::filesystem::create_directory(ballast());
    vfs_.room();
    record(delivered(id));
    ASSERT_TRUE(eventually([&] { return journal().status().backlog == 0; }));
    EXPECT_TRUE(journal().status().writable);
    EXPECT_NE("", journal().status().failure);
    const auto refused = append_one("e3", to);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ("ServiceUnavailableException", refused.error().code());

    std::filesystem::remove(ballast());
    ASSERT_TRUE(eventually([&] { return journal().status().failure.empty(); }));
    EXPECT_TRUE(append_one("e4", to).has_value());
    EXPECT_EQ(Ballast::kBytes, std::filesystem::file_size(ballast()));
}

TEST_F(JournalOnABadDisk, GoesWithoutBallastWhereThereIsNoRoomForIt) {
    open();
    const LaneId to = lane();
    vfs_.full_after(0);
    EXPECT_TRUE(append_one("e1", to).has_error());
    vfs_.room();
    ASSERT_TRUE(eventually([&] { return journal().status().writable; }));
    EXPECT_TRUE(append_one("e2", to).has_value());
}

TEST_F(JournalOnABadDisk, HoldsNothingOfAClaimThatFailed) {
    bool is_through = false;
    for (int n = 1; !is_through; ++n) {
        SCOPED_TRACE("read " + std::to_string(n));
        ASSERT_LT(n, 200);
        options_.folder = dir_ / ("n" + std::to_string(n));
        std::filesystem::create_directories(ballast());
        open();
        const LaneId to = lane();
        for (const char* id : {"e1", "e2", "e3"}) {
            ASSERT_TRUE(append_one(id, to, 20'000).has_value());
        }
        reopen();  // nothing of it is in memory
        vfs_.lack_memory_at_read(n);
        ClaimRequest request;
        request.lane = to;
        request.now = clock_.now();
        request.limit = 10;
        const auto first = io_.wait(journal().claim(std::move(request)));
        is_through = !vfs_.has_lacked_memory();
        vfs_.lack_memory_at_read(0);
        EXPECT_EQ(
            (std::set<std::string>{"e1", "e2", "e3"}),
            ids_of(first.has_value() ? first->deliveries : claim(to).deliveries));
        store_.reset();
    }
}

// Accepts, delivers, retries, buries and redrives while the nth call of the disk fails, for every n
// until there is no nth call any more.
TEST_F(JournalOnABadDisk, LosesNothingWhicheverCallFails) {
    bool is_through = false;
    for (int n = 1; !is_through; ++n) {
        SCOPED_TRACE("call " + std::to_string(n));
        ASSERT_LT(n, 2'000);
        options_.folder = dir_ / ("n" + std::to_string(n));
        std::filesystem::create_directories(ballast());
        open();
        const LaneId to = lane();
        append("before", {to});
        store_.reset();
        vfs_.fail_call(n);
        std::set<std::string> owed{"before"};
        auto opened = SqliteStore::open(options_, clock_, metrics_);
        if (opened.has_error()) {
            EXPECT_EQ(Errc::io_error, opened.error().kind()) << opened.error().message();
        } else {
            store_ = std::move(*opened);
            if (append_one("e1", to, 20'000).has_value()) {
                owed.insert("e1");
            }
            ClaimRequest request;
            request.lane = to;
            request.now = clock_.now();
            request.limit = 10;
            const auto claimed = io_.wait(journal().claim(std::move(request)));
            if (claimed.has_value() && !claimed->deliveries.empty()) {
                record(dead(claimed->deliveries[0]));
                if (io_.wait(journal().flush()).has_value()) {
                    // It comes back as owed, whatever becomes of this.
                    [[maybe_unused]] const auto redriven =
                        io_.wait(journal().redrive({}, clock_.now()));
                }
            }
            EXPECT_FALSE(is_damaged(*store_)) << journal().status().failure;
            store_.reset();
        }
        is_through = !vfs_.has_failed();
        vfs_.fail_call(0);
        open();
        std::set<std::string> kept = ids_of(claim(to).deliveries);
        for (const DeadLetter& letter : dead_letters()) {
            kept.insert(letter.event->id);
        }
        EXPECT_TRUE(std::ranges::includes(kept, owed));
        store_.reset();
    }
}

// A disk that does not read looks like damage to whoever checks a database after an unclean end.
TEST_F(JournalOnABadDisk, IsNotTakenForDamagedWhicheverReadFails) {
    open();
    const LaneId to = lane();
    for (int i = 0; i < 30; ++i) {
        append("e" + std::to_string(i), {to}, 1'500);
    }
    reopen();
    append("last", {to});
    const auto crashed = options_.folder;
    bool is_through = false;
    for (int n = 1; !is_through; ++n) {
        SCOPED_TRACE("call " + std::to_string(n));
        ASSERT_LT(n, 2'000);
        options_.folder = dir_ / ("n" + std::to_string(n));
        std::filesystem::copy(crashed, options_.folder, std::filesystem::copy_options::recursive);
        vfs_.fail_call(n);
        auto opened = SqliteStore::open(options_, clock_, metrics_);
        if (opened.has_error()) {
            EXPECT_EQ(Errc::io_error, opened.error().kind()) << opened.error().message();
        } else {
            EXPECT_FALSE(is_damaged(**opened));
            opened->reset();
        }
        is_through = !vfs_.has_failed();
        vfs_.fail_call(0);
    }
}

// The same through the kernel: a limit on the size of files stands in for a disk without room.
class JournalWithoutRoom : public test::StoreTest {};

TEST_F(JournalWithoutRoom, StoresExactlyWhatItAcceptedAndGoesOnWhenThereIsRoom) {
    open();
    const LaneId to = lane();
    std::set<std::string> accepted;
    std::optional<test::FileSizeLimit> limit(3'000'000);
    int refusals = 0;
    for (int i = 0; i < 400; ++i) {
        const std::string id = "e" + std::to_string(i);
        if (i == 300) {
            limit.reset();
            EXPECT_GT(refusals, 0);
        }
        const auto appended =
            try_append(std::vector<NewEvent>{NewEvent{event_of(id, clock_.now(), 50'000), {to}}});
        if (appended.has_value()) {
            accepted.insert(id);
        } else {
            EXPECT_EQ("ServiceUnavailableException", appended.error().code());
            EXPECT_FALSE(journal().status().failed_for_good) << journal().status().failure;
            ++refusals;
        }
    }
    EXPECT_TRUE(accepted.contains("e300"));
    EXPECT_TRUE(journal().status().writable);
    reopen();
    EXPECT_EQ(accepted, ids_of(claim(to, 1'000).deliveries));
}

}  // namespace
}  // namespace eventbus
