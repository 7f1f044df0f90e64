#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

Row partner(const char* operation, const char* request) {
    return {
        "is_refused",
        "D",
        {},
        {operation, request},
        "OperationDisabledException: " + std::string(operation) +
            " is not offered by eventbusd: it has no partner event sources."};
}

Row endpoint(const char* operation, const char* request) {
    return {
        "is_refused",
        "D",
        {},
        {operation, request},
        "ValidationException: " + std::string(operation) +
            " is not offered by eventbusd: it has no global endpoints."};
}

const char* const kSource = R"({"Name":"aws.partner/x/y"})";
const char* const kSourceOfAccount = R"({"Name":"aws.partner/x/y","Account":"111111111111"})";
const char* const kEndpoint = R"({"Name":"e"})";

}  // namespace

Rows not_offered_rows() {
    return {
        {"is_empty", "D", {}, {"ListEventSources", "{}"}, R"({"EventSources":[]})"},
        {"is_empty",
         "D",
         {},
         {"ListPartnerEventSources", R"({"NamePrefix":"aws.partner/x/"})"},
         R"({"PartnerEventSources":[]})"},
        {"without_a_prefix",
         "D",
         {},
         {"ListPartnerEventSources", "{}"},
         "ValidationException: 1 validation error detected: Value null at 'namePrefix' failed to "
         "satisfy constraint: Member must not be null"},
        {"is_empty", "D", {}, {"ListEndpoints", R"({"MaxResults":10})"}, R"({"Endpoints":[]})"},
        {"with_an_invented_token",
         "I",
         {},
         {"ListEndpoints", R"({"NextToken":"abc"})"},
         "ValidationException: The provided NextToken is not valid."},
        {"finds_nothing",
         "D",
         {},
         {"DescribeEventSource", kSource},
         "ResourceNotFoundException: Event source aws.partner/x/y does not exist."},
        partner("ActivateEventSource", kSource),
        partner("DeactivateEventSource", kSource),
        partner("CreatePartnerEventSource", kSourceOfAccount),
        partner("DescribePartnerEventSource", kSource),
        partner("DeletePartnerEventSource", kSourceOfAccount),
        partner("ListPartnerEventSourceAccounts", R"({"EventSourceName":"aws.partner/x/y"})"),
        partner("PutPartnerEvents", R"({"Entries":[{"Source":"aws.partner/x/y"}]})"),
        endpoint(
            "CreateEndpoint",
            R"({"Name":"e","RoutingConfig":{"FailoverConfig":{"Primary":{"HealthCheck":"h"},
                "Secondary":{"Route":"eu-west-1"}}},"EventBuses":[
                {"EventBusArn":"arn:aws:events:us-east-1:000000000000:event-bus/default"},
                {"EventBusArn":"arn:aws:events:eu-west-1:000000000000:event-bus/default"}]})"),
        endpoint("UpdateEndpoint", kEndpoint),
        endpoint("DescribeEndpoint", kEndpoint),
        endpoint("DeleteEndpoint", kEndpoint),
    };
}

}  // namespace eventbus::test::conformance
