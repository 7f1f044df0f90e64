#include "eventbus/core/target.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

TEST(TargetKind, IsToldByTheArn) {
    EXPECT_EQ(target_kind("https://a.example/x"), TargetKind::webhook);
    EXPECT_EQ(target_kind("http://127.0.0.1:1/"), TargetKind::webhook);
    EXPECT_EQ(target_kind("file:audit"), TargetKind::log_file);
    EXPECT_EQ(target_kind("exec:notify"), TargetKind::command);
    EXPECT_EQ(
        target_kind("arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/a"),
        TargetKind::log_file);
    EXPECT_EQ(
        target_kind("arn:aws:events:us-east-1:000000000000:event-bus/b"),
        TargetKind::event_bus);
    EXPECT_EQ(
        target_kind("arn:aws:lambda:us-east-1:000000000000:function:f"),
        TargetKind::other_service);
    EXPECT_FALSE(target_kind("ftp://x"));
    EXPECT_FALSE(target_kind(""));
}

TEST(LogFileName, IsASafeNameOrNothing) {
    EXPECT_EQ(log_file_name("file:audit-2.json"), "audit-2.json");
    EXPECT_EQ(
        log_file_name("arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/a:*"),
        "aws-events-a");
    for (const auto* arn :
         {"file:",
          "file:../x",
          "file:/etc/passwd",
          "file:.hidden",
          "file:a b",
          "https://x/",
          "arn:aws:logs:us-east-1:000000000000:log-group:a b"}) {
        EXPECT_FALSE(log_file_name(arn)) << arn;
    }
}

TEST(TargetFromJson, ReadsWhatTheDaemonActsOnAndKeepsTheRest) {
    const auto json = nlohmann::ordered_json::parse(R"({
        "Id": "1", "Arn": "https://a.example/", "RetryPolicy": {"MaximumRetryAttempts": 3},
        "InputTransformer": {"InputPathsMap": {"b": "$.b", "a": "$.a"}, "InputTemplate": "<a>"},
        "HttpParameters": {"HeaderParameters": {"X-A": "1"}, "PathParameterValues": ["p"]},
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q"},
        "EcsParameters": {"TaskDefinitionArn": "x"}})");

    const auto target = target_from_json(json).value();

    EXPECT_EQ(target.retry_policy, (RetryPolicy{3, 86'400}));
    EXPECT_EQ(target.input_transformer->input_paths_map.front().first, "b");
    EXPECT_EQ(target.http_parameters->header_parameters.front().second, "1");
    EXPECT_EQ(target.dead_letter_arn, "arn:aws:sqs:us-east-1:000000000000:q");
    EXPECT_EQ(target.document, json.dump());
}

TEST(TargetFromJson, ReadsHowATargetWantsToBeDeliveredTo) {
    const auto json = nlohmann::ordered_json::parse(R"({
        "Id": "1", "Arn": "https://a.example/", "Delivery": {"TimeoutSeconds": 20,
        "Concurrency": 2, "RatePerSecond": 5, "BackoffBaseSeconds": 3, "BackoffCapSeconds": 60}})");
    const auto target = target_from_json(json).value();
    EXPECT_EQ(target.delivery.timeout_seconds, 20);
    EXPECT_EQ(target.delivery.concurrency, 2);
    EXPECT_EQ(target.delivery.rate_per_second, 5);
    EXPECT_EQ(target.delivery.backoff_base_seconds, 3);
    EXPECT_EQ(target.delivery.backoff_cap_seconds, 60);
    EXPECT_EQ(target.document, json.dump()) << "shown as it was put";
}

TEST(TargetFromJson, TakesNullForAbsent) {
    const auto target = target_from_json(nlohmann::ordered_json::parse(R"({
        "Id": "1", "Arn": "file:x", "Input": null, "InputPath": null, "InputTransformer": null,
        "RetryPolicy": {"MaximumRetryAttempts": null}, "HttpParameters": null, "DeadLetterConfig": {"Arn": null}})"));
    ASSERT_TRUE(target);
    EXPECT_FALSE(target->input_path || target->input_transformer || target->http_parameters);
    EXPECT_EQ(target->retry_policy, RetryPolicy());
    EXPECT_EQ(target->dead_letter_arn, "");
    EXPECT_EQ(
        target->document,
        R"({"Id":"1","Arn":"file:x","RetryPolicy":{},"DeadLetterConfig":{}})");
}

TEST(TargetFromJson, SaysWhereTheShapeIsWrong) {
    const auto wrong = target_from_json(nlohmann::ordered_json::parse(R"({"Id":"1","Arn":2})"));
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message().find("/Arn"), std::string::npos) << wrong.error().message();
}

}  // namespace
}  // namespace eventbus
