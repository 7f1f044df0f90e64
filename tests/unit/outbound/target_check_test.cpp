#include "eventbus/outbound/target_check.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using test::target_at;

std::string verdict(const Target& target) {
    const auto checked = check_target(target);
    return checked ? "ok" : checked.error().code() + ": " + checked.error().message();
}

TEST(TargetCheck, AcceptsEveryPlaceThatAClientMayStore) {
    const char* arns[] = {
        "https://hooks.example/in",
        "http://127.0.0.1:8080/x?y=1",
        "file:orders",
        "file:orders.audit-1",
        "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders",
        "arn:aws:events:us-east-1:000000000000:event-bus/other",
        "arn:aws:lambda:us-east-1:000000000000:function:f",
        "arn:aws:sqs:us-east-1:000000000000:q"};
    for (const char* arn : arns) {
        EXPECT_EQ(verdict(target_at(arn)), "ok") << arn;
    }
}

TEST(TargetCheck, RefusesABackoffThatBeginsBeyondItsCap) {
    Target target = target_at("https://hooks.example/in", "t1");
    target.delivery.backoff_base_seconds = 10;
    target.delivery.backoff_cap_seconds = 10;
    EXPECT_EQ(verdict(target), "ok");
    target.delivery.backoff_cap_seconds = 9;
    EXPECT_EQ(
        verdict(target),
        "ValidationException: Delivery for target t1 is invalid: BackoffBaseSeconds is 10 and must "
        "not be more than BackoffCapSeconds, which is 9.");
}

TEST(TargetCheck, RefusesBatchesThatCannotBe) {
    Target bus = target_at("arn:aws:events:us-east-1:000000000000:event-bus/other", "b");
    bus.batching = Batching{10, 900, 1};
    EXPECT_EQ(verdict(bus), "ok");
    bus.batching->max_count = 11;
    EXPECT_EQ(
        verdict(bus),
        "ValidationException: Batch for target b is invalid: MaxCount is 11, and one PutEvents of "
        "an event bus carries 10 events at most.");
    Target hook = target_at("https://hooks.example/in", "t1");
    hook.batching = Batching{100, 60, 1};
    hook.retry_policy = RetryPolicy{185, 60};
    EXPECT_EQ(
        verdict(hook),
        "ValidationException: Batch for target t1 is invalid: MaxWindowSeconds is 60 and must be "
        "less than the RetryPolicy's MaximumEventAgeInSeconds, which is 60.");
}

TEST(TargetCheck, RefusesAnOrderByWhatIsNoPath) {
    Target target = target_at("https://hooks.example/in", "t1");
    target.ordering_key = "$.detail.table";
    EXPECT_EQ(verdict(target), "ok");
    target.ordering_key = "detail.table";
    EXPECT_EQ(
        verdict(target).substr(0, 125),
        "ValidationException: Ordering for target t1 is invalid: Key is \"detail.table\", expected "
        "a path like $.detail.table. JSON path");
}

TEST(TargetCheck, RefusesPlacesThatAreNone) {
    EXPECT_EQ(
        verdict(target_at("invalid")),
        "ValidationException: Parameter invalid is not valid. Reason: Provided Arn is not in "
        "correct format.");
    const char* refused[] = {
        "https://",
        "http://user:pw@host/",
        "http://127.1/",
        "http://0x7f000001/",
        "https://host:99999/",
        "https://a b/",
        "file:",
        "file:../x",
        "file:/etc/passwd",
        "file:.hidden",
        "file:a/b",
        "file:orders.20261120T161800Z",
        "file:orders.20261120T161800Z-2",
        "ftp://host/",
        "arn:aws"};
    for (const char* arn : refused) {
        EXPECT_TRUE(verdict(target_at(arn)).starts_with("ValidationException: ")) << arn;
    }
}

TEST(TargetCheck, RefusesInputFormsOnBuses) {
    Target target = target_at("arn:aws:events:us-east-1:000000000000:event-bus/other", "forward");
    target.input_path = "$.detail";
    EXPECT_EQ(
        verdict(target),
        "ValidationException: Modifying the input for target forward is not supported");
}

TEST(TargetCheck, RefusesInputFormsThatCannotWork) {
    Target target = target_at("https://hooks.example/in");
    target.input = "not json";
    EXPECT_EQ(verdict(target), "ValidationException: JSON syntax error in input for target t1");
}

TEST(TargetCheck, RefusesParametersThatMustNotBeSent) {
    Target target = target_at("https://hooks.example/in");
    target.http_parameters.emplace();
    target.http_parameters->header_parameters = {{"Host", "evil"}};
    EXPECT_TRUE(verdict(target).starts_with(
        "ValidationException: HttpParameters for target t1 is invalid: "));
    target.http_parameters->header_parameters = {{"X-Tenant", "$.detail.tenant"}};
    EXPECT_EQ(verdict(target), "ok");
}

TEST(TargetCheck, RefusesQueuesThatCannotHoldDeadLetters) {
    const std::pair<const char*, const char*> cases[] = {
        {"arn:aws:sqs:us-east-1:000000000000:dlq", "ok"},
        {"arn:aws:sns:us-east-1:000000000000:topic",
         "ValidationException: sns is not supported as a dead letter resource"},
        {"arn:aws:sqs:us-east-1:000000000000:dlq.fifo",
         "ValidationException: SQS FIFO is not supported by Dead Letter Queues"},
        {"dlq",
         "ValidationException: Parameter DeadLetterConfig.Arn is not valid. Reason: Provided Arn "
         "is not in correct "
         "format."},
    };
    for (const auto& [arn, expected] : cases) {
        Target target = target_at("https://hooks.example/in");
        target.dead_letter_arn = arn;
        EXPECT_EQ(verdict(target), expected) << arn;
    }
    Target own = target_at("arn:aws:sqs:us-east-1:000000000000:q");
    own.dead_letter_arn = own.arn;
    EXPECT_NE(verdict(own), "ok");
}

