#include "eventbus/bus/constraints.hpp"

#include "request_shape.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eventbus {
namespace {

using Json = nlohmann::ordered_json;

// "ok", or what the API would answer.
std::string checked(const std::string& operation, const std::string& request) {
    const auto report = check_shape(operation, Json::parse(request));
    if (report.ok()) {
        return "ok";
    }
    const auto error = to_error(report);
    return error.code() + ": " + error.message();
}

struct Case {
    std::string operation;
    std::string request;
    std::string answer;
};

std::string one(const std::string& violation) {
    return "ValidationException: 1 validation error detected: " + violation;
}

std::string text(std::size_t length) {
    return std::string(length, 'a');
}

const std::string kNameRegex = R"([\.\-_A-Za-z0-9]+)";

const Case kViolations[] = {
    Case{"PutRule", R"({"Name":"a.b-C_9"})", "ok"},
    Case{"PutRule", R"({"Name":"a","Unknown":[1],"Description":null})", "ok"},
    Case{"PutRule", R"({"Name":"a","EventPattern":"","ScheduleExpression":""})", "ok"},
    Case{
        "PutRule",
        "{}",
        one("Value null at 'name' failed to satisfy constraint: Member must not be null")},
    Case{
        "PutRule",
        R"({"Name":null})",
        one("Value null at 'name' failed to satisfy constraint: Member must not be null")},
    Case{
        "PutRule",
        R"({"Name":"a b"})",
        one("Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: " +
            kNameRegex)},
    Case{
        "PutRule",
        R"({"Name":""})",
        "ValidationException: 2 validation errors detected: Value '' at 'name' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: " +
            kNameRegex +
            "; Value '' at 'name' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1"},
    Case{
        "PutRule",
        R"({"Name":")" + text(65) + R"("})",
        one("Value '" + text(65) +
            "' at 'name' failed to satisfy constraint: Member must have length less than or "
            "equal to 64")},
    Case{
        "PutRule",
        R"({"Name":"a","State":"ON"})",
        one("Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum "
            "value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]")},
    Case{
        "PutRule",
        R"({"Name":"a","EventBusName":"arn:aws:events:local:1:event-bus/x"})",
        one("Value 'arn:aws:events:local:1:event-bus/x' at 'eventBusName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            "(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?"
            "[/\\.\\-_A-Za-z0-9]+")},
    Case{
        "PutRule",
        R"({"Name":"a","Tags":[{"Key":"k","Value":""},{"Key":"","Value":"v"}]})",
        one("Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1")},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[]})",
        one("Value '[]' at 'targets' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1")},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"t","Arn":"x"},{"Id":"b c","Arn":"x"}]})",
        one("Value 'b c' at 'targets.2.member.id' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: " +
            kNameRegex)},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"t","Arn":"x","RetryPolicy":
                {"MaximumRetryAttempts":186,"MaximumEventAgeInSeconds":59}}]})",
        "ValidationException: 2 validation errors detected: Value '186' at "
        "'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: "
        "Member must have value less than or equal to 185; Value '59' at "
        "'targets.1.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 60"},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"t","Arn":"x","Delivery":{"TimeoutSeconds":31},
                "Batch":{"MaxCount":0},"Ordering":{}}]})",
        "ValidationException: 3 validation errors detected: Value '31' at "
        "'targets.1.member.delivery.timeoutSeconds' failed to satisfy constraint: Member must "
        "have value less than or equal to 30; Value '0' at "
        "'targets.1.member.batch.maxCount' failed to satisfy constraint: Member must have value "
        "greater than or equal to 1; Value null at 'targets.1.member.ordering.key' failed to "
        "satisfy constraint: Member must not be null"},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"t","Arn":"x","RetryPolicy":
                {"MaximumRetryAttempts":18446744073709551615}}]})",
        one("Value '18446744073709551615' at "
            "'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: "
            "Member must have value less than or equal to 185")},
    Case{
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"t","Arn":"x","InputTransformer":
                {"InputPathsMap":{"a.b":"$.x"},"InputTemplate":"\"<a>\""}}]})",
        one("Value 'a.b' at 'targets.1.member.inputTransformer.inputPathsMap.a.b' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: "
            "[A-Za-z0-9\\_\\-]+")},
    Case{
        "RemoveTargets",
        R"({"Rule":"r","Ids":["ok","not ok"]})",
        one("Value 'not ok' at 'ids.2.member' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: " +
            kNameRegex)},
    Case{
        "ListRules",
        R"({"Limit":0})",
        one("Value '0' at 'limit' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1")},
    Case{
        "CreateConnection",
        R"({"Name":"c","AuthorizationType":"BASIC","AuthParameters":
                {"BasicAuthParameters":{"Username":"u","Password":"a:b"}}})",
        one("Value '***Sensitive Data Redacted***' at "
            "'authParameters.basicAuthParameters.password' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: "
            "^[ \\t]*[^\\x00-\\x1F:\\x7F]+([ \\t]+[^\\x00-\\x1F:\\x7F]+)*[ \\t]*$")}};

