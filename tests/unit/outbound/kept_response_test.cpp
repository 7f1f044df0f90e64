#include "kept_response.hpp"

#include "eventbus/core/delivery.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using Secrets = std::vector<std::string>;

TEST(KeptResponse, IsTheFirstKibibyteAsItCame) {
    EXPECT_EQ(kept_response("", {}, {}), "");
    EXPECT_EQ(kept_response("a\x1b\xff", {}, {}), "a\x1b\xff");
    EXPECT_EQ(kept_response(std::string(5000, 'x'), {}, {}), std::string(kResponseBytesKept, 'x'));
}

TEST(KeptResponse, MasksEverySecretAlsoAtTheEdge) {
    const Secrets secrets{"hunter22", "Bearer hunter22"};
    EXPECT_EQ(kept_response("x hunter22 hunter22hunter22", {}, secrets), "x *** ******");
    const std::string before(kResponseBytesKept - 4, 'x');
    EXPECT_EQ(kept_response(before + "hunter22", {}, secrets), before + "***");
}

TEST(KeptResponse, MasksASecretInAUrlAndInJson) {
    const Secrets secrets{"a \"b\"&c"};
    EXPECT_EQ(
        kept_response(R"(?k=a%20%22b%22%26c {"k":"a \"b\"&c"})", {}, secrets),
        R"(?k=*** {"k":"***"})");
}

TEST(KeptResponse, LeavesNoRestOfASecretThatBeginsWithAnother) {
    EXPECT_EQ(
        kept_response("secret secret-and-more", {}, {"secret", "", "secret-and-more"}),
        "*** ***");
}

TEST(KeptResponse, KeepsNothingOfWhatIsCompressed) {
    http::Headers headers;
    headers.add("content-encoding", "gzip");
    EXPECT_EQ(kept_response("\x1f\x8b", headers, {}), "");
    headers.set("Content-Encoding", "Identity");
    EXPECT_EQ(kept_response("text", headers, {}), "text");
}

TEST(KeptResponse, KnowsWhatAConnectionKeepsSecret) {
    ConnectionAuth auth;
    auth.basic = BasicAuth{"user", "pw"};
    auth.api_key = ApiKeyAuth{"X-Api-Key", "key"};
    auth.invocation_parameters.headers = {{"X-A", "one", true}, {"X-B", "shown", false}};
    auth.invocation_parameters.query = {{"q", "two", true}, {"api_key", "abcdef01", false}};
    auth.invocation_parameters.body = {{"b", "three", true}};
    const Secrets expected{"pw", "dXNlcjpwdw==", "key", "one", "two", "abcdef01", "three"};
    EXPECT_EQ(secrets_of(auth), expected);
}

TEST(KeptResponse, KnowsTheSecretsOfATargetByTheirNames) {
    Target target = test::target_at("https://h.test/in?api_key=abcdef01&page=1234567&sig=no");
    target.http_parameters.emplace();
    target.http_parameters->header_parameters = {
        {"Authorization", "Bearer t0ken-value"},
        {"X-Tenant", "tenant-one"},
        {"X-Api-Key", "$.detail.key"},
        {"X-Session", "short"}};
    target.http_parameters->query_string_parameters = {{"access_token", "from-the-query"}};
    const Secrets expected{"abcdef01", "Bearer t0ken-value", "t0ken-value", "from-the-query"};
    EXPECT_EQ(secrets_of(target), expected);
}

}  // namespace
}  // namespace eventbus
