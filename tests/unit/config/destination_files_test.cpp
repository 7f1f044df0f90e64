#include "eventbus/config/resources.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace eventbus {
namespace {

class DestinationFiles : public testing::Test {
protected:
    Checked<std::vector<ResourceFile>> load(std::string_view text) {
        return load_resources({folder_.write("rules.yaml", text)}, environment_);
    }

    std::string problems(std::string_view text) {
        const auto loaded = load(text);
        return loaded ? "" : shortened(loaded.error().to_string());
    }

    std::string shortened(std::string text) const {
        const std::string prefix = folder_.path().string() + "/";
        for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
            text.erase(at, prefix.size());
        }
        return text;
    }

    test::TempDir folder_;
    Environment environment_;
};

constexpr std::string_view kFile = R"(Connections:
  - Name: crm
    AuthorizationType: API_KEY
    AuthParameters:
      ApiKeyAuthParameters: {ApiKeyName: X-Key, ApiKeyValue: "${env:CRM_KEY}"}
      InvocationHttpParameters:
        BodyParameters: [{Key: k, Value: "${file:secret}", IsValueSecret: true}]
ApiDestinations:
  - Name: crm
    ConnectionArn: arn:aws:events:us-east-1:000000000000:connection/crm
    InvocationEndpoint: https://crm.example/in
    HttpMethod: POST
    InvocationRateLimitPerSecond: 5
)";

TEST_F(DestinationFiles, AreTheRequestsThatTheApiWouldGetWithTheirSecretsResolved) {
    environment_["CRM_KEY"] = "from environment";
    ::chmod(folder_.write("secret", "from file\n").c_str(), 0400);
    const auto loaded = load(kFile);
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const ResourceFile& file = loaded->front();
    EXPECT_TRUE(file.warnings.empty());
    ASSERT_EQ(file.connections.size(), 1U);
    EXPECT_EQ(
        file.connections[0].json()["AuthParameters"].dump(),
        R"({"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"from environment"},)"
        R"("InvocationHttpParameters":{"BodyParameters":[{"Key":"k","Value":"from file",)"
        R"("IsValueSecret":true}]}})");
    ASSERT_EQ(file.api_destinations.size(), 1U);
    EXPECT_EQ(file.api_destinations[0].json()["InvocationRateLimitPerSecond"], 5);
}

TEST_F(DestinationFiles, ASecretThatEverybodyMayReadIsWarnedAbout) {
    environment_["CRM_KEY"] = "x";
    ::chmod(folder_.write("secret", "y").c_str(), 0644);
    const auto loaded = load(kFile);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(
        shortened(loaded->front().warnings.to_string()),
        "rules.yaml:7:42: /Connections/0/AuthParameters/InvocationHttpParameters/BodyParameters/0/"
        "Value: the file of ${file:secret} can be read by everybody; chmod 0400 protects it\n");
}

TEST_F(DestinationFiles, WhatIsWrongIsSaidWithItsPlaceAndWithoutTheSecret) {
    EXPECT_EQ(
        problems(
            "Connections:\n"
            "  - Name: c\n"
            "    AuthorizationType: BASIC\n"
            "    AuthParameters:\n"
            "      BasicAuthParameters: {Username: u, Password: \"${env:MISSING}\"}\n"
            "      OAuthParameter: {}\n"
            "  - Name: c\n"
            "    AuthorizationType: BASIC\n"
            "    AuthParameters:\n"
            "      BasicAuthParameters: {Username: u, Password: \"canary${env:X}\"}\n"
            "      InvocationHttpParameters: {HeaderParameters: [{Key: k, Value: v, IsValueSecret: "
            "maybe}]}\n"),
        "rules.yaml:5:52: /Connections/0/AuthParameters/BasicAuthParameters/Password: the "
        "environment variable of ${env:MISSING} is not set\n"
        "rules.yaml:6:7: /Connections/0/AuthParameters/OAuthParameter: unknown key "
        "\"OAuthParameter\", did you mean \"OAuthParameters\"?\n"
        "rules.yaml:7:11: /Connections/1/Name: the connection \"c\" is already defined in "
        "rules.yaml:2:11\n"
        "rules.yaml:10:52: /Connections/1/AuthParameters/BasicAuthParameters/Password: expected a "
        "value, or ${env:NAME} or ${file:PATH} and nothing else, found something else\n"
        "rules.yaml:11:87: /Connections/1/AuthParameters/InvocationHttpParameters/HeaderParameters/"
        "0/IsValueSecret: expected true or false, found \"maybe\"\n");
}

TEST_F(DestinationFiles, ConnectionsDestinationsAndBusesMayHaveTheSameName) {
    environment_["CRM_KEY"] = "x";
    folder_.write("secret", "y");
    EXPECT_EQ(problems(std::string(kFile) + "EventBuses: [{Name: crm}]\n"), "");
}

}  // namespace
}  // namespace eventbus
