#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

// What the service refuses, in its own words. The table's rows share one prepared catalog: the bus
// "orders", and on the default bus the rule "busy" with the target "t".
struct Refusal {
    const char* name;
    const char* operation;
    const char* request;
    const char* error;  // as Answer::error() gives it; a last '*' stands for the rest
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.operation << " " << refusal.request;
}

class AwsRefusals : public ApiTest, public testing::WithParamInterface<Refusal> {
protected:
    AwsRefusals() {
        must("CreateEventBus", R"({"Name":"orders"})");
        must("PutRule", R"({"Name":"busy","EventPattern":"{\"source\":[\"a\"]}"})");
        must("PutTargets", R"({"Rule":"busy","Targets":[{"Id":"t","Arn":"file:out"}]})");
    }
};

TEST_P(AwsRefusals, ComeInTheWordsOfTheService) {
    const Refusal& refusal = GetParam();
    const Answer answer = call(refusal.operation, refusal.request);
    EXPECT_EQ(answer.status, 400u);
    std::string expected = refusal.error;
    std::string found = answer.error();
    if (expected.ends_with('*')) {
        expected.pop_back();
        found = found.substr(0, expected.size());
    }
    EXPECT_EQ(found, expected) << answer.text;
    EXPECT_EQ(answer.headers.get("X-Amzn-ErrorType"), answer.json["__type"].get<std::string>());
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/x-amz-json-1.1");
    EXPECT_EQ(answer.headers.get("x-amzn-RequestId").size(), 36u);
}

constexpr const char* kNoRule =
    "ResourceNotFoundException: Rule no does not exist on EventBus default.";
constexpr const char* kNoBus = "ResourceNotFoundException: Event bus no does not exist.";

const Refusal kBusRefusals[] = {
    {"taken",
     "CreateEventBus",
     R"({"Name":"orders"})",
     "ResourceAlreadyExistsException: Event bus orders already exists."},
    {"default_is_taken",
     "CreateEventBus",
     R"({"Name":"default"})",
     "ResourceAlreadyExistsException: Event bus default already exists."},
    {"slash",
     "CreateEventBus",
     R"({"Name":"a/b"})",
     "ValidationException: Event bus name must not contain '/'."},
    {"source_of_another_name",
     "CreateEventBus",
     R"({"Name":"a","EventSourceName":"aws.partner/x/y"})",
     "ValidationException: Event bus name must match event source name"},
    {"unknown_source",
     "CreateEventBus",
     R"({"Name":"aws.partner/x/y","EventSourceName":"aws.partner/x/y"})",
     "ResourceNotFoundException: Event source aws.partner/x/y does not exist."},
    {"no_name", "CreateEventBus", "{}", "ValidationException: 1 validation error detected: *"},
    {"null_name",
     "CreateEventBus",
     R"({"Name":null})",
     "ValidationException: 1 validation error detected: *"},
    {"number_as_name", "CreateEventBus", R"({"Name":1})", "SerializationException: *"},
    {"name_twice", "CreateEventBus", R"({"Name":"a","Name":"b"})", "SerializationException: *"},
    {"default_cannot_go",
     "DeleteEventBus",
     R"({"Name":"default"})",
     "ValidationException: Cannot delete event bus default."},
    {"unknown", "DescribeEventBus", R"({"Name":"no"})", kNoBus},
    {"limit_0",
     "ListEventBuses",
     R"({"Limit":0})",
     "ValidationException: 1 validation error detected: *"},
    {"limit_101",
     "ListEventBuses",
     R"({"Limit":101})",
     "ValidationException: 1 validation error detected: *"},
    {"invented_token",
     "ListEventBuses",
     R"({"NextToken":"abc"})",
     "ValidationException: The provided NextToken is not valid."},
    {"long_invented_token",
     "ListEventBuses",
     R"({"NextToken":"0123456789abcdef01234567616263"})",
     "ValidationException: The provided NextToken is not valid."},
    {"not_json", "ListEventBuses", "{'a':1}", "SerializationException: *"},
    {"trailing_comma", "ListEventBuses", R"({"Limit":1,})", "SerializationException: *"},
    {"comment", "ListEventBuses", R"({/* */"Limit":1})", "SerializationException: *"},
    {"empty_body", "ListEventBuses", "", "SerializationException: *"},
    {"list_as_body", "ListEventBuses", "[]", "SerializationException: *"},
};

