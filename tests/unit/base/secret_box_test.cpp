#include "eventbus/base/secret_box.hpp"

#include "eventbus/base/encoding.hpp"

#include <gtest/gtest.h>

#include <set>

namespace eventbus {
namespace {

constexpr SecretPlace kPlace{"connection", "arn:aws:events:r:1:connection/a/1", "AuthParameters"};

MasterKey key_of(char byte) {
    return MasterKey::from_text(std::string(MasterKey::kBytes, byte)).value();
}

TEST(SecretBox, OpensWhatItHasSealed) {
    const SecretBox box(MasterKey::generate());
    for (const std::size_t size : {0, 1, 15, 16, 17, 4096, 100'000}) {
        const std::string secret(size, 's');
        EXPECT_EQ(box.open(box.seal(secret, kPlace), kPlace).value(), secret);
    }
}

TEST(SecretBox, NeverWritesTheSameRecordTwice) {
    const SecretBox box(key_of('k'));
    std::set<std::string> records;
    for (int i = 0; i < 1000; ++i) {
        records.insert(box.seal("secret", kPlace));
    }
    EXPECT_EQ(records.size(), 1000U);
}

TEST(SecretBox, RefusesARecordInWhichAnyBitHasChanged) {
    const SecretBox box(key_of('k'));
    const std::string bytes = *from_base64(box.seal("a secret", kPlace));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            EXPECT_FALSE(box.open(to_base64(changed), kPlace)) << i << " " << bit;
        }
    }
}

TEST(SecretBox, RefusesARecordThatIsCutOrNoRecordAtAll) {
    const SecretBox box(key_of('k'));
    const std::string bytes = *from_base64(box.seal("a secret", kPlace));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(box.open(to_base64(bytes.substr(0, size)), kPlace)) << size;
    }
    EXPECT_FALSE(box.open("not base64!", kPlace));
    EXPECT_FALSE(box.open(to_base64(bytes + "x"), kPlace));
}

TEST(SecretBox, RefusesARecordInAnyPlaceButItsOwn) {
    const SecretBox box(key_of('k'));
    const std::string record = box.seal("a secret", {"ab", "c", "d"});
    EXPECT_TRUE(box.open(record, {"ab", "c", "d"}));
    const SecretPlace elsewhere[] = {
        {"ab", "c", "e"},
        {"ab", "x", "d"},
        {"x", "c", "d"},
        {"a", "bc", "d"},  // the same bytes, cut elsewhere
        {"abc", "", "d"},
        {"ab", "cd", ""},
    };
    for (const auto& place : elsewhere) {
        const auto opened = box.open(record, place);
        ASSERT_FALSE(opened);
        EXPECT_EQ(
            opened.error().message(),
            "a sealed secret is damaged: it was changed, or sealed for something else");
    }
}

TEST(SecretBox, NamesTheKeyThatIsMissing) {
    const SecretBox sealed_with(key_of('a'));
    const SecretBox box(key_of('b'));
    const auto opened = box.open(sealed_with.seal("a secret", kPlace), kPlace);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), Errc::refused);
    EXPECT_EQ(
        opened.error().message(),
        "a secret is sealed with the master key " + key_of('a').id() +
            ", which is not here; the current one is " + key_of('b').id());
}

TEST(SecretBox, OpensWithEarlierKeysAndSealsWithTheCurrentOne) {
    const SecretBox before(key_of('a'));
    const SecretBox after(key_of('b'), {key_of('a')});
    const std::string old_record = before.seal("a secret", kPlace);
    EXPECT_EQ(after.open(old_record, kPlace).value(), "a secret");
    EXPECT_FALSE(after.is_current(old_record));
    EXPECT_TRUE(after.is_current(after.seal("a secret", kPlace)));
    EXPECT_FALSE(after.is_current("no record"));
}

TEST(MasterKey, IsReadAsBytesOrAsBase64) {
    const MasterKey key = MasterKey::generate();
    EXPECT_EQ(MasterKey::from_text(key.to_text()).value().id(), key.id());
    EXPECT_EQ(MasterKey::from_text(key.to_text() + "\r\n").value().id(), key.id());
    const std::string bytes(key.bytes().begin(), key.bytes().end());
    EXPECT_EQ(MasterKey::from_text(bytes).value().id(), key.id());
    EXPECT_NE(MasterKey::generate().id(), key.id());
}

TEST(MasterKey, OfAnotherLengthIsRefusedWithoutBeingShown) {
    const std::pair<std::string, std::string_view> cases[] = {
        {"", "expected 32 bytes, or base64 of 32 bytes on one line, found base64 of 0 bytes"},
        {"c2hvcnQ=\n",
         "expected 32 bytes, or base64 of 32 bytes on one line, found base64 of 5 bytes"},
        {std::string(33, '\x01'),
         "expected 32 bytes, or base64 of 32 bytes on one line, found 33 bytes that are neither"},
        {to_base64(std::string(33, 'x')),
         "expected 32 bytes, or base64 of 32 bytes on one line, found base64 of 33 bytes"},
    };
    for (const auto& [text, message] : cases) {
        const auto key = MasterKey::from_text(text);
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().message(), message);
    }
}

TEST(MasterKey, HasAnIdThatSaysNothingOfIt) {
    const MasterKey key = key_of('k');
    EXPECT_EQ(key.id().size(), 8U);
    EXPECT_EQ(key.id().find("6b6b"), std::string::npos);
}

TEST(Wiping, EmptiesTheText) {
    std::string secret = "a secret that is longer than what fits into the object itself";
    const char* const memory = secret.data();
    const std::size_t size = secret.size();
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    for (std::size_t i = 0; i < size; ++i) {
        EXPECT_EQ(memory[i], '\0');
    }
}

}  // namespace
}  // namespace eventbus
