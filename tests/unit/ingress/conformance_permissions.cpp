#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const char* const kNoBus = "ResourceNotFoundException: Event bus no does not exist.";
const char* const kNoStatement =
    "ResourceNotFoundException: Statement with the provided id does not exist.";

const Step kOne{
    "PutPermission",
    R"({"Action":"events:PutEvents","Principal":"111111111111","StatementId":"one"})"};
const Step kEverybody{
    "PutPermission",
    R"({"Action":"events:PutEvents","Principal":"*","StatementId":"all",
        "Condition":{"Type":"StringEquals","Key":"aws:PrincipalOrgID","Value":"o-1234567890"}})"};
const Step kDescribe{"DescribeEventBus", "{}"};
const Step kRemoveOne{"RemovePermission", R"({"StatementId":"one"})"};

// The default bus with a policy; `statements` as they stand in a JSON text in JSON.
std::string described(const std::string& statements) {
    return R"({"Name":"default","Arn":"arn:aws:events:us-east-1:000000000000:event-bus/default",
               "Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[)" +
           statements + R"(]}","CreationTime":1795191480.0,"LastModifiedTime":1795191480.0})";
}

const char* const kOneStatement =
    R"({\"Sid\":\"one\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},)"
    R"(\"Action\":\"events:PutEvents\",\"Resource\":\"arn:aws:events:us-east-1:000000000000:event-bus/default\"})";
const char* const kEverybodyStatement =
    R"({\"Sid\":\"all\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"events:PutEvents\",)"
    R"(\"Resource\":\"arn:aws:events:us-east-1:000000000000:event-bus/default\",)"
    R"(\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1234567890\"}}})";

// A policy as nobody would format it, in a JSON text in JSON.
const char* const kOddPolicy =
    R"({ \"Statement\": {\"Sid\":\"mine\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":[\"events:*\"]} })";

Step whole(const std::string& policy) {
    return {"PutPermission", R"({"Policy":")" + policy + "\"}"};
}

Rows put_rows() {
    return {
        {"for_an_account", "S", {}, kOne, "{}"},
        {"for_an_organisation", "S", {}, kEverybody, "{}"},
        {"on_an_unknown_bus",
         "S",
         {},
         {"PutPermission",
          R"({"EventBusName":"no","Action":"events:PutEvents","Principal":"*","StatementId":"s"})"},
         kNoBus},
        {"of_another_action",
         "M",
         {},
         {"PutPermission",
          R"({"Action":"events:PutRule","Principal":"111111111111","StatementId":"s"})"},
         "ValidationException: Provided value in parameter 'action' is not supported."},
        {"without_an_id",
         "I",
         {},
         {"PutPermission", R"({"Action":"events:PutEvents","Principal":"111111111111"})"},
         "ValidationException: Parameter StatementId is required."},
        {"for_nobody",
         "I",
         {},
         {"PutPermission", R"({"Action":"events:PutEvents","StatementId":"s"})"},
         "ValidationException: Parameter Principal is required."},
        {"of_nothing",
         "I",
         {},
         {"PutPermission", "{}"},
         "ValidationException: Parameter Action is required."},
        {"for_an_account_under_a_condition",
         "I",
         {},
         {"PutPermission",
          R"({"Action":"events:PutEvents","Principal":"111111111111","StatementId":"s",
              "Condition":{"Type":"StringEquals","Key":"aws:PrincipalOrgID","Value":"o-1"}})"},
         "ValidationException: Parameter Condition is not valid. Reason: It is allowed only if "
         "Principal is *."},
        {"under_another_condition",
         "I",
         {},
         {"PutPermission",
          R"({"Action":"events:PutEvents","Principal":"*","StatementId":"s",
              "Condition":{"Type":"Bool","Key":"aws:SecureTransport","Value":"true"}})"},
         "ValidationException: Parameter Condition is not valid. Reason: Type must be StringEquals "
         "and Key must be aws:PrincipalOrgID."},
        {"for_what_is_no_account",
         "S",
         {},
         {"PutPermission", R"({"Action":"events:PutEvents","Principal":"12","StatementId":"s"})"},
         "ValidationException: 1 validation error detected: Value '12' at 'principal' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: (\\d{12}|\\*)"},
        {"as_a_whole_policy", "S", {}, whole(kOddPolicy), "{}"},
        {"as_a_policy_that_is_no_json",
         "M",
         {},
         whole("{"),
         "ValidationException: This policy contains invalid Json"},
        {"as_an_empty_policy",
         "M",
         {},
         whole(""),
         "ValidationException: This policy contains invalid Json"},
        {"as_a_policy_without_a_principal",
         "I",
         {},
         whole(R"({\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"events:PutEvents\"}]})"),
         "ValidationException: Parameter Policy is not valid. Reason: Statement 1 has no "
         "Principal."},
        {"as_a_policy_without_statements",
         "I",
         {},
         whole(R"({\"Statement\":[]})"),
         "ValidationException: Parameter Policy is not valid. Reason: It has no Statement."},
        {"as_a_policy_and_a_statement",
         "I",
         {},
         {"PutPermission", R"({"Policy":"{}","StatementId":"s"})"},
         "ValidationException: Parameter Policy is not valid. Reason: It cannot be given together "
         "with StatementId."},
        {"as_too_long_a_policy",
         "D",
         {},
         whole(std::string(10'241, ' ')),
         "PolicyLengthExceededException: The policy has 10241 characters; at most 10240 are "
         "allowed."},
    };
}

