#include "api_fixture.hpp"

#include <functional>

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

using AwsOperations = ApiTest;

constexpr const char* kPattern = R"({\"source\": [\"a\"]})";

std::string rule_body(std::string_view name, std::string_view more = "") {
    std::string body = R"({"Name":")";
    body.append(name).append(R"(","EventPattern":")").append(kPattern).append("\"");
    return body.append(more).append("}");
}

// The names that a listing gives, page by page.
class Pages {
public:
    explicit Pages(std::function<Json(const std::string& token)> page) : page_(std::move(page)) {}

    std::vector<std::vector<std::string>> read(const char* list, const char* name) {
        std::vector<std::vector<std::string>> pages;
        std::string token;
        do {
            const Json answer = page_(token);
            auto& names = pages.emplace_back();
            for (const Json& item : answer[list]) {
                names.push_back(item[name]);
            }
            token = answer.value("NextToken", "");
        } while (!token.empty());
        return pages;
    }

private:
    std::function<Json(const std::string& token)> page_;
};

std::string token_member(const std::string& token) {
    return token.empty() ? "" : R"(,"NextToken":")" + token + "\"";
}

TEST_F(AwsOperations, ABusIsCreatedDescribedAndDeleted) {
    const Json made = must(
        "CreateEventBus",
        R"({"Name":"orders","Description":"d","DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q"},"Tags":[{"Key":"k","Value":"v"}]})");
    const std::string arn = "arn:aws:events:us-east-1:000000000000:event-bus/orders";
    EXPECT_EQ(
        made.dump(),
        R"({"EventBusArn":")" + arn +
            R"(","Description":"d","DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q"}})");

    const Json described = must("DescribeEventBus", R"({"Name":"orders"})");
    EXPECT_EQ(described["Name"], "orders");
    EXPECT_EQ(described["Arn"], arn);
    EXPECT_EQ(described["Description"], "d");
    EXPECT_TRUE(described["CreationTime"].is_number());
    EXPECT_DOUBLE_EQ(described["CreationTime"].get<double>(), 1795191480.0);
    EXPECT_FALSE(described.contains("Policy"));
    EXPECT_FALSE(described.contains("KmsKeyIdentifier"));
    EXPECT_EQ(must("DescribeEventBus", R"({"Name":")" + arn + "\"}"), described);

    EXPECT_EQ(
        must("ListTagsForResource", R"({"ResourceARN":")" + arn + "\"}").dump(),
        R"({"Tags":[{"Key":"k","Value":"v"}]})");
    EXPECT_EQ(must("DeleteEventBus", R"({"Name":"orders"})").dump(), "{}");
    EXPECT_EQ(must("DeleteEventBus", R"({"Name":"orders"})").dump(), "{}");
    EXPECT_EQ(call("DescribeEventBus", R"({"Name":"orders"})").status, 400u);
}

TEST_F(AwsOperations, TheDefaultBusIsThereAndIsWhatIsDescribedWithoutAName) {
    EXPECT_EQ(must("DescribeEventBus", "{}")["Name"], "default");
    const Json list = must("ListEventBuses", "{}");
    ASSERT_EQ(list["EventBuses"].size(), 1u);
    EXPECT_EQ(list["EventBuses"][0]["Name"], "default");
    EXPECT_FALSE(list.contains("NextToken"));
}

TEST_F(AwsOperations, BusesAreListedInPages) {
    for (const char* name : {"d", "b", "a", "c"}) {
        must("CreateEventBus", std::string(R"({"Name":")") + name + "\"}");
    }
    Pages pages([this](const std::string& token) {
        return must("ListEventBuses", R"({"Limit":2)" + token_member(token) + "}");
    });
    const std::vector<std::vector<std::string>> expected{{"a", "b"}, {"c", "d"}, {"default"}};
    EXPECT_EQ(pages.read("EventBuses", "Name"), expected);
    EXPECT_EQ(must("ListEventBuses", R"({"NamePrefix":"d"})")["EventBuses"].size(), 2u);
}

