#include "conformance.hpp"

namespace eventbus::test::conformance {

namespace {

const char* const kNoRule =
    "ResourceNotFoundException: Rule no does not exist on EventBus default.";
const char* const kDone = R"({"FailedEntryCount":0,"FailedEntries":[]})";

const Step kRule{"PutRule", R"({"Name":"r","EventPattern":"{\"source\":[\"a\"]}"})"};

Step put(const std::string& targets) {
    return {"PutTargets", R"({"Rule":"r","Targets":[)" + targets + "]}"};
}

Row refused(const char* name, const char* mark, const std::string& target, const char* message) {
    return {name, mark, {kRule}, put(target), "ValidationException: " + std::string(message)};
}

Rows put_rows() {
    return {
        {"of_every_kind_of_place",
         "S",
         {kRule},
         put(R"({"Id":"1","Arn":"arn:aws:lambda:us-east-1:000000000000:function:f"},
                {"Id":"2","Arn":"arn:aws:sqs:us-east-1:000000000000:q"},
                {"Id":"3","Arn":"arn:aws:sns:us-east-1:000000000000:t"},
                {"Id":"4","Arn":"arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/x"},
                {"Id":"5","Arn":"arn:aws:events:us-east-1:000000000000:event-bus/x"},
                {"Id":"6","Arn":"https://hooks.example/in"},
                {"Id":"7","Arn":"file:out"},
                {"Id":"8","Arn":"file:out"})"),
         kDone},
        {"of_an_unknown_rule",
         "S",
         {},
         {"PutTargets", R"({"Rule":"no","Targets":[{"Id":"t","Arn":"file:x"}]})"},
         kNoRule},
        {"of_an_unknown_bus",
         "S",
         {},
         {"PutTargets",
          R"({"Rule":"r","EventBusName":"no","Targets":[{"Id":"t","Arn":"file:x"}]})"},
         "ResourceNotFoundException: Event bus no does not exist."},
        {"of_none",
         "S",
         {kRule},
         put(""),
         "ValidationException: 1 validation error detected: Value '[]' at 'targets' failed to "
         "satisfy "
         "constraint: Member must have length greater than or equal to 1"},
        {"without_an_arn",
         "D",
         {kRule},
         put(R"({"Id":"a"})"),
         "ValidationException: 1 validation error detected: Value null at 'targets.1.member.arn' "
         "failed to satisfy constraint: Member must not be null"},
        {"with_a_blank_in_an_id",
         "S",
         {kRule},
         put(R"({"Id":"a","Arn":"file:x"},{"Id":"a b","Arn":"file:x"})"),
         "ValidationException: 1 validation error detected: Value 'a b' at 'targets.2.member.id' "
         "failed to satisfy constraint: Member must satisfy regular expression pattern: "
         "[\\.\\-_A-Za-z0-9]+"},
        {"with_an_id_of_65",
         "S",
         {kRule},
         put(R"({"Id":")" + std::string(65, 'i') + R"(","Arn":"file:x"})"),
         "ValidationException: 1 validation error detected: Value '" + std::string(65, 'i') +
             "' at 'targets.1.member.id' failed to satisfy constraint: Member must have length "
             "less "
             "than or equal to 64"},
        {"with_too_many_retries",
         "S",
         {kRule},
         put(R"({"Id":"a","Arn":"file:x","RetryPolicy":{"MaximumRetryAttempts":186}})"),
         "ValidationException: 1 validation error detected: Value '186' at "
         "'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member "
         "must have value less than or equal to 185"},
        {"with_retries_as_text",
         "I",
         {kRule},
         put(R"({"Id":"a","Arn":"file:x","RetryPolicy":{"MaximumRetryAttempts":"5"}})"),
         "SerializationException: *"},
        {"one_more_than_the_limit",
         "S",
         {kRule, put([] {
              std::string all;
              for (int i = 0; i < 100; ++i) {
                  all += (i == 0 ? "" : ",") + (R"({"Arn":"file:x","Id":")" + std::to_string(i)) +
                         "\"}";
              }
              return all;
          }())},
         put(R"({"Id":"one-more","Arn":"file:x"})"),
         "LimitExceededException: The requested resource exceeds the maximum number allowed."},
    };
}

Rows input_rows() {
    return {
        refused(
            "with_two_inputs",
            "S",
            R"({"Id":"t1","Arn":"file:x","Input":"1","InputPath":"$.a"})",
            "Only one of Input, InputPath, or InputTransformer must be provided for target t1."),
        refused(
            "with_an_unknown_placeholder",
            "S",
            R"({"Id":"t1","Arn":"file:x","InputTransformer":{"InputPathsMap":{"a":"$.b"},"InputTemplate":"\"<c>\""}})",
            "InputTemplate for target t1 contains invalid placeholder c."),
        refused(
            "with_an_input_that_is_no_json",
            "P",
            R"({"Id":"t1","Arn":"file:x","Input":"hello"})",
            "JSON syntax error in input for target t1"),
        refused(
            "with_a_path_that_is_none",
            "P",
            R"({"Id":"t1","Arn":"file:x","InputPath":"$.detail['a']"})",
            "InputPath for target t1 is invalid."),
        refused(
            "with_the_whole_event_in_a_text_template",
            "P",
            R"({"Id":"t1","Arn":"file:x","InputTransformer":{"InputTemplate":"\"<aws.events.event.json>\""}})",
            "InputTemplate for target t1 contains placeholder aws.events.event.json valid only for "
            "JSON template."),
        refused(
            "with_an_input_for_another_bus",
            "B",
            R"({"Id":"t1","Arn":"arn:aws:events:us-east-1:111111111111:event-bus/x","Input":"1"})",
            "Modifying the input for target t1 is not supported"),
        refused(
            "with_what_is_no_arn",
            "P",
            R"({"Id":"t1","Arn":"invalid"})",
            "Parameter invalid is not valid. Reason: Provided Arn is not in correct format."),
        refused(
            "with_a_topic_for_dead_letters",
            "P",
            R"({"Id":"t1","Arn":"file:x","DeadLetterConfig":{"Arn":"arn:aws:sns:us-east-1:000000000000:t"}})",
            "sns is not supported as a dead letter resource"),
        refused(
            "with_a_fifo_queue_for_dead_letters",
            "P",
            R"({"Id":"t1","Arn":"file:x","DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q.fifo"}})",
            "SQS FIFO is not supported by Dead Letter Queues"),
        refused(
            "with_dead_letters_in_another_region",
            "P",
            R"({"Id":"t1","Arn":"file:x","DeadLetterConfig":{"Arn":"arn:aws:sqs:eu-west-1:000000000000:q"}})",
            "Parameter DeadLetterConfig.Arn is not valid. Reason: The queue must be in region "
            "us-east-1, where the rule is, and is in eu-west-1."),
        refused(
            "with_an_id_twice",
            "P",
            R"({"Id":"t1","Arn":"file:x"},{"Id":"t1","Arn":"file:y"})",
            "Parameter targets is not valid. Reason: More than one target with Id 't1' is "
            "provided."),
        refused(
            "without_a_role",
            "P",
            R"({"Id":"t1","Arn":"arn:aws:states:us-east-1:000000000000:stateMachine:m"})",
            "RoleArn is required for target "
            "arn:aws:states:us-east-1:000000000000:stateMachine:m."),
        refused(
            "of_a_cluster_without_its_task",
            "P",
            R"({"Id":"t1","Arn":"arn:aws:ecs:us-east-1:000000000000:cluster/c","RoleArn":"arn:aws:iam::000000000000:role/r"})",
            "Parameter(s) EcsParameters must be specified for target: t1."),
        refused(
            "of_a_job_queue_without_its_job",
            "P",
            R"({"Id":"t1","Arn":"arn:aws:batch:us-east-1:000000000000:job-queue/j","RoleArn":"arn:aws:iam::000000000000:role/r"})",
            "Parameter(s) BatchParameters must be specified for target: t1."),
        refused(
            "with_the_block_of_another_service",
            "P",
            R"({"Id":"t1","Arn":"file:x","KinesisParameters":{"PartitionKeyPath":"$.id"}})",
            "Parameter(s) KinesisParameters not supported for target: t1"),
        refused(
            "of_a_fifo_queue_without_its_group",
            "P",
            R"({"Id":"t1","Arn":"arn:aws:sqs:us-east-1:000000000000:q.fifo"})",
            "Parameter(s) SqsParameters must be specified for target: t1."),
    };
}

