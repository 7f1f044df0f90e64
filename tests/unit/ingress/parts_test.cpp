#include "caller.hpp"
#include "media_type.hpp"
#include "page_token.hpp"
#include "query.hpp"

#include <gtest/gtest.h>

namespace eventbus::ingress {
namespace {

TEST(Caller, IsNamedByTheCredentialScope) {
    const Namespace home{"000000000000", "us-east-1"};

    struct Row {
        const char* authorization;
        Namespace caller;
    };

    const Row rows[] = {
        {"", home},
        {"Bearer x", home},
        {"AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/events/aws4_request, "
         "SignedHeaders=host, Signature=0",
         {"000000000000", "eu-west-1"}},
        {"AWS4-HMAC-SHA256 "
         "Credential=111111111111/20261120/us-gov-west-1/events/aws4_request,SignedHeaders=host",
         {"111111111111", "us-gov-west-1"}},
        {"AWS4-HMAC-SHA256 "
         "SignedHeaders=host,Credential=111111111111/20261120/eu-west-1/events/aws4_request",
         {"111111111111", "eu-west-1"}},
        {"AWS4-HMAC-SHA256 Credential=111111111111/20261120/eu-west-1/sts/aws4_request",
         {"111111111111", "eu-west-1"}},
        {"AWS4-HMAC-SHA256 Credential=11111111111/20261120/local/events/aws4_request", home},
        {"AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east/events/aws4_request", home},
        {"AWS4-HMAC-SHA256 Credential=AKID/20261120/EU-west-1/events/aws4_request", home},
        {"AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1:x/events/aws4_request", home},
        {"AWS4-HMAC-SHA256 Credential=111111111111/20261120/eu-west-1/s3/aws4_request", home},
        {"AWS4-HMAC-SHA256 Credential=111111111111/20261120/eu-west-1/events", home},
        {"AWS4-HMAC-SHA256 Credential=111111111111/20261120/eu-west-1/events/aws4_request/x", home},
        {"AWS4-HMAC-SHA256", home},
    };
    for (const Row& row : rows) {
        http::Headers headers;
        headers.add("authorization", row.authorization);
        EXPECT_EQ(caller_of(headers, home), row.caller) << row.authorization;
    }
}

TEST(PageTokens, AreReadBackByTheSameListingOnly) {
    const PageTokens tokens({"ListRules", "bus", ""});
    const std::string token = tokens.write("name/with \"marks\"");
    EXPECT_EQ(tokens.read(token).value(), "name/with \"marks\"");
    EXPECT_EQ(tokens.read("").value(), "");
    EXPECT_FALSE(PageTokens({"ListRules", "bus", "x"}).read(token));
    EXPECT_FALSE(PageTokens({"ListRules", "", "bus"}).read(token));
    EXPECT_FALSE(tokens.read(token + "0"));
    EXPECT_FALSE(tokens.read(token + "zz"));
    EXPECT_FALSE(tokens.read(token.substr(0, 24)));
}

TEST(Query, IsDecodedOrRefused) {
    const auto parse = [](std::string_view text) { return parse_query(text, {"a", "b"}); };
    EXPECT_TRUE(parse("").value().empty());
    const Query both{{"a", "x y+z"}, {"b", ""}};
    EXPECT_EQ(parse("a=x+y%2Bz&b").value(), both);
    EXPECT_EQ(parse("&b=&&a=%78%20y%2bz&").value(), both);
    for (const char* wrong : {"c=1", "a=1&a=2", "a=%", "a=%4", "a=%4x", "a=%ff", "%61%00=1"}) {
        EXPECT_FALSE(parse(wrong)) << wrong;
    }
}

TEST(MediaType, IsReadWithItsCharset) {
    EXPECT_EQ(parse_media_type("Application/JSON ; a=b")->type, "application/json");
    EXPECT_TRUE(parse_media_type("a/b; charset=UTF-8")->is_utf8);
    EXPECT_TRUE(parse_media_type("a/b; Charset=\"utf-8\"")->is_utf8);
    EXPECT_FALSE(parse_media_type("a/b; charset=latin1")->is_utf8);
    EXPECT_FALSE(parse_media_type("a/b; charset=utf-8; charset=utf-16")->is_utf8);
    EXPECT_FALSE(parse_media_type("json"));
    EXPECT_FALSE(parse_media_type("a/b, c/d"));
}

}  // namespace
}  // namespace eventbus::ingress
