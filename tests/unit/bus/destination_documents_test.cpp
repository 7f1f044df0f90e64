#include "eventbus/bus/resource_documents.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

using Json = nlohmann::ordered_json;

DestinationCatalogOptions options() {
    DestinationCatalogOptions options;
    options.home = {"000000000000", "us-east-1"};
    options.check_destination = [](const ApiDestination& destination) {
        return destination.invocation_endpoint == "https://bad.example/"
                   ? Result<void>(Error(Errc::invalid_argument, "bad", "/InvocationEndpoint"))
                   : Result<void>();
    };
    return options;
}

std::string shown(const std::vector<ResourceProblem>& problems) {
    std::string text;
    for (const auto& problem : problems) {
        text += problem.pointer + ": " + problem.message + "\n";
    }
    return text;
}

Json destination(const std::string& connection, const std::string& endpoint) {
    return {
        {"Name", "d"},
        {"ConnectionArn", "arn:aws:events:us-east-1:000000000000:connection/" + connection},
        {"InvocationEndpoint", endpoint},
        {"HttpMethod", "POST"}};
}

TEST(DestinationDocuments, AConnectionIsCheckedAsTheApiWould) {
    const auto valid = Json::parse(
        R"({"Name":"c","AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":
            {"Username":"u","Password":"p"}}})");
    EXPECT_EQ(shown(validate_connection(valid, options())), "");
    EXPECT_EQ(connection_from_api_json(valid).value().auth->basic->password, "p");
    const auto other_block = Json::parse(
        R"({"Name":"c","AuthorizationType":"API_KEY","AuthParameters":{"BasicAuthParameters":
            {"Username":"u","Password":"p"}}})");
    EXPECT_EQ(
        shown(validate_connection(other_block, options())),
        "/AuthParameters/ApiKeyAuthParameters: Parameter ApiKeyAuthParameters is not valid. "
        "Reason: "
        "Missing required field(s)\n");
    const auto canary = Json::parse(
        R"({"Name":"c d","AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":
            {"Username":"u","Password":"canary\n"}}})");
    const auto problems = shown(validate_connection(canary, options()));
    EXPECT_NE(problems.find("/Name: "), std::string::npos) << problems;
    EXPECT_NE(problems.find("/Password: "), std::string::npos) << problems;
    EXPECT_EQ(problems.find("canary"), std::string::npos) << problems;
}

TEST(DestinationDocuments, ADestinationMayNameItsConnectionWithoutTheEndOfTheArn) {
    const auto by_name = destination("c", "https://api.example/");
    EXPECT_EQ(shown(validate_api_destination(by_name, options())), "");
    EXPECT_EQ(
        api_destination_from_api_json(by_name).value().connection_arn,
        managed_connection_arn({"000000000000", "us-east-1"}, "c"));
    const auto by_arn = destination("c/1", "https://api.example/");
    EXPECT_EQ(
        api_destination_from_api_json(by_arn).value().connection_arn,
        "arn:aws:events:us-east-1:000000000000:connection/c/1");
    EXPECT_EQ(api_destination_from_api_json(by_arn).value().invocation_rate_per_second, 300);
}

TEST(DestinationDocuments, ADestinationIsCheckedAsTheApiWould) {
    EXPECT_EQ(
        shown(validate_api_destination(destination("c", "https://bad.example/"), options())),
        "/InvocationEndpoint: bad\n");
    auto wrong = destination("c", "https://api.example/");
    wrong["HttpMethod"] = "TRACE";
    wrong["ConnectionArn"] = "connection/c";
    const auto problems = shown(validate_api_destination(wrong, options()));
    EXPECT_NE(problems.find("/HttpMethod: "), std::string::npos) << problems;
    EXPECT_NE(problems.find("/ConnectionArn: "), std::string::npos) << problems;
}

}  // namespace
}  // namespace eventbus