Rows remove_rows() {
    return {
        {"of_one", "S", {kOne}, kRemoveOne, "{}"},
        {"of_all",
         "S",
         {kOne, kEverybody},
         {"RemovePermission", R"({"RemoveAllPermissions":true})"},
         "{}"},
        {"of_all_that_are_none",
         "S",
         {},
         {"RemovePermission", R"({"RemoveAllPermissions":true})"},
         "{}"},
        {"of_an_unknown_one", "S", {kEverybody}, kRemoveOne, kNoStatement},
        {"of_a_bus_without_any", "S", {}, kRemoveOne, kNoStatement},
        {"of_none",
         "I",
         {},
         {"RemovePermission", "{}"},
         "ValidationException: Parameter StatementId is required."},
        {"on_an_unknown_bus",
         "S",
         {},
         {"RemovePermission", R"({"StatementId":"s","EventBusName":"no"})"},
         kNoBus},
    };
}

Rows describe_rows() {
    return {
        {"shows_both_statements",
         "S",
         {kOne, kEverybody},
         kDescribe,
         described(std::string(kOneStatement) + "," + kEverybodyStatement)},
        {"shows_a_replaced_statement_once",
         "S",
         {kOne, kEverybody, kOne},
         kDescribe,
         described(std::string(kOneStatement) + "," + kEverybodyStatement)},
        {"shows_what_a_removal_left",
         "S",
         {kOne, kEverybody, kRemoveOne},
         kDescribe,
         described(kEverybodyStatement)},
        {"shows_no_policy_after_the_last_removal",
         "S",
         {kOne, kRemoveOne},
         kDescribe,
         R"({"Name":"default","Arn":"arn:aws:events:us-east-1:000000000000:event-bus/default",
             "CreationTime":1795191480.0,"LastModifiedTime":1795191480.0})"},
        {"shows_a_whole_policy_as_it_came",
         "S",
         {kOne, whole(kOddPolicy)},
         kDescribe,
         R"({"Name":"default","Arn":"arn:aws:events:us-east-1:000000000000:event-bus/default",
             "Policy":")" +
             std::string(kOddPolicy) +
             R"(","CreationTime":1795191480.0,"LastModifiedTime":1795191480.0})"},
        {"shows_policies_in_lists",
         "S",
         {kOne},
         {"ListEventBuses", "{}"},
         R"({"EventBuses":[)" + described(kOneStatement) + "]}"},
    };
}

}  // namespace

Rows permission_rows() {
    Rows rows = put_rows();
    for (Rows (*const more)() : {&remove_rows, &describe_rows}) {
        for (Row& row : more()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

}  // namespace eventbus::test::conformance