TEST_F(AwsOperations, ARuleIsPutDescribedAndReplaced) {
    const Json made = must(
        "PutRule",
        rule_body(
            "r",
            R"(,"Description":"d","State":"DISABLED","Tags":[{"Key":"k","Value":"v"}])"));
    const std::string arn = "arn:aws:events:us-east-1:000000000000:rule/r";
    EXPECT_EQ(made.dump(), R"({"RuleArn":")" + arn + "\"}");
    EXPECT_EQ(
        must("DescribeRule", R"({"Name":"r"})").dump(),
        R"({"Name":"r","Arn":")" + arn + R"(","EventPattern":"{\"source\": [\"a\"]}",)" +
            R"("State":"DISABLED","Description":"d","EventBusName":"default","CreatedBy":"000000000000"})");
    must("PutRule", rule_body("r"));
    const Json replaced = must("DescribeRule", R"({"Name":"r"})");
    EXPECT_EQ(replaced["State"], "ENABLED");
    EXPECT_FALSE(replaced.contains("Description"));
}

TEST_F(AwsOperations, ARuleOfACustomBusNamesTheBusInItsArn) {
    must("CreateEventBus", R"({"Name":"orders"})");
    const Json made = must("PutRule", rule_body("r", R"(,"EventBusName":"orders")"));
    EXPECT_EQ(made["RuleArn"], "arn:aws:events:us-east-1:000000000000:rule/orders/r");
    EXPECT_EQ(
        must("DescribeRule", R"({"Name":"r","EventBusName":"orders"})")["EventBusName"],
        "orders");
}

TEST_F(AwsOperations, ARuleIsDisabledEnabledAndDeleted) {
    must("PutRule", rule_body("r"));
    EXPECT_EQ(must("DisableRule", R"({"Name":"r"})").dump(), "{}");
    EXPECT_EQ(must("DescribeRule", R"({"Name":"r"})")["State"], "DISABLED");
    EXPECT_EQ(must("EnableRule", R"({"Name":"r"})").dump(), "{}");
    EXPECT_EQ(must("DescribeRule", R"({"Name":"r"})")["State"], "ENABLED");
    EXPECT_EQ(must("DeleteRule", R"({"Name":"r"})").dump(), "{}");
    EXPECT_EQ(must("DeleteRule", R"({"Name":"r"})").dump(), "{}");
    EXPECT_EQ(call("DescribeRule", R"({"Name":"r"})").status, 400u);
}

TEST_F(AwsOperations, RulesAreListedInPagesWithoutWhoMadeThem) {
    for (const char* name : {"c", "a", "e", "b", "d"}) {
        must("PutRule", rule_body(name));
    }
    Pages pages([this](const std::string& token) {
        return must("ListRules", R"({"Limit":2)" + token_member(token) + "}");
    });
    const std::vector<std::vector<std::string>> expected{{"a", "b"}, {"c", "d"}, {"e"}};
    EXPECT_EQ(pages.read("Rules", "Name"), expected);
    const Json first = must("ListRules", R"({"NamePrefix":"a"})");
    ASSERT_EQ(first["Rules"].size(), 1u);
    EXPECT_FALSE(first["Rules"][0].contains("CreatedBy"));
    EXPECT_EQ(first["Rules"][0]["EventBusName"], "default");
}