TEST(RequestConstraints, AreReportedInTheServicesWords) {
    for (const auto& test : kViolations) {
        SCOPED_TRACE(test.operation + " " + test.request);
        EXPECT_EQ(checked(test.operation, test.request), test.answer);
    }
}

const Case kTypeErrors[] = {
    Case{
        "PutRule",
        "[]",
        "SerializationException: The request: expected a JSON object, found an array"},
    Case{
        "PutRule",
        R"({"Name":1})",
        "SerializationException: 'name': expected a string, found a number"},
    Case{
        "PutEvents",
        R"({"Entries":{}})",
        "SerializationException: 'entries': expected an array, found an object"},
    Case{
        "PutEvents",
        R"({"Entries":[null]})",
        "SerializationException: 'entries.1.member': expected a JSON object, found null"},
    Case{
        "PutEvents",
        R"({"Entries":[{"Detail":{"a":1}}]})",
        "SerializationException: 'entries.1.member.detail': expected a string, found an "
        "object"},
    Case{
        "PutTargets",
        R"({"Rule":"a b","Targets":[{"Id":"t","Arn":"x","RetryPolicy":
                {"MaximumRetryAttempts":"5"}}]})",
        "SerializationException: 'targets.1.member.retryPolicy.maximumRetryAttempts': expected "
        "an integer, found a string"},
    Case{
        "DeleteRule",
        R"({"Name":"a","Force":"yes"})",
        "SerializationException: 'force': expected a boolean, found a string"},
    Case{
        "StartReplay",
        R"({"ReplayName":"r","EventSourceArn":"arn:aws:events:us-east-1:000000000000:archive/a",
                "EventStartTime":1.5,"EventEndTime":"tomorrow","Destination":{"Arn":"x"}})",
        "SerializationException: 'eventEndTime': expected a number of seconds since 1970 or an "
        "RFC 3339 time, found a string"}};

TEST(RequestConstraints, AreNotLookedAtWhileATypeIsWrong) {
    for (const auto& test : kTypeErrors) {
        SCOPED_TRACE(test.operation + " " + test.request);
        EXPECT_EQ(checked(test.operation, test.request), test.answer);
    }
}

TEST(RequestConstraints, AllowUnknownMembersExceptInOurOwnExtensions) {
    const auto target = [](const std::string& member) {
        return checked(
            "PutTargets",
            R"({"Rule":"r","Targets":[{"Id":"1","Arn":"file:x",)" + member + "}]}");
    };
    EXPECT_EQ(target(R"("NewInAFutureVersion":{"A":1})"), "ok");
    EXPECT_EQ(target(R"("RetryPolicy":{"NewInAFutureVersion":1})"), "ok");
    EXPECT_EQ(
        target(R"("Batch":{"MaxCont":3})"),
        one("Value 'MaxCont' at 'targets.1.member.batch' failed to satisfy constraint: Member must "
            "have one of the names [MaxCount, MaxWindowSeconds, MaxBytes]"));
    for (const char* misspelt :
         {R"("Delivery":{"Rate":1})",
          R"("Ordering":{"Key":"$.a","Keys":1})",
          R"("Signing":{"Secret":"s","Overlap":1})"}) {
        EXPECT_NE(target(misspelt).find("Member must have one of the names"), std::string::npos)
            << misspelt;
    }
}

TEST(RequestShapes, CoverAllOperationsOfTheApi) {
    EXPECT_EQ(bus::shape_book().operations.size(), 57u);
}

TEST(RequestConstraints, CountCharactersNotBytes) {
    std::string description;
    for (int i = 0; i < 512; ++i) {
        description += "é";
    }
    EXPECT_EQ(checked("PutRule", R"({"Name":"a","Description":")" + description + R"("})"), "ok");
    EXPECT_NE(checked("PutRule", R"({"Name":"a","Description":")" + description + R"(e"})"), "ok");
}

