#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const Step kBasic{
    "CreateConnection",
    R"({"Name":"c","AuthorizationType":"BASIC","AuthParameters":{"BasicAuthParameters":
        {"Username":"user","Password":"secret"}}})"};
const Step kApiKey{
    "CreateConnection",
    R"({"Name":"c","Description":"what for","AuthorizationType":"API_KEY","AuthParameters":
        {"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"secret"},
         "InvocationHttpParameters":{"HeaderParameters":[
           {"Key":"H","Value":"shown","IsValueSecret":false},
           {"Key":"I","Value":"secret","IsValueSecret":true}]}}})"};
const Step kOAuth{
    "CreateConnection",
    R"({"Name":"c","AuthorizationType":"OAUTH_CLIENT_CREDENTIALS","AuthParameters":
        {"OAuthParameters":{"ClientParameters":{"ClientID":"id","ClientSecret":"secret"},
         "AuthorizationEndpoint":"https://auth.example/token","HttpMethod":"POST"}}})"};
const Step kDestination{
    "CreateApiDestination",
    R"({"Name":"d","ConnectionArn":"${CreateConnection.ConnectionArn}",
        "InvocationEndpoint":"https://api.example/*","HttpMethod":"POST"})"};

const char* const kArn =
    R"("ConnectionArn":"arn:aws:events:us-east-1:000000000000:connection/c/*")";
const char* const kDestinationArn =
    R"("ApiDestinationArn":"arn:aws:events:us-east-1:000000000000:api-destination/d/*")";
const char* const kTimes = R"("CreationTime":1795191480.0,"LastModifiedTime":1795191480.0)";
const char* const kAuthorized = R"("LastAuthorizedTime":1795191480.0)";

std::string object(std::initializer_list<std::string> members) {
    std::string text = "{";
    for (const auto& member : members) {
        text += (text.size() > 1 ? "," : "") + member;
    }
    return text + "}";
}

std::string state(const char* name) {
    return std::string(R"("ConnectionState":")") + name + "\"";
}

std::string destination_state(const char* name) {
    return std::string(R"("ApiDestinationState":")") + name + "\"";
}

std::string missing(const char* verb) {
    return std::string("ResourceNotFoundException: Failed to ") + verb +
           " the connection(s). Connection 'no' does not exist.";
}

std::string destination_missing(const char* verb) {
    return std::string("ResourceNotFoundException: Failed to ") + verb +
           " the api-destination(s). An api-destination 'no' does not exist.";
}

const std::string kItem = object(
    {kArn,
     R"("Name":"c")",
     state("AUTHORIZED"),
     R"("AuthorizationType":"BASIC")",
     kTimes,
     kAuthorized});

Rows connection_rows() {
    const char* const kSecret =
        R"("SecretArn":"arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/c/*")";
    return {
        {"basic", "S", {}, kBasic, object({kArn, state("AUTHORIZED"), kTimes})},
        {"api_key", "S", {}, kApiKey, object({kArn, state("AUTHORIZED"), kTimes})},
        {"oauth", "S", {}, kOAuth, object({kArn, state("AUTHORIZING"), kTimes})},
        {"twice",
         "I",
         {kBasic},
         kBasic,
         "ResourceAlreadyExistsException: Connection c already exists."},
        {"with_everything_wrong",
         "S",
         {},
         {"CreateConnection",
          R"({"Name":"a b","AuthorizationType":"INVALID","AuthParameters":{}})"},
         "ValidationException: 2 validation errors detected: Value 'a b' at 'name' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; "
         "Value 'INVALID' at 'authorizationType' failed to satisfy constraint: Member must satisfy "
         "enum value set: *"},
        {"with_the_block_of_another_type",
         "P",
         {},
         {"CreateConnection",
          R"({"Name":"c","AuthorizationType":"BASIC","AuthParameters":{"ApiKeyAuthParameters":
              {"ApiKeyName":"X-Key","ApiKeyValue":"secret"}}})"},
         "ValidationException: Parameter BasicAuthParameters is not valid. Reason: Missing "
         "required "
         "field(s)"},
        {"with_its_secrets_left_out",
         "S",
         {kApiKey},
         {"DescribeConnection", R"({"Name":"c"})"},
         object(
             {kArn,
              R"("Name":"c","Description":"what for")",
              state("AUTHORIZED"),
              R"("AuthorizationType":"API_KEY")",
              kSecret,
              R"("AuthParameters":{"ApiKeyAuthParameters":{"ApiKeyName":"X-Key"},
                 "InvocationHttpParameters":{"HeaderParameters":[
                   {"Key":"H","Value":"shown","IsValueSecret":false},
                   {"Key":"I","IsValueSecret":true}]}})",
              kTimes,
              kAuthorized})},
        {"that_waits_for_a_token",
         "S",
         {kOAuth},
         {"DescribeConnection", R"({"Name":"c"})"},
         object(
             {kArn,
              R"("Name":"c")",
              state("AUTHORIZING"),
              R"("AuthorizationType":"OAUTH_CLIENT_CREDENTIALS")",
              kSecret,
              R"("AuthParameters":{"OAuthParameters":{"ClientParameters":{"ClientID":"id"},
                 "AuthorizationEndpoint":"https://auth.example/token","HttpMethod":"POST"}})",
              kTimes})},
        {"unknown", "S", {}, {"DescribeConnection", R"({"Name":"no"})"}, missing("describe")},
        {"unknown", "I", {}, {"UpdateConnection", R"({"Name":"no"})"}, missing("update")},
        {"unknown", "I", {}, {"DeleteConnection", R"({"Name":"no"})"}, missing("delete")},
        {"unknown", "I", {}, {"DeauthorizeConnection", R"({"Name":"no"})"}, missing("deauthorize")},
        {"of_its_description",
         "S",
         {kBasic},
         {"UpdateConnection", R"({"Name":"c","Description":"new"})"},
         object({kArn, state("AUTHORIZED"), kTimes, kAuthorized})},
        {"to_another_type_without_its_block",
         "P",
         {kBasic},
         {"UpdateConnection", R"({"Name":"c","AuthorizationType":"API_KEY"})"},
         "ValidationException: Parameter ApiKeyAuthParameters is not valid. Reason: Missing "
         "required field(s)"},
        {"known",
         "S",
         {kBasic},
         {"DeleteConnection", R"({"Name":"c"})"},
         object({kArn, state("DELETING"), kTimes, kAuthorized})},
        {"is_gone_afterwards",
         "T",
         {kBasic, {"DeleteConnection", R"({"Name":"c"})"}},
         {"DescribeConnection", R"({"Name":"c"})"},
         "ResourceNotFoundException: Failed to describe the connection(s). Connection 'c' does not "
         "exist."},
        {"known",
         "D",
         {kBasic},
         {"DeauthorizeConnection", R"({"Name":"c"})"},
         object({kArn, state("DEAUTHORIZING"), kTimes, kAuthorized})},
        {"all", "S", {kBasic}, {"ListConnections", "{}"}, R"({"Connections":[)" + kItem + "]}"},
        {"in_a_state_that_none_has",
         "D",
         {kBasic},
         {"ListConnections", R"({"ConnectionState":"CREATING"})"},
         R"({"Connections":[]})"},
        {"in_another_state",
         "D",
         {kBasic},
         {"ListConnections", R"({"ConnectionState":"AUTHORIZING"})"},
         R"({"Connections":[]})"},
    };
}

Rows api_destination_rows() {
    const std::string kShown = object(
        {kDestinationArn,
         R"("Name":"d")",
         destination_state("ACTIVE"),
         kArn,
         R"("InvocationEndpoint":"https://api.example/*","HttpMethod":"POST")",
         R"("InvocationRateLimitPerSecond":300)",
         kTimes});
    return {
        {"active",
         "S",
         {kBasic},
         kDestination,
         object({kDestinationArn, destination_state("ACTIVE"), kTimes})},
        {"of_a_connection_that_waits_for_a_token",
         "S",
         {kOAuth},
         kDestination,
         object({kDestinationArn, destination_state("INACTIVE"), kTimes})},
        {"twice",
         "I",
         {kBasic, kDestination},
         kDestination,
         "ResourceAlreadyExistsException: An api-destination 'd' already exists."},
        {"of_a_connection_elsewhere",
         "P",
         {},
         {"CreateApiDestination",
          R"({"Name":"d","HttpMethod":"POST","InvocationEndpoint":"https://api.example/",
              "ConnectionArn":"arn:aws:events:eu-west-1:000000000000:connection/c/1"})"},
         "ValidationException: Invalid ARN: "
         "'arn:aws:events:eu-west-1:000000000000:connection/c/1'"},
        {"of_an_unknown_connection",
         "I",
         {},
         {"CreateApiDestination",
          R"({"Name":"d","HttpMethod":"POST","InvocationEndpoint":"https://api.example/",
              "ConnectionArn":"arn:aws:events:us-east-1:000000000000:connection/c/1"})"},
         "ResourceNotFoundException: Connection 'c' does not exist."},
        {"with_an_unknown_method",
         "S",
         {kBasic},
         {"CreateApiDestination",
          R"({"Name":"d","ConnectionArn":"${CreateConnection.ConnectionArn}",
              "InvocationEndpoint":"https://api.example/","HttpMethod":"TRACE"})"},
         "ValidationException: 1 validation error detected: Value 'TRACE' at 'httpMethod' failed "
         "to "
         "satisfy constraint: Member must satisfy enum value set: *"},
        {"known",
         "S",
         {kBasic, kDestination},
         {"DescribeApiDestination", R"({"Name":"d"})"},
         kShown},
        {"unknown",
         "S",
         {},
         {"DescribeApiDestination", R"({"Name":"no"})"},
         destination_missing("describe")},
        {"unknown",
         "I",
         {},
         {"UpdateApiDestination", R"({"Name":"no"})"},
         destination_missing("update")},
        {"unknown",
         "I",
         {},
         {"DeleteApiDestination", R"({"Name":"no"})"},
         destination_missing("delete")},
        {"of_its_rate",
         "S",
         {kBasic, kDestination},
         {"UpdateApiDestination", R"({"Name":"d","InvocationRateLimitPerSecond":5})"},
         object({kDestinationArn, destination_state("ACTIVE"), kTimes})},
        {"known", "S", {kBasic, kDestination}, {"DeleteApiDestination", R"({"Name":"d"})"}, "{}"},
        {"all",
         "S",
         {kBasic, kDestination},
         {"ListApiDestinations", "{}"},
         R"({"ApiDestinations":[)" + kShown + "]}"},
        {"of_another_connection",
         "D",
         {kBasic, kDestination},
         {"ListApiDestinations",
          R"({"ConnectionArn":"arn:aws:events:us-east-1:000000000000:connection/x/1"})"},
         R"({"ApiDestinations":[]})"},
    };
}

}  // namespace

Rows destination_rows() {
    Rows all = connection_rows();
    for (auto& row : api_destination_rows()) {
        all.push_back(std::move(row));
    }
    return all;
}

}  // namespace eventbus::test::conformance