TEST_F(AwsOperations, ATokenIsGoodForItsOwnListingOnly) {
    for (const char* name : {"a", "b", "c"}) {
        must("PutRule", rule_body(name));
        must("CreateEventBus", std::string(R"({"Name":")") + name + "\"}");
    }
    const std::string token = must("ListRules", R"({"Limit":1})")["NextToken"];
    EXPECT_EQ(
        must("ListRules", R"({"Limit":1)" + token_member(token) + "}")["Rules"][0]["Name"],
        "b");

    std::string changed = token;
    changed.back() = changed.back() == '0' ? '1' : '0';
    const std::pair<const char*, std::string> foreign[] = {
        {"ListEventBuses", R"({"Limit":1)" + token_member(token) + "}"},
        {"ListRules", R"({"NamePrefix":"a")" + token_member(token) + "}"},
        {"ListRules", R"({"EventBusName":"a")" + token_member(token) + "}"},
        {"ListRules", R"({"Limit":1)" + token_member(changed) + "}"},
        {"ListRules", R"({"Limit":1)" + token_member(token.substr(0, 25)) + "}"},
        {"ListRules", R"({"Limit":1)" + token_member(token + "00") + "}"},
    };
    for (const auto& [operation, body] : foreign) {
        EXPECT_EQ(
            call(operation, body).error(),
            "ValidationException: The provided NextToken is not valid.")
            << operation << body;
    }
    EXPECT_EQ(
        call_as(
            "111111111111/20261120/us-east-1",
            "ListRules",
            R"({"Limit":1)" + token_member(token) + "}")
            .error()
            .substr(0, 19),
        "ValidationException");
}

TEST_F(AwsOperations, TargetsComeBackAsTheyWerePut) {
    must("PutRule", rule_body("r"));
    const std::string first =
        R"({"Id":"z","Arn":"file:a","InputTransformer":{"InputPathsMap":{"x":"$.detail.x"},"InputTemplate":"\"<x>\""}})";
    const std::string second =
        R"({"Id":"a","Arn":"arn:aws:lambda:us-east-1:000000000000:function:f","RetryPolicy":{"MaximumRetryAttempts":0,"MaximumEventAgeInSeconds":60},"DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q"}})";
    const std::string third = R"({"Id":"m","Arn":"file:a","Input":"{\"a\": 1.0}"})";
    const Json put = must(
        "PutTargets",
        R"({"Rule":"r","Targets":[)" + first + "," + second + "," + third + "]}");
    EXPECT_EQ(put.dump(), R"({"FailedEntryCount":0,"FailedEntries":[]})");
    EXPECT_EQ(
        must("ListTargetsByRule", R"({"Rule":"r"})").dump(),
        R"({"Targets":[)" + first + "," + second + "," + third + "]}");

    Pages pages([this](const std::string& token) {
        return must("ListTargetsByRule", R"({"Rule":"r","Limit":2)" + token_member(token) + "}");
    });
    const std::vector<std::vector<std::string>> expected{{"z", "a"}, {"m"}};
    EXPECT_EQ(pages.read("Targets", "Id"), expected);
}

TEST_F(AwsOperations, APageOfTargetsDoesNotSkipOneAfterARemoval) {
    must("PutRule", rule_body("r"));
    must(
        "PutTargets",
        R"({"Rule":"r","Targets":[{"Id":"a","Arn":"file:x"},{"Id":"b","Arn":"file:x"},{"Id":"c","Arn":"file:x"}]})");
    const Json page = must("ListTargetsByRule", R"({"Rule":"r","Limit":2})");
    const std::string next =
        R"({"Rule":"r","Limit":2)" + token_member(page["NextToken"].get<std::string>()) + "}";
    must("RemoveTargets", R"({"Rule":"r","Ids":["a","unknown"]})");
    EXPECT_EQ(must("ListTargetsByRule", next)["Targets"][0]["Id"], "c");
    must("RemoveTargets", R"({"Rule":"r","Ids":["b"]})");
    EXPECT_EQ(
        call("ListTargetsByRule", next).error(),
        "ValidationException: The provided NextToken is not valid.");
}

TEST_F(AwsOperations, TagsAreAddedChangedAndRemoved) {
    const std::string arn = must("PutRule", rule_body("r"))["RuleArn"];
    const std::string start = R"({"ResourceARN":")" + arn + "\"";
    EXPECT_EQ(must("ListTagsForResource", start + "}").dump(), R"({"Tags":[]})");
    must("TagResource", start + R"(,"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":""}]})");
    must("TagResource", start + R"(,"Tags":[{"Key":"a","Value":"2"}]})");
    EXPECT_EQ(
        must("ListTagsForResource", start + "}").dump(),
        R"({"Tags":[{"Key":"a","Value":"2"},{"Key":"b","Value":""}]})");
    EXPECT_EQ(must("UntagResource", start + R"(,"TagKeys":["a","zz"]})").dump(), "{}");
    EXPECT_EQ(
        must("ListTagsForResource", start + "}").dump(),
        R"({"Tags":[{"Key":"b","Value":""}]})");
}

