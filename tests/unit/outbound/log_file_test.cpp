#include "log_file.hpp"

#include "support/fake_clock.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>
#include <set>

namespace eventbus {
namespace {

using test::FakeClock;
using test::FileSizeLimit;
using test::TempDir;

class LogFileTest : public ::testing::Test {
protected:
    LogFile open(LogFileLimits limits = {1 << 20, 5, true}) {
        return LogFile(root(), "orders", limits);
    }

    std::filesystem::path root() const { return dir_ / "logs"; }

    std::string text(const std::string& name = "orders.log") const {
        return dir_.read("logs/" + name);
    }

    Result<void> append(LogFile& file, std::vector<std::string> lines) {
        return file.append(lines, clock_.now());
    }

    std::set<std::string> names() const {
        std::set<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(root())) {
            found.insert(entry.path().filename().string());
        }
        return found;
    }

    TempDir dir_;
    FakeClock clock_;  // 2026-11-20T16:18:00Z
};

TEST_F(LogFileTest, AppendsLinesToAFileThatOthersCannotRead) {
    LogFile file = open();
    ASSERT_TRUE(append(file, {"{\"a\":1}\n", "{\"b\":2}\n"}));
    ASSERT_TRUE(append(file, {"{\"c\":3}\n"}));
    EXPECT_EQ(text(), "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");

    struct stat status {};

    ASSERT_EQ(::stat((root() / "orders.log").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777 & ~0640U, 0U);
}

TEST_F(LogFileTest, CutsBackALineThatACrashLeftUnfinished) {
    const std::pair<std::string, std::string> cases[] = {
        {"{\"a\":1}\n{\"b\":", "{\"a\":1}\n"},
        {"{\"b\":", ""},
        {"{\"a\":1}\n", "{\"a\":1}\n"},
        {"whole\n" + std::string(100'000, 'x'), "whole\n"},
        {std::string(40'000, 'x') + "\n" + std::string(40'000, 'y'),
         std::string(40'000, 'x') + "\n"},
    };
    for (const auto& [found, kept] : cases) {
        dir_.write("logs/orders.log", found);
        LogFile file = open();
        ASSERT_TRUE(append(file, {"next\n"}));
        EXPECT_EQ(text(), kept + "next\n");
    }
}

TEST_F(LogFileTest, NeverFollowsASymbolicLink) {
    dir_.write("elsewhere", "untouched\n");
    std::filesystem::create_directories(root());
    std::filesystem::create_symlink(dir_ / "elsewhere", root() / "orders.log");
    LogFile file = open();
    const auto refused = append(file, {"x\n"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message().find("orders.log"), std::string::npos);
    EXPECT_EQ(dir_.read("elsewhere"), "untouched\n");

    // Also not one that takes the file's place while it is open.
    std::filesystem::remove(root() / "orders.log");
    ASSERT_TRUE(append(file, {"one\n"}));
    std::filesystem::remove(root() / "orders.log");
    std::filesystem::create_symlink(dir_ / "elsewhere", root() / "orders.log");
    EXPECT_FALSE(append(file, {"two\n"}));
    EXPECT_EQ(dir_.read("elsewhere"), "untouched\n");
}

TEST_F(LogFileTest, RefusesWhatIsNotARegularFileWithoutHanging) {
    std::filesystem::create_directories(root());
    ASSERT_EQ(::mkfifo((root() / "orders.log").c_str(), 0600), 0);
    LogFile file = open();
    EXPECT_FALSE(append(file, {"x\n"}));
    std::filesystem::remove(root() / "orders.log");
    std::filesystem::create_directory(root() / "orders.log");
    EXPECT_FALSE(append(file, {"x\n"}));
    std::filesystem::remove(root() / "orders.log");
    // What /dev/full is; only root may make one.
    if (::mknod((root() / "orders.log").c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0) {
        EXPECT_FALSE(append(file, {"x\n"}));
        std::filesystem::remove(root() / "orders.log");
    }
    EXPECT_TRUE(append(file, {"x\n"}));
}

TEST_F(LogFileTest, GoesOnBehindFourGibibytesAndRotatesThem) {
    constexpr std::uint64_t kBytes = (std::uint64_t{4} << 30) + 100;
    dir_.write("logs/orders.log", "");
    std::filesystem::resize_file(root() / "orders.log", kBytes - 1);  // a hole: it takes no room
    {
        std::ofstream end(root() / "orders.log", std::ios::app);
        end << '\n';
    }
    LogFile growing = open({kBytes * 2, 5, true});
    ASSERT_TRUE(append(growing, {"next\n"}));
    EXPECT_EQ(std::filesystem::file_size(root() / "orders.log"), kBytes + 5);
    LogFile rotating = open();
    ASSERT_TRUE(append(rotating, {"fresh\n"}));
    EXPECT_EQ(text(), "fresh\n");
    EXPECT_EQ(std::filesystem::file_size(root() / "orders.20261120T161800Z.log"), kBytes + 5);
}

TEST_F(LogFileTest, OpensAgainWhenTheFileOrItsFolderIsRemovedOrRenamed) {
    LogFile file = open();
    ASSERT_TRUE(append(file, {"one\n"}));
    std::filesystem::remove(root() / "orders.log");
    ASSERT_TRUE(append(file, {"two\n"}));
    EXPECT_EQ(text(), "two\n");
    std::filesystem::rename(root() / "orders.log", root() / "moved");
    ASSERT_TRUE(append(file, {"three\n"}));
    EXPECT_EQ(text(), "three\n");
    EXPECT_EQ(text("moved"), "two\n");
    std::filesystem::remove_all(root());
    ASSERT_TRUE(append(file, {"four\n"}));
    EXPECT_EQ(text(), "four\n");
}

TEST_F(LogFileTest, RotatesBySizeAndNeverOverwritesARotatedFile) {
    LogFile file = open({12, 5, true});
    for (const char* line : {"line1\n", "line2\n", "line3\n", "line4\n", "line5\n"}) {
        ASSERT_TRUE(append(file, {line}));
    }
    const std::set<std::string> expected = {
        "orders.20261120T161800Z.log",
        "orders.20261120T161800Z-1.log",
        "orders.log"};
    EXPECT_EQ(names(), expected);
    EXPECT_EQ(text("orders.20261120T161800Z.log"), "line1\nline2\n");
    EXPECT_EQ(text("orders.20261120T161800Z-1.log"), "line3\nline4\n");
    EXPECT_EQ(text(), "line5\n");
}

TEST_F(LogFileTest, WritesABatchThatIsLargerThanTheLimitInOnePiece) {
    LogFile file = open({4, 5, true});
    ASSERT_TRUE(append(file, {"line1\n", "line2\n"}));
    EXPECT_EQ(names(), std::set<std::string>{"orders.log"});
}

TEST_F(LogFileTest, RemovesItsOwnRotatedFilesAfterTheRetention) {
    const char* kept[] = {
        "orders.20261116T161800Z.log",
        "orders.log",
        "orders.old.log",
        "orders.20261101T000000Z.txt",
        "orders.20261332T000000Z.log",
        "orders2.20261101T000000Z.log",
        "other.20261101T000000Z.log"};
    for (const char* name : kept) {
        dir_.write(std::string("logs/") + name, "x\n");
    }
    for (const char* name : {"orders.20261114T161800Z.log", "orders.20261101T000000Z-12.log"}) {
        dir_.write(std::string("logs/") + name, "x\n");
    }
    LogFile file = open();
    ASSERT_TRUE(append(file, {"y\n"}));
    EXPECT_EQ(names(), std::set<std::string>(std::begin(kept), std::end(kept)));
    clock_.advance(std::chrono::hours{24 * 2});
    ASSERT_TRUE(append(file, {"z\n"}));
    EXPECT_FALSE(names().contains("orders.20261116T161800Z.log"));
}

TEST_F(LogFileTest, CutsAPartialWriteBackAndGoesOnWhenThereIsRoomAgain) {
    LogFile file = open();
    ASSERT_TRUE(append(file, {"0123456789\n"}));
    {
        const FileSizeLimit limit(16);
        EXPECT_FALSE(append(file, {"abcdefghij\n"}));
        EXPECT_EQ(text(), "0123456789\n");
        EXPECT_TRUE(append(file, {"abcd\n"}));
        EXPECT_FALSE(append(file, {"e\n"}));
    }
    ASSERT_TRUE(append(file, {"f\n"}));
    EXPECT_EQ(text(), "0123456789\nabcd\nf\n");
}

TEST(LogFileName, OfARotatedFileIsRecognised) {
    EXPECT_TRUE(is_rotated_log_name("a.20261120T161800Z"));
    EXPECT_TRUE(is_rotated_log_name("a.20261120T161800Z-12"));
    for (const char* name :
         {"a",
          "a.b",
          "20261120T161800Z",
          "a.20261120T161800Z-",
          "a.20261120T161800Z-x",
          "a.20261320T161800Z",
          "a.20261120161800Z"}) {
        EXPECT_FALSE(is_rotated_log_name(name)) << name;
    }
}

}  // namespace
}  // namespace eventbus