const Refusal kRuleRefusals[] = {
    {"neither_pattern_nor_schedule",
     "PutRule",
     R"({"Name":"r"})",
     "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."},
    {"empty_pattern",
     "PutRule",
     R"({"Name":"r","EventPattern":""})",
     "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."},
    {"schedule",
     "PutRule",
     R"x({"Name":"r","ScheduleExpression":"rate(1 minutes)"})x",
     "ValidationException: Parameter ScheduleExpression is not valid."},
    {"schedule_on_a_custom_bus",
     "PutRule",
     R"x({"Name":"r","EventBusName":"orders","ScheduleExpression":"rate(1 minute)"})x",
     "ValidationException: ScheduleExpression is supported only on the default event bus."}

    ,
    {"on_an_unknown_bus",
     "PutRule",
     R"({"Name":"r","EventBusName":"no","EventPattern":"{\"source\":[\"a\"]}"})",
     kNoBus},
    {"pattern_is_a_list",
     "PutRule",
     R"({"Name":"r","EventPattern":"[]"})",
     "InvalidEventPatternException: Event pattern is not valid. Reason: *"},
    {"pattern_with_a_text_for_a_list",
     "PutRule",
     R"({"Name":"r","EventPattern":"{\"source\":\"a\"}"})",
     "InvalidEventPatternException: Event pattern is not valid. Reason: \"source\" must be an *"},
    {"rule_name",
     "PutRule",
     R"({"Name":"a b","EventPattern":"{\"source\":[\"a\"]}"})",
     "ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to satisfy "
     "constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"},
    {"rule_state",
     "PutRule",
     R"({"Name":"r","State":"ON","EventPattern":"{\"source\":[\"a\"]}"})",
     "ValidationException: 1 validation error detected: Value 'ON' at 'state' failed to *"},
    {"describe", "DescribeRule", R"({"Name":"no"})", kNoRule},
    {"describe_on_an_unknown_bus",
     "DescribeRule",
     R"({"Name":"busy","EventBusName":"no"})",
     "ResourceNotFoundException: *"},
    {"enable", "EnableRule", R"({"Name":"no"})", kNoRule},
    {"disable", "DisableRule", R"({"Name":"no"})", kNoRule},
    {"delete_with_targets",
     "DeleteRule",
     R"({"Name":"busy"})",
     "ValidationException: Rule can't be deleted since it has targets."},
    {"delete_on_an_unknown_bus", "DeleteRule", R"({"Name":"r","EventBusName":"no"})", kNoBus},
    {"list_on_an_unknown_bus", "ListRules", R"({"EventBusName":"no"})", kNoBus},
};

const Refusal kOtherRefusals[] = {
    {"put_on_an_unknown_rule",
     "PutTargets",
     R"({"Rule":"no","Targets":[{"Id":"t","Arn":"file:x"}]})",
     kNoRule},
    {"no_targets",
     "PutTargets",
     R"({"Rule":"busy","Targets":[]})",
     "ValidationException: 1 validation error detected: *"},
    {"target_id",
     "PutTargets",
     R"({"Rule":"busy","Targets":[{"Id":"a b","Arn":"file:x"}]})",
     "ValidationException: 1 validation error detected: Value 'a b' at 'targets.1.member.id' *"},
    {"target_without_an_arn",
     "PutTargets",
     R"({"Rule":"busy","Targets":[{"Id":"a"}]})",
     "ValidationException: 1 validation error detected: *"},
    {"too_many_retries",
     "PutTargets",
     R"({"Rule":"busy","Targets":[{"Id":"a","Arn":"file:x","RetryPolicy":{"MaximumRetryAttempts":186}}]})",
     "ValidationException: 1 validation error detected: *"},
    {"retries_as_text",
     "PutTargets",
     R"({"Rule":"busy","Targets":[{"Id":"a","Arn":"file:x","RetryPolicy":{"MaximumRetryAttempts":"5"}}]})",
     "SerializationException: *"},
    {"list_of_an_unknown_rule", "ListTargetsByRule", R"({"Rule":"no"})", kNoRule},
    {"remove_from_an_unknown_rule", "RemoveTargets", R"({"Rule":"no","Ids":["t"]})", kNoRule},
    {"null_as_id", "RemoveTargets", R"({"Rule":"busy","Ids":[null]})", "*"},
    {"tag_nothing",
     "TagResource",
     R"({"ResourceARN":"arn:aws:events:us-east-1:000000000000:event-bus/no","Tags":[]})",
     "ResourceNotFoundException: *"},
    {"untag_nothing",
     "UntagResource",
     R"({"ResourceARN":"arn:aws:events:us-east-1:000000000000:rule/no","TagKeys":["a"]})",
     "ResourceNotFoundException: *"},
    {"tags_of_nothing",
     "ListTagsForResource",
     R"({"ResourceARN":"arn:aws:events:us-east-1:000000000000:rule/no"})",
     "ResourceNotFoundException: *"},
    {"event_is_no_json",
     "TestEventPattern",
     R"({"EventPattern":"{\"source\":[\"a\"]}","Event":"this is no json"})",
     "ValidationException: Parameter Event is not valid."},
    {"event_is_a_list",
     "TestEventPattern",
     R"({"EventPattern":"{\"source\":[\"a\"]}","Event":"[]"})",
     "ValidationException: Parameter Event is not valid."},
    {"event_lacks_its_region",
     "TestEventPattern",
     R"({"EventPattern":"{\"source\":[\"a\"]}","Event":"{\"id\":\"1\",\"account\":\"1\",\"source\":\"a\",\"time\":\"t\",\"detail-type\":\"d\"}"})",
     "ValidationException: Parameter Event is not valid."},
    {"tested_pattern_is_a_list",
     "TestEventPattern",
     R"({"EventPattern":"[]","Event":"{\"id\":\"1\",\"account\":\"1\",\"source\":\"a\",\"time\":\"t\",\"region\":\"r\",\"detail-type\":\"d\"}"})",
     "InvalidEventPatternException: Event pattern is not valid. Reason: Filter is not an object*"},
    {"unknown_operation", "PutEvent", "{}", "UnknownOperationException: "},
    {"operation_of_later", "CreateArchive", "{}", "UnknownOperationException: "},
};

std::string name_of(const testing::TestParamInfo<Refusal>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Buses, AwsRefusals, testing::ValuesIn(kBusRefusals), name_of);
INSTANTIATE_TEST_SUITE_P(Rules, AwsRefusals, testing::ValuesIn(kRuleRefusals), name_of);
INSTANTIATE_TEST_SUITE_P(Others, AwsRefusals, testing::ValuesIn(kOtherRefusals), name_of);

}  // namespace
}  // namespace eventbus::test
