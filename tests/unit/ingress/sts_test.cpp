#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

class Sts : public ApiTest {
protected:
    Answer ask(std::string form, std::string scope = "111111111111/20261120/eu-west-1") {
        http::Request request;
        request.method = "POST";
        request.target = "/";
        request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        request.headers.add(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=" + scope +
                "/sts/aws4_request, SignedHeaders=host, Signature=00");
        request.body = std::move(form);
        return exchange(std::move(request));
    }
};

std::string without_request_id(std::string xml) {
    const std::string open = "<RequestId>";
    const auto at = xml.find(open) + open.size();
    return xml.replace(at, xml.find('<', at) - at, "");
}

TEST_F(Sts, TellsWhoTheCallerIs) {
    const Answer answer = ask("Action=GetCallerIdentity&Version=2011-06-15");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/xml");
    EXPECT_EQ(
        without_request_id(answer.text),
        R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
        "<GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:root</Arn>"
        "<UserId>111111111111</UserId><Account>111111111111</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId></RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>\n");
    EXPECT_NE(
        ask("Version=2011-06-15&Action=GetCallerIdentity", "AKID/20261120/us-east-1")
            .text.find("<Account>000000000000</Account>"),
        std::string::npos);
}

TEST_F(Sts, RefusesEverythingElseInItsOwnShape) {
    const Answer answer = ask("Action=Assume%3CRole%3E&Version=2011-06-15");
    EXPECT_EQ(answer.status, 400u);
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/xml");
    EXPECT_EQ(
        without_request_id(answer.text),
        R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
        "<Error><Type>Sender</Type><Code>InvalidAction</Code>"
        "<Message>Could not find operation Assume&lt;Role&gt; for version 2011-06-15</Message>"
        "</Error><RequestId></RequestId></ErrorResponse>\n");
    for (const char* form : {"Action=GetCallerIdentity", "Action=GetCallerIdentity&Version=2010"}) {
        EXPECT_EQ(ask(form).status, 400u) << form;
    }
}

TEST_F(Sts, LeavesFormsWithoutAnActionAlone) {
    for (const char* form : {"", "a=b", "Action=", "Action=%zz", "Action=a&Action=b"}) {
        const Answer answer = ask(form);
        EXPECT_EQ(answer.status, 415u) << form;
        EXPECT_EQ(answer.json["__type"], "UnsupportedMediaTypeException") << form;
    }
}

}  // namespace
}  // namespace eventbus::test
