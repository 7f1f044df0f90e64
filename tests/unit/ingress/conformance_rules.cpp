#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const char* const kNoBus = "ResourceNotFoundException: Event bus no does not exist.";
const char* const kNoRule =
    "ResourceNotFoundException: Rule no does not exist on EventBus default.";
const char* const kNoSchedule = "ValidationException: Parameter ScheduleExpression is not valid.";

const Step kOrders{"CreateEventBus", R"({"Name":"orders"})"};
const Step kRule{"PutRule", R"({"Name":"r","EventPattern":"{\"source\": [\"a\"]}"})"};
const Step kTarget{"PutTargets", R"({"Rule":"r","Targets":[{"Id":"t","Arn":"file:out"}]})"};

Rows put_rule_rows() {
    return {
        {"gives_the_arn",
         "S",
         {},
         kRule,
         R"({"RuleArn":"arn:aws:events:us-east-1:000000000000:rule/r"})"},
        {"on_a_custom_bus_names_it_in_the_arn",
         "S",
         {kOrders},
         {"PutRule",
          R"({"Name":"r","EventBusName":"orders","EventPattern":"{\"source\":[\"a\"]}"})"},
         R"({"RuleArn":"arn:aws:events:us-east-1:000000000000:rule/orders/r"})"},
        {"with_an_empty_schedule_beside_a_pattern",
         "M",
         {},
         {"PutRule",
          R"({"Name":"r","ScheduleExpression":"","EventPattern":"{\"source\":[\"a\"]}"})"},
         R"({"RuleArn":"arn:aws:events:us-east-1:000000000000:rule/r"})"},
        {"with_an_empty_pattern_beside_a_schedule",
         "M",
         {},
         {"PutRule", R"x({"Name":"r","ScheduleExpression":"rate(1 minute)","EventPattern":""})x"},
         R"({"RuleArn":"arn:aws:events:us-east-1:000000000000:rule/r"})"},
        {"with_neither_pattern_nor_schedule",
         "P",
         {},
         {"PutRule", R"({"Name":"r"})"},
         "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."},
        {"with_an_empty_object_as_its_pattern",
         "P",
         {},
         {"PutRule", R"({"Name":"r","EventPattern":"{}"})"},
         "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."},
        {"with_a_schedule_that_is_none",
         "S",
         {},
         {"PutRule", R"x({"Name":"r","ScheduleExpression":"rate(1 minutes)"})x"},
         kNoSchedule},
        {"with_a_schedule_on_a_custom_bus",
         "S",
         {kOrders},
         {"PutRule",
          R"x({"Name":"r","EventBusName":"orders","ScheduleExpression":"rate(1 minute)"})x"},
         "ValidationException: ScheduleExpression is supported only on the default event bus."},
        {"with_too_long_a_pattern",
         "P",
         {},
         {"PutRule",
          R"({"Name":"r","EventPattern":"{\"source\":[\")" + std::string(4096, 'a') + R"(\"]}"})"},
         "ValidationException: Parameter EventPattern for rule r exceeds limit of 4096."},
        {"on_an_unknown_bus",
         "S",
         {},
         {"PutRule", R"({"Name":"r","EventBusName":"no","EventPattern":"{\"source\":[\"a\"]}"})"},
         kNoBus},
        {"with_a_pattern_that_is_a_list",
         "S",
         {},
         {"PutRule", R"({"Name":"r","EventPattern":"[]"})"},
         "InvalidEventPatternException: Event pattern is not valid. Reason: Filter is not an "
         "object\n "
         "at [Source: (String)\"[]\"; line: 1, column: 2]"},
        {"with_a_blank_in_its_name",
         "S",
         {},
         {"PutRule", R"({"Name":"a b","EventPattern":"{\"source\":[\"a\"]}"})"},
         "ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to "
         "satisfy "
         "constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"},
        {"with_a_path_as_its_name",
         "S",
         {},
         {"PutRule", R"({"Name":"../../etc","EventPattern":"{\"source\":[\"a\"]}"})"},
         "ValidationException: 1 validation error detected: Value '../../etc' at 'name' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"},
        {"with_a_name_of_65",
         "S",
         {},
         {"PutRule",
          R"({"Name":")" + std::string(65, 'r') + R"(","EventPattern":"{\"source\":[\"a\"]}"})"},
         "ValidationException: 1 validation error detected: Value '" + std::string(65, 'r') +
             "' at 'name' failed to satisfy constraint: Member must have length less than or equal "
             "to 64"},
        {"with_all_that_is_wrong_at_once",
         "S",
         {},
         {"PutRule", R"({"Name":"","State":"ON","RoleArn":""})"},
         "ValidationException: 4 validation errors detected: Value '' at 'name' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+; Value "
         "'' "
         "at 'name' failed to satisfy constraint: Member must have length greater than or equal to "
         "1; Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value "
         "set: *"},
    };
}

