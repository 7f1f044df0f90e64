#include "eventbus/outbound/destination_check.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

std::string refusal(const Result<void>& checked) {
    return checked ? "" : checked.error().code() + ": " + checked.error().message();
}

Connection with(ConnectionAuth auth) {
    Connection connection;
    connection.auth = std::move(auth);
    return connection;
}

ConnectionAuth oauth_at(const std::string& endpoint) {
    ConnectionAuth auth;
    auth.oauth = OAuthClientCredentials{"id", "secret", endpoint, "POST", {}};
    return auth;
}

TEST(DestinationCheck, TheServiceTakesHttpsOnlyWeTakeHttpUnlessStrict) {
    ApiDestination destination;
    destination.invocation_endpoint = "http://api.example/";
    EXPECT_EQ(refusal(check_api_destination(destination, PlainHttp::allowed)), "");
    EXPECT_EQ(
        refusal(check_api_destination(destination, PlainHttp::refused)),
        "ValidationException: Parameter InvocationEndpoint is not valid. Reason: Endpoint "
        "'http://api.example/' is not valid");
    const auto connection = with(oauth_at("http://auth.example/"));
    EXPECT_EQ(refusal(check_connection(connection, PlainHttp::allowed)), "");
    EXPECT_EQ(
        refusal(check_connection(connection, PlainHttp::refused)),
        "ValidationException: Parameter AuthorizationEndpoint is not valid");
}

TEST(DestinationCheck, AnEndpointHasToBeAUrlThatEveryReaderUnderstandsAlike) {
    for (const auto* url :
         {"api.example",
          "ftp://api.example/",
          "https://user@api.example/",
          "https://127.1/",
          "https://api.example:0/",
          "https://"}) {
        ApiDestination destination;
        destination.invocation_endpoint = url;
        EXPECT_EQ(
            refusal(check_api_destination(destination, PlainHttp::allowed)),
            "ValidationException: Parameter InvocationEndpoint is not valid. Reason: Endpoint '" +
                std::string(url) + "' is not valid");
    }
    ApiDestination destination;
    destination.invocation_endpoint = "https://api.example/*/b/*?x=1";
    EXPECT_EQ(refusal(check_api_destination(destination, PlainHttp::refused)), "");
}

TEST(DestinationCheck, HeadersThatBelongToTheConnectionOrToUsAreRefused) {
    for (const auto* name :
         {"Host", "content-length", "X-Amz-Date", "Transfer-Encoding", "a b", ""}) {
        ConnectionAuth key;
        key.api_key = ApiKeyAuth{name, "canary"};
        EXPECT_EQ(
            refusal(check_connection(with(key), PlainHttp::allowed)),
            "ValidationException: Parameter ApiKeyName is not valid. Reason: the header name '" +
                std::string(name) + "' is not allowed");
        ConnectionAuth basic;
        basic.invocation_parameters.headers = {{name, "canary", true}};
        EXPECT_EQ(
            refusal(check_connection(with(basic), PlainHttp::allowed)),
            "ValidationException: Parameter InvocationHttpParameters is not valid. Reason: the "
            "header name '" +
                std::string(name) + "' is not allowed");
    }
}

TEST(DestinationCheck, AValueThatCannotBeSentIsRefusedWithoutBeingShown) {
    ConnectionAuth auth = oauth_at("https://auth.example/");
    auth.oauth->http_parameters.headers = {{"X-A", "canary\r\nX-Evil: 1", true}};
    EXPECT_EQ(
        refusal(check_connection(with(auth), PlainHttp::allowed)),
        "ValidationException: Parameter OAuthHttpParameters is not valid. Reason: the value of the "
        "header 'X-A' must not be sent in a header");
    ConnectionAuth key;
    key.api_key = ApiKeyAuth{"X-Key", "canary\n"};
    EXPECT_EQ(
        refusal(check_connection(with(key), PlainHttp::allowed)),
        "ValidationException: Parameter ApiKeyValue is not valid. Reason: it must not be sent in a "
        "header");
}

}  // namespace
}  // namespace eventbus