TEST_F(AwsOperations, APatternIsTestedAgainstAnEvent) {
    const std::string event =
        R"("Event":"{\"id\":\"1\",\"account\":\"1\",\"source\":\"a\",\"time\":\"t\",\"region\":\"r\",\"detail-type\":\"d\",\"detail\":{\"n\":1}}")";
    const std::pair<const char*, bool> rows[] = {
        {R"({\"source\":[\"a\"]})", true},
        {R"({\"source\":[\"b\"]})", false},
        {R"({\"detail\":{\"n\":[{\"numeric\":[\">\",0]}]}})", true},
        {R"({\"source\":[\"b\"],\"source\":[\"a\"]})", true},  // the last of two keys counts
    };
    for (const auto& [pattern, is_match] : rows) {
        const std::string body =
            std::string(R"({"EventPattern":")") + pattern + "\"," + event + "}";
        EXPECT_EQ(must("TestEventPattern", body), Json({{"Result", is_match}})) << pattern;
    }
}

TEST_F(AwsOperations, EveryAccountAndRegionHasItsOwnBuses) {
    must("CreateEventBus", R"({"Name":"orders"})");
    const Answer elsewhere = call_as("AKID/20261120/eu-west-1", "ListEventBuses", "{}");
    ASSERT_EQ(elsewhere.json["EventBuses"].size(), 1u) << elsewhere.text;
    EXPECT_EQ(
        elsewhere.json["EventBuses"][0]["Arn"],
        "arn:aws:events:eu-west-1:000000000000:event-bus/default");
    const Answer made = call_as("111111111111/20261120/eu-west-1", "PutRule", rule_body("r"));
    EXPECT_EQ(made.json["RuleArn"], "arn:aws:events:eu-west-1:111111111111:rule/r") << made.text;
    // A region that no ARN could carry is the daemon's own.
    EXPECT_EQ(
        call_as("AKID/20261120/local", "DescribeEventBus", "{}").json["Arn"],
        "arn:aws:events:us-east-1:000000000000:event-bus/default");
}

TEST_F(AwsOperations, ContentTypesAreThoseOfJson) {
    const std::pair<const char*, unsigned> rows[] = {
        {"application/x-amz-json-1.1", 200},
        {"application/x-amz-json-1.0", 200},
        {"application/json", 200},
        {"Application/JSON; charset=\"UTF-8\"", 200},
        {"application/x-amz-json-1.1;charset=utf-8", 200},
        {"", 200},
        {"application/json; charset=utf-16", 415},
        {"text/plain", 415},
        {"application/xml", 415},
        {"application/x-www-form-urlencoded", 415},
        {"application/json, text/plain", 415},
    };
    for (const auto& [type, status] : rows) {
        http::Request request = aws_request("ListEventBuses", "{}");
        request.headers.set("Content-Type", type);
        const Answer answer = exchange(std::move(request));
        EXPECT_EQ(answer.status, status) << type;
    }
}

TEST_F(AwsOperations, RequestsAreCountedByOperation) {
    must("ListEventBuses", "{}");
    must("ListEventBuses", "{}");
    call("Invented", "{}");
    const std::string text = get("/metrics").text;
    EXPECT_NE(
        text.find("eventbusd_api_requests_total{operation=\"ListEventBuses\"} 2\n"),
        std::string::npos);
    EXPECT_NE(
        text.find("eventbusd_api_requests_total{operation=\"unknown\"} 1\n"),
        std::string::npos);
    EXPECT_EQ(text.find("Invented"), std::string::npos);
}

}  // namespace
}  // namespace eventbus::test