Rows read_rows() {
    return {
        {"after_a_replacement_that_leaves_all_out",
         "S",
         {{"PutRule",
           R"x({"Name":"r","ScheduleExpression":"rate(1 day)","EventPattern":"{\"source\":[\"b\"]}",
              "State":"DISABLED","Description":"d","RoleArn":"arn:aws:iam::000000000000:role/x"})x"},
          kRule},
         {"DescribeRule", R"({"Name":"r"})"},
         R"({"Name":"r","Arn":"arn:aws:events:us-east-1:000000000000:rule/r",
             "EventPattern":"{\"source\": [\"a\"]}","State":"ENABLED","EventBusName":"default",
             "CreatedBy":"000000000000"})"},
        {"with_all_that_was_set",
         "S",
         {{"PutRule",
           R"x({"Name":"r","ScheduleExpression":"rate(1 day)","EventPattern":"{ \"source\" : [\"b\"] }",
              "State":"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS","Description":"d",
              "RoleArn":"arn:aws:iam::000000000000:role/x"})x"}},
         {"DescribeRule", R"({"Name":"r","EventBusName":"default"})"},
         R"x({"Name":"r","Arn":"arn:aws:events:us-east-1:000000000000:rule/r",
             "EventPattern":"{ \"source\" : [\"b\"] }","ScheduleExpression":"rate(1 day)",
             "State":"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS","Description":"d",
             "RoleArn":"arn:aws:iam::000000000000:role/x","EventBusName":"default",
             "CreatedBy":"000000000000"})x"},
        {"of_an_unknown_name", "S", {}, {"DescribeRule", R"({"Name":"no"})"}, kNoRule},
        {"of_an_unknown_name_on_a_custom_bus",
         "S",
         {kOrders},
         {"DescribeRule", R"({"Name":"no","EventBusName":"orders"})"},
         "ResourceNotFoundException: Rule no does not exist on EventBus orders."},
        {"on_an_unknown_bus",
         "S",
         {kRule},
         {"DescribeRule", R"({"Name":"r","EventBusName":"no"})"},
         kNoBus},
        {"without_who_made_them",
         "S",
         {kRule},
         {"ListRules", R"({"NamePrefix":"r"})"},
         R"({"Rules":[{"Name":"r","Arn":"arn:aws:events:us-east-1:000000000000:rule/r",
             "EventPattern":"{\"source\": [\"a\"]}","State":"ENABLED","EventBusName":"default"}]})"},
        {"on_an_unknown_bus", "S", {}, {"ListRules", R"({"EventBusName":"no"})"}, kNoBus},
    };
}

Rows change_rows() {
    return {
        {"as_it_is", "S", {kRule}, {"EnableRule", R"({"Name":"r"})"}, "{}"},
        {"of_an_unknown_name", "S", {}, {"EnableRule", R"({"Name":"no"})"}, kNoRule},
        {"as_it_is", "S", {kRule}, {"DisableRule", R"({"Name":"r"})"}, "{}"},
        {"of_an_unknown_name", "S", {}, {"DisableRule", R"({"Name":"no"})"}, kNoRule},
        {"without_targets", "S", {kRule}, {"DeleteRule", R"({"Name":"r"})"}, "{}"},
        {"of_an_unknown_name", "S", {}, {"DeleteRule", R"({"Name":"no"})"}, "{}"},
        {"with_targets",
         "T",
         {kRule, kTarget},
         {"DeleteRule", R"({"Name":"r","Force":true})"},
         "ValidationException: Rule can't be deleted since it has targets."},
        {"on_an_unknown_bus",
         "D",
         {},
         {"DeleteRule", R"({"Name":"r","EventBusName":"no"})"},
         kNoBus},
    };
}

}  // namespace

Rows rule_rows() {
    Rows rows = put_rule_rows();
    for (Rows (*const more)() : {&read_rows, &change_rows}) {
        for (Row& row : more()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

}  // namespace eventbus::test::conformance
