#include "eventbus/http/webhook_signature.hpp"

#include <gtest/gtest.h>

#include <set>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;

// The published vector of Standard Webhooks 1.0.
constexpr const char* kSecret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTimestamp = 1614265330;
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr WallTime kThen{std::chrono::seconds(kTimestamp)};

WebhookKey key(std::string_view secret = kSecret) {
    return parse_webhook_secret(secret).value();
}

WebhookHeaders headers(std::string signature = kSignature) {
    WebhookHeaders all;
    all.id = kId;
    all.timestamp = kTimestamp;
    all.signature = std::move(signature);
    return all;
}

TEST(WebhookSignature, IsThatOfThePublishedVector) {
    EXPECT_EQ(webhook_signature({key()}, kId, kTimestamp, kBody), kSignature);
    EXPECT_EQ(key(), key("whsec_" + std::string(kSecret)));
}

TEST(WebhookSignature, IsMadeWithEveryKeyWhileTheyAreRotated) {
    const auto other = key(make_webhook_secret());
    const auto both = webhook_signature({other, key()}, kId, kTimestamp, kBody);
    EXPECT_EQ(both, webhook_signature({other}, kId, kTimestamp, kBody) + " " + kSignature);
    EXPECT_TRUE(verify_webhook({key()}, headers(both), kBody, kThen));
    EXPECT_TRUE(verify_webhook({other}, headers(both), kBody, kThen));
}

TEST(WebhookSignature, DoesNotVerifyOnceAnythingIsDifferent) {
    EXPECT_TRUE(verify_webhook({key()}, headers(), kBody, kThen));
    EXPECT_FALSE(verify_webhook({key()}, headers(), R"({"test": 2432232315})", kThen));
    EXPECT_FALSE(verify_webhook({key(make_webhook_secret())}, headers(), kBody, kThen));
    EXPECT_FALSE(verify_webhook({}, headers(), kBody, kThen));
    auto other_id = headers();
    other_id.id = "msg_q5jXN8AQM9LWM0D4loKWxJek";
    EXPECT_FALSE(verify_webhook({key()}, other_id, kBody, kThen));
    auto other_time = headers();
    ++other_time.timestamp;
    EXPECT_FALSE(verify_webhook({key()}, other_time, kBody, kThen));
    for (const char* signature :
         {"",
          " ",
          "v1,",
          "v1",
          "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
          "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
          "v1,G0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}) {
        EXPECT_FALSE(verify_webhook({key()}, headers(signature), kBody, kThen)) << signature;
    }
}

TEST(WebhookSignature, VerifiesBesideSignaturesOfOtherVersions) {
    const std::string mixed = std::string("v1a,xyz v2,abc  ") + kSignature + " v1,AAAA";
    EXPECT_TRUE(verify_webhook({key()}, headers(mixed), kBody, kThen));
}

TEST(WebhookSignature, IsRefusedFarFromItsTime) {
    EXPECT_TRUE(verify_webhook({key()}, headers(), kBody, kThen + 300s));
    EXPECT_TRUE(verify_webhook({key()}, headers(), kBody, kThen - 300s));
    EXPECT_FALSE(verify_webhook({key()}, headers(), kBody, kThen + 301s));
    EXPECT_FALSE(verify_webhook({key()}, headers(), kBody, kThen - 301s));
    auto absurd = headers();
    absurd.timestamp = std::numeric_limits<std::int64_t>::max();
    EXPECT_FALSE(verify_webhook({key()}, absurd, kBody, kThen));
    absurd.timestamp = std::numeric_limits<std::int64_t>::min();
    EXPECT_FALSE(verify_webhook({key()}, absurd, kBody, kThen));
}

TEST(WebhookSecret, HasTwentyFourToSixtyFourBytes) {
    const auto of_bytes = [](std::size_t n) {
        // Three bytes are "AAAA".
        static const char* const kRests[] = {"", "AA==", "AAA="};
        std::string text = "whsec_";
        for (std::size_t i = 0; i < n / 3; ++i) {
            text += "AAAA";
        }
        return text + kRests[n % 3];
    };
    EXPECT_FALSE(parse_webhook_secret(of_bytes(23)));
    EXPECT_TRUE(parse_webhook_secret(of_bytes(24)));
    EXPECT_TRUE(parse_webhook_secret(of_bytes(64)));
    EXPECT_FALSE(parse_webhook_secret(of_bytes(65)));
    EXPECT_FALSE(parse_webhook_secret(""));
    EXPECT_FALSE(parse_webhook_secret("whsec_"));
}

TEST(WebhookSecret, IsNotShownByAnError) {
    const auto refused = parse_webhook_secret("whsec_canary!canary!canary!canary!");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message().find("canary"), std::string::npos);
}

TEST(WebhookSecret, IsNewEachTime) {
    std::set<std::string> secrets;
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        const auto secret = make_webhook_secret();
        EXPECT_TRUE(secret.starts_with("whsec_"));
        secrets.insert(secret);
        ids.insert(webhook_key_id(key(secret)));
        EXPECT_EQ(ids.rbegin()->size(), 8U);
    }
    EXPECT_EQ(secrets.size(), 100U);
    EXPECT_EQ(ids.size(), 100U);
}

}  // namespace
}  // namespace eventbus::http
