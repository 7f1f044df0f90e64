#include "master_key.hpp"

#include "eventbus/base/clock.hpp"
#include "eventbus/base/encoding.hpp"
#include "eventbus/base/metrics.hpp"
#include "eventbus/journal/sqlite_store.hpp"

#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace eventbus {
namespace {

constexpr const char* kHex = "0123456789abcdef0123456789abcdef";  // 32 bytes

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};

    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 07777;
}

class MasterKeyFiles : public testing::Test {
protected:
    MasterKeyFiles() { source_.data_folder = folder_.path(); }

    std::filesystem::path key_file(std::string_view name, std::string_view text, mode_t mode) {
        const auto file = folder_.write(name, text);
        ::chmod(file.c_str(), mode);
        return file;
    }

    Result<FoundMasterKey> find(bool must_exist = false) {
        return find_master_key(source_, environment_, must_exist);
    }

    // "where: message" of the refusal.
    std::string refusal(bool must_exist = false) {
        const auto found = find(must_exist);
        if (found) {
            return "none";
        }
        EXPECT_EQ(found.error().kind(), Errc::refused);
        std::string where = found.error().where();
        if (where.starts_with(folder_.path().string())) {
            where.erase(0, folder_.path().string().size() + 1);
        }
        return where + ": " + found.error().message();
    }

    test::TempDir folder_;
    MasterKeySource source_;
    Environment environment_;
};

TEST_F(MasterKeyFiles, TheFirstRunMakesAKeyThatOnlyItsOwnerReadsAndLaterRunsFindIt) {
    const auto made = find();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(mode_of(folder_ / "master.key"), 0600U);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "master.key.new"));
    EXPECT_EQ(find(true).value().key.id(), made->key.id());
}

TEST_F(MasterKeyFiles, NoneIsMadeWhereSecretsAreSealedAlready) {
    EXPECT_EQ(
        refusal(true),
        "master.key: master key: there is no such file, and the store holds secrets that only it "
        "can open; restore it, or name another place with secrets.master_key_file");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "master.key"));
}

TEST_F(MasterKeyFiles, TheConfiguredFileComesFirstThenTheServiceManagersThenTheDataFolder) {
    const auto id_of = [](char byte) {
        return MasterKey::from_text(std::string(32, byte)).value().id();
    };
    key_file("master.key", std::string(32, 'd'), 0600);
    EXPECT_EQ(find().value().key.id(), id_of('d'));
    source_.credentials = folder_ / "credentials";
    EXPECT_EQ(find().value().key.id(), id_of('d')) << "credentials without a key for us";
    key_file("credentials/master.key", std::string(32, 'c'), 0440);
    EXPECT_EQ(find().value().key.id(), id_of('c'));
    source_.file = key_file("configured", std::string(32, 'f'), 0400);
    EXPECT_EQ(find().value().key.id(), id_of('f'));
    source_.file.clear();
    source_.variable = "BUS_KEY";
    environment_["BUS_KEY"] = to_base64(std::string(32, 'v'));
    EXPECT_EQ(find().value().key.id(), id_of('v'));
}

TEST_F(MasterKeyFiles, WhatIsWrongIsSaidWithWhatToDo) {
    source_.file = folder_ / "missing";
    EXPECT_EQ(
        refusal(),
        "missing: master key: there is no such file; secrets.master_key_file names it");
    source_.file = key_file("open", kHex, 0644);
    EXPECT_EQ(
        refusal(),
        "open: master key: the file has mode 0644, so that others can use it; chmod 0400 makes it "
        "safe to use");
    source_.file = key_file("writable", kHex, 0620);
    EXPECT_EQ(
        refusal(),
        "writable: master key: the file has mode 0620, so that others can use it; chmod 0400 makes "
        "it safe to use");
    source_.file = key_file("short", "c2hvcnQ=", 0400);
    EXPECT_EQ(
        refusal(),
        "short: master key: expected 32 bytes, or base64 of 32 bytes on one line, found base64 of "
        "5 bytes");
    source_.file = key_file("long", std::string(5000, 'x'), 0400);
    EXPECT_EQ(refusal(), "long: master key: the file has more than 1024 bytes, so it is no key");
    source_.file = folder_.path();
    EXPECT_EQ(refusal(), ": master key: expected a file, found a folder, a device or a pipe");
    source_.file.clear();
    source_.variable = "BUS_KEY";
    EXPECT_EQ(
        refusal(),
        "environment variable BUS_KEY: master key: the variable is not set; secrets.master_key_env "
        "names it");
    source_.file = folder_ / "short";
    EXPECT_EQ(
        refusal(),
        "short: master key: secrets.master_key_file and secrets.master_key_env are both set; take "
        "one away");
}

class KeyCheck : public MasterKeyFiles {
protected:
    Result<std::unique_ptr<SecretBox>> open() {
        SqliteStoreOptions options;
        options.folder = folder_ / "store";
        auto store = SqliteStore::open(options, clock_, metrics_).value();
        return io_.wait(open_secret_box(store->catalog(), source_, environment_));
    }

    const SystemClock clock_;
    MetricsRegistry metrics_;
    test::IoThreads io_;
};

TEST_F(KeyCheck, TheStoreTellsAWrongKeyFromTheRightOne) {
    const auto first = open();
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(open().value()->key_id(), (*first)->key_id());

    const std::string right = folder_.read("master.key");
    key_file("master.key", MasterKey::generate().to_text(), 0600);
    const auto wrong = open();
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind(), Errc::refused);
    EXPECT_NE(wrong.error().message().find("sealed with another key"), std::string::npos);

    std::filesystem::remove(folder_ / "master.key");
    EXPECT_FALSE(open()) << "a new key must not be made over secrets of the old one";
    key_file("master.key", right, 0600);
    EXPECT_TRUE(open());
}

}  // namespace
}  // namespace eventbus