// A target of a service that we keep and cannot call, with more of its document.
Target stored_target(const std::string& arn, const std::string& more) {
    Target target = target_at(arn);
    target.document = R"({"Id":"t1","Arn":")" + arn + "\"" + more + "}";
    return target;
}

TEST(TargetCheck, DemandsOfOtherServicesTargetsWhatTheServiceDemands) {
    const std::string queue = "arn:aws:sqs:us-east-1:000000000000:q.fifo";
    const std::string cluster = "arn:aws:ecs:us-east-1:000000000000:cluster/c";
    const std::string jobs = "arn:aws:batch:us-east-1:000000000000:job-queue/j";
    const std::string machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
    const std::string stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    const std::string role = R"(,"RoleArn":"arn:aws:iam::000000000000:role/r")";

    struct Case {
        std::string arn;
        std::string more;
        std::string verdict;  // of a ValidationException, or "" for none
    };

    const Case cases[] = {
        {queue, "", "Parameter(s) SqsParameters must be specified for target: t1."},
        {queue, R"(,"SqsParameters":{"MessageGroupId":"g"})", ""},
        {cluster, role, "Parameter(s) EcsParameters must be specified for target: t1."},
        {cluster, role + R"(,"EcsParameters":{"TaskDefinitionArn":"x"})", ""},
        {jobs, role, "Parameter(s) BatchParameters must be specified for target: t1."},
        {jobs, role + R"(,"BatchParameters":{"JobName":"x","JobDefinition":"y"})", ""},
        {machine, "", "RoleArn is required for target " + machine + "."},
        {machine, role, ""},
        {machine,
         role + R"(,"KinesisParameters":{"PartitionKeyPath":"$.id"})",
         "Parameter(s) KinesisParameters not supported for target: t1"},
        {stream, role + R"(,"KinesisParameters":{"PartitionKeyPath":"$.id"})", ""},
        {stream, role + R"(,"SqsParameters":{"MessageGroupId":"g"})", ""},
        {"file:out",
         R"(,"EcsParameters":{"TaskDefinitionArn":"x"})",
         "Parameter(s) EcsParameters not supported for target: t1"},
        {"https://hooks.example/", R"(,"HttpParameters":{"PathParameterValues":[]})", ""},
    };
    for (const auto& [arn, more, expected] : cases) {
        EXPECT_EQ(
            verdict(stored_target(arn, more)),
            expected.empty() ? "ok" : "ValidationException: " + expected)
            << arn << more;
    }
}

TEST(TargetCheck, LetsTargetsReferOnlyToWhatTheOperatorHasNamed) {
    TargetNames names;
    names.commands = {"notify", "page"};
    names.tls_profiles = {"partner"};
    const auto says = [&](const Target& target) {
        const auto checked = check_target(target, names);
        return checked ? "ok" : checked.error().where() + ": " + checked.error().message();
    };
    EXPECT_EQ(says(target_at("exec:notify")), "ok");
    EXPECT_EQ(
        says(target_at("exec:other")),
        "/Arn: The config has no command \"other\"; it names \"notify\", \"page\".");
    for (const char* arn : {"exec:", "exec:/bin/sh", "exec:../x", "exec:.x", "exec:a b"}) {
        EXPECT_TRUE(says(target_at(arn)).starts_with("/Arn: Parameter exec:")) << arn;
    }
    Target webhook = target_at("https://a.example/");
    webhook.tls_profile = "partner";
    EXPECT_EQ(says(webhook), "ok");
    webhook.tls_profile = "lab";
    EXPECT_EQ(
        says(webhook),
        "/TlsProfile: The config has no TLS profile \"lab\"; it names \"partner\".");
    webhook.tls_profile.clear();
    webhook.signing.emplace();
    webhook.signing->secret_name = "billing";
    EXPECT_EQ(
        says(webhook),
        "/Signing/Secret: The config has no signing secret \"billing\"; it names none.");
    names.signing_secrets = {"billing"};
    EXPECT_EQ(says(webhook), "ok");
    webhook.signing->secrets.emplace_back();
    EXPECT_TRUE(says(webhook).starts_with("/Signing: ")) << "both";
    webhook.signing.emplace();
    EXPECT_TRUE(says(webhook).starts_with("/Signing: ")) << "neither";
}

TEST(TargetCheck, SignsOnlyWhatHasAUrl) {
    TargetNames names;
    names.commands = {"notify"};
    for (const char* arn :
         {"file:orders",
          "exec:notify",
          "arn:aws:events:us-east-1:000000000000:event-bus/other",
          "arn:aws:events:us-east-1:000000000000:api-destination/d/1",
          "arn:aws:sqs:us-east-1:000000000000:q"}) {
        Target target = target_at(arn);
        target.cloud_events = CloudEventsMode::binary;
        EXPECT_FALSE(check_target(target, names)) << arn;
    }
}

TEST(TargetCheck, RefusesBatchesOfCloudEvents) {
    Target target = target_at("https://a.example/");
    target.cloud_events = CloudEventsMode::structured;
    EXPECT_TRUE(check_target(target, {}));
    target.batching.emplace();
    const auto checked = check_target(target, {});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().where(), "/Batch");
}

}  // namespace
}  // namespace eventbus
