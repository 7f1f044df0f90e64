#include "eventbus/outbound/target_secrets.hpp"

#include "events.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr WallTime kNow = test::kEventTime;

class TargetSecretsTest : public ::testing::Test {
protected:
    TargetSecretsTest()
        : box_(std::make_shared<const SecretBox>(MasterKey::generate())),
          secrets_({{"billing", {"key one", "key two"}}}, box_) {}

    // As PutTargets would store it over `before`.
    Result<Target> put(const Json& signing, const Target* before = nullptr, WallTime now = kNow) {
        Json document = Json::object();
        document["Id"] = "t1";
        document["Arn"] = "https://a.example/";
        document["Signing"] = signing;
        auto target = target_from_json(document);
        if (!target) {
            return target.error();
        }
        if (auto sealed = secrets_.seal(*target, before, rule_arn_, now); !sealed) {
            return sealed.error();
        }
        // As it comes back from the store.
        return target_from_json(Json::parse(target->document));
    }

    Result<std::vector<http::WebhookKey>> keys(const Target& target, WallTime now = kNow) {
        return secrets_.keys_of(*test::bind(target), now);
    }

    static Json secrets(std::initializer_list<std::string> all) {
        Json signing = Json::object();
        signing["Secrets"] = all;
        return signing;
    }

    static http::WebhookKey key(const std::string& secret) {
        return http::parse_webhook_secret(secret).value();
    }

    const std::string rule_arn_ = rule_arn(test::kHome, "default", "orders");
    const std::shared_ptr<const SecretBox> box_;
    const TargetSecrets secrets_;
    const std::string one_ = http::make_webhook_secret();
    const std::string two_ = http::make_webhook_secret();
    const std::string three_ = http::make_webhook_secret();
};

using Keys = std::vector<http::WebhookKey>;

TEST_F(TargetSecretsTest, AreStoredSealedAndShownMasked) {
    const auto target = put(secrets({one_}));
    ASSERT_TRUE(target) << target.error().message();
    EXPECT_EQ(target->document.find(one_.substr(6)), std::string::npos);
    EXPECT_EQ(target->document.find("plain"), std::string::npos);
    const auto shown = shown_document(*target);
    EXPECT_EQ(
        shown.dump(),
        R"({"Id":"t1","Arn":"https://a.example/","Signing":{"Secrets":["whsec_***)" +
            http::webhook_key_id(key(one_)) + R"("]}})");
    EXPECT_EQ(*keys(*target), Keys{key(one_)});
}

TEST_F(TargetSecretsTest, OverlapWhenTheyAreReplaced) {
    const auto before = put(secrets({one_}));
    const auto after = put(secrets({two_}), &*before);
    ASSERT_TRUE(after) << after.error().message();
    EXPECT_EQ(*keys(*after), (Keys{key(two_), key(one_)})) << "the new one comes first";
    EXPECT_EQ(*keys(*after, kNow + 24h - 1ms), (Keys{key(two_), key(one_)}));
    EXPECT_EQ(*keys(*after, kNow + 24h), Keys{key(two_)});
    // One that was to end does not live longer because of another change.
    const auto third = put(secrets({three_}), &*after, kNow + 23h);
    EXPECT_EQ(*keys(*third, kNow + 23h), (Keys{key(three_), key(two_), key(one_)}));
    EXPECT_EQ(*keys(*third, kNow + 24h), (Keys{key(three_), key(two_)}));
    const auto fourth = put(secrets({three_}), &*third, kNow + 100h);
    EXPECT_EQ(fourth->signing->secrets.size(), 1U) << "what has ended is dropped";
}

TEST_F(TargetSecretsTest, EndAtOnceWithoutAnOverlap) {
    const auto before = put(secrets({one_}));
    auto signing = secrets({two_});
    signing["OverlapSeconds"] = 0;
    EXPECT_EQ(*keys(*put(signing, &*before)), Keys{key(two_)});
}

TEST_F(TargetSecretsTest, CanBeGivenBackAsTheyAreShown) {
    const auto before = put(secrets({one_}));
    Json shown = shown_document(*before)["Signing"];
    const auto same = put(shown, &*before);
    ASSERT_TRUE(same) << same.error().message();
    EXPECT_EQ(*keys(*same), Keys{key(one_)});
    shown["Secrets"].insert(shown["Secrets"].begin(), two_);
    EXPECT_EQ(*keys(*put(shown, &*before), kNow + 100h), (Keys{key(two_), key(one_)}));
    EXPECT_FALSE(put(shown)) << "there is nothing that the mask stands for";
    EXPECT_EQ(put(secrets({one_, one_}))->signing->secrets.size(), 1U);
}

TEST_F(TargetSecretsTest, AreRefusedWithoutBeingShown) {
    const auto refused = put(secrets({"whsec_canary"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), "ValidationException");
    EXPECT_EQ(refused.error().message().find("canary"), std::string::npos);
    Target target = test::target_at("https://a.example/");
    target.signing.emplace();
    target.signing->secrets.emplace_back().plain = one_;
    EXPECT_FALSE(TargetSecrets({}, nullptr).seal(target, nullptr, rule_arn_, kNow));
}

TEST_F(TargetSecretsTest, DoNotAccumulateWithoutBound) {
    auto target = put(secrets({http::make_webhook_secret()}));
    for (int i = 0; i < 9; ++i) {
        target = put(secrets({http::make_webhook_secret()}), &*target);
        ASSERT_TRUE(target) << i;
    }
    const auto eleventh = put(secrets({http::make_webhook_secret()}), &*target);
    ASSERT_FALSE(eleventh);
    EXPECT_NE(eleventh.error().message().find("OverlapSeconds"), std::string::npos);
}

TEST_F(TargetSecretsTest, OpenOnlyForTheTargetThatTheyWerePutFor) {
    auto target = *put(secrets({one_}));
    target.id = "another";
    EXPECT_FALSE(keys(target));
    target.id = "t1";
    target.signing->secrets[0].sealed[30] ^= 1;
    EXPECT_FALSE(keys(target));
}

TEST_F(TargetSecretsTest, AreTakenFromTheConfigByName) {
    Target target = test::target_at("https://a.example/");
    EXPECT_TRUE(keys(target)->empty()) << "not signed";
    target.signing.emplace();
    target.signing->secret_name = "billing";
    EXPECT_EQ(*keys(target), (Keys{"key one", "key two"}));
    target.signing->secret_name = "gone";
    ASSERT_FALSE(keys(target));
    EXPECT_NE(keys(target).error().message().find("gone"), std::string::npos);
}

}  // namespace
}  // namespace eventbus