TEST(RequestConstraints, AreShownShortenedWhenTheValueIsLong) {
    const auto answer = checked("PutRule", R"({"Name":")" + text(100'000) + R"("})");
    EXPECT_LT(answer.size(), 1'000u);
    EXPECT_NE(answer.find("aaa...' at 'name'"), std::string::npos);
}

TEST(RequestConstraints, NameThePlaceAsAPointerToo) {
    const auto report =
        check_shape("PutTargets", Json::parse(R"({"Rule":"r","Targets":[{"Id":"t"}]})"));
    ASSERT_EQ(report.violations.size(), 1u);
    EXPECT_EQ(report.violations[0].pointer, "/Targets/0/Arn");
}

TEST(RequestConstraints, OfAnUnknownOperationAreABug) {
    EXPECT_THROW(check_shape("PutRules", Json::object()), std::logic_error);
}

struct PatternCase {
    std::string pattern;
    std::string text;
    bool is_accepted;
};

const PatternCase kPatternCases[] = {
    PatternCase{"Name", "a.b-c_D9", true},
    PatternCase{"Name", "", false},
    PatternCase{"Name", "a/b", false},
    PatternCase{"Name", "a\n", false},
    PatternCase{"EventBusName", "aws.partner/a/b", true},
    PatternCase{"EventBusNameOrArn", "default", true},
    PatternCase{"EventBusNameOrArn", "arn:aws:events:eu-west-2:123456789012:event-bus/a/b", true},
    PatternCase{"EventBusNameOrArn", "arn:aws-cn:events:cn-north-1:123456789012:event-bus/a", true},
    PatternCase{"EventBusNameOrArn", "arn:aws:events:eu-west-2:12345678901:event-bus/a", false},
    PatternCase{"EventBusNameOrArn", "arn:aws:events:eu-west-2:123456789012:event-bus/", false},
    PatternCase{"EventBusNameOrArn", "arn:aws:events:eu-west-2:123456789012:rule/a", false},
    PatternCase{"EventBusNameOrArn", "arn", true},
    PatternCase{"NonPartnerEventBusNameOrArn", "../x", false},
    PatternCase{"EventSourceName", "aws.partner/example.com/x", true},
    PatternCase{"EventSourceName", "aws.partner/x", false},
    PatternCase{"PartnerEventSourceNamePrefix", "aws.partner/example.com/", true},
    PatternCase{"PartnerEventSourceNamePrefix", "aws.partner/example.com", false},
    PatternCase{"ConnectionArn", "arn:aws:events:us-east-1:123456789012:connection/c/0a-1b", true},
    PatternCase{"ConnectionArn", "arn:aws:events:us-east-1:123456789012:connection/c", false},
    PatternCase{"EventsArn", "arn:aws:events:us-east-1::archive/a", true},
    PatternCase{"EventsArn", "arn:aws:events:us-east-1:123456789012:archive", false},
    PatternCase{"EventsArn", "arn:aws:sqs:us-east-1:123456789012:a/b", false},
    PatternCase{"HttpsEndpoint", "https://example.com/a?b=%2F&c=*", true},
    PatternCase{"HttpsEndpoint", "https://example.com/%2", false},
    PatternCase{"HttpsEndpoint", "https://example.com/{id}", false},
    PatternCase{"IamRoleArn", "arn:aws:iam::123456789012:role/service/x", true},
    PatternCase{"IamRoleArn", "arn:aws:iam::123456789012:user/x", false},
    PatternCase{"EndpointId", "abcde.veo", true},
    PatternCase{"EndpointId", "abcde", false},
    PatternCase{"Action", "events:PutEvents", true},
    PatternCase{"Action", "events:Put*", false},
    PatternCase{"Principal", "*", true},
    PatternCase{"Principal", "123456789012", true},
    PatternCase{"Principal", "12345678901", false},
    PatternCase{"HeaderKey", "X-Api_Key", true},
    PatternCase{"HeaderKey", "X Y", false},
    PatternCase{"HeaderValue", "a\tb ", true},
    PatternCase{"HeaderValue", "\t", false},
    PatternCase{"HeaderValue", "a\r\nX: y", false},
    PatternCase{"QueryStringValue", "a&b", true},
    PatternCase{"PathParameter", "  ", false},
    PatternCase{"PathParameter", " a", true},
    PatternCase{"PipelineParameterName", "a--b", true},
    PatternCase{"PipelineParameterName", "-a", false}};

TEST(TextPatterns, AcceptTheWholeValueOrNot) {
    for (const auto& test : kPatternCases) {
        SCOPED_TRACE(test.pattern + " " + test.text);
        const auto* pattern = bus::find_text_pattern(test.pattern);
        ASSERT_NE(pattern, nullptr);
        EXPECT_EQ(pattern->accepts(test.text), test.is_accepted);
    }
}

}  // namespace
}  // namespace eventbus