Rows other_rows() {
    const std::string whole =
        R"({"Id":"z","Arn":"file:a","InputTransformer":{"InputPathsMap":{"x":"$.detail.x"},"InputTemplate":"\"<x>\""}},
           {"Id":"a","Arn":"arn:aws:sqs:us-east-1:000000000000:q.fifo","SqsParameters":{"MessageGroupId":"g"},
            "RetryPolicy":{"MaximumRetryAttempts":0,"MaximumEventAgeInSeconds":60},
            "DeadLetterConfig":{"Arn":"arn:aws:sqs:us-east-1:000000000000:q"}})";
    return {
        {"each_once_and_sorted",
         "S",
         {{"PutRule", R"({"Name":"z","EventPattern":"{\"source\":[\"a\"]}"})"},
          {"PutTargets",
           R"({"Rule":"z","Targets":[{"Id":"1","Arn":"file:a"},{"Id":"2","Arn":"file:a"}]})"},
          kRule,
          put(whole)},
         {"ListRuleNamesByTarget", R"({"TargetArn":"file:a"})"},
         R"({"RuleNames":["r","z"]})"},
        {"that_nobody_has",
         "S",
         {kRule},
         {"ListRuleNamesByTarget", R"({"TargetArn":"file:nobody"})"},
         R"({"RuleNames":[]})"},
        {"of_an_unknown_bus",
         "S",
         {},
         {"ListRuleNamesByTarget", R"({"TargetArn":"file:a","EventBusName":"no"})"},
         "ResourceNotFoundException: Event bus no does not exist."},
        {"exactly_as_put",
         "S",
         {kRule, put(whole)},
         {"ListTargetsByRule", R"({"Rule":"r"})"},
         R"({"Targets":[)" + whole + "]}"},
        {"of_an_unknown_rule", "S", {}, {"ListTargetsByRule", R"({"Rule":"no"})"}, kNoRule},
        {"of_an_unknown_bus",
         "S",
         {},
         {"ListTargetsByRule", R"({"Rule":"r","EventBusName":"no"})"},
         "ResourceNotFoundException: Event bus no does not exist."},
        {"even_unknown_ones",
         "S",
         {kRule, put(whole)},
         {"RemoveTargets", R"({"Rule":"r","Ids":["z","unknown"]})"},
         kDone},
        {"of_an_unknown_rule", "S", {}, {"RemoveTargets", R"({"Rule":"no","Ids":["t"]})"}, kNoRule},
        {"with_null_as_an_id",
         "I",
         {kRule},
         {"RemoveTargets", R"({"Rule":"r","Ids":[null]})"},
         "SerializationException: *"},
    };
}

}  // namespace

Rows target_rows() {
    Rows rows = put_rows();
    for (Rows (*const more)() : {&input_rows, &other_rows}) {
        for (Row& row : more()) {
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

}  // namespace eventbus::test::conformance
