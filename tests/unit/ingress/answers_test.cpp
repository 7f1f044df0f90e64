#include "answers.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus::ingress {
namespace {

using nlohmann::json;

TEST(Answers, AnErrorHasItsStatusInEachDialect) {
    struct Row {
        Error error;
        unsigned aws_status;
        unsigned native_status;
        const char* code;
        bool retry_after;
    };

    const Row rows[] = {
        {Error(Errc::invalid_argument, "m"), 400, 400, "ValidationException", false},
        {Error(Errc::malformed, "m"), 400, 400, "SerializationException", false},
        {Error(Errc::malformed, "m", "", "InvalidEventPatternException"),
         400,
         400,
         "InvalidEventPatternException",
         false},
        {Error(Errc::not_found, "m"), 400, 404, "ResourceNotFoundException", false},
        {Error(Errc::conflict, "m", "", "ManagedRuleException"),
         400,
         409,
         "ManagedRuleException",
         false},
        {Error(Errc::limit_exceeded, "m"), 400, 400, "LimitExceededException", false},
        {Error(Errc::unavailable, "m", "", "ThrottlingException"),
         400,
         429,
         "ThrottlingException",
         true},
        {Error(Errc::unavailable, "m"), 503, 503, "ServiceUnavailableException", true},
        {Error(Errc::internal, "m"), 500, 500, "InternalException", false},
        {Error(Errc::io_error, "m"), 500, 500, "InternalException", false},
    };
    for (const Row& row : rows) {
        const http::Response aws = aws_error(row.error);
        EXPECT_EQ(aws.status, row.aws_status) << row.code;
        EXPECT_EQ(json::parse(aws.body)["__type"], row.code);
        EXPECT_EQ(aws.headers.get("X-Amzn-ErrorType"), row.code);
        EXPECT_EQ(aws.headers.contains("Retry-After"), row.retry_after) << row.code;
        const http::Response native = native_error(row.error);
        EXPECT_EQ(native.status, row.native_status) << row.code;
        EXPECT_EQ(json::parse(native.body)["error"]["code"], row.code);
        EXPECT_EQ(native.headers.contains("Retry-After"), row.retry_after) << row.code;
    }
}

TEST(Answers, WhatWentWrongInsideIsNotTold) {
    const Error error(Errc::io_error, "cannot write /var/lib/eventbusd/eventbusd.db");
    EXPECT_EQ(aws_error(error).body.find("/var"), std::string::npos);
    EXPECT_EQ(native_error(error).body.find("/var"), std::string::npos);
}

TEST(Answers, AMessageThatQuotesBrokenTextIsStillJson) {
    const Error error(Errc::invalid_argument, "found \"\xe2\x82\" \n", "/a\"b");
    EXPECT_EQ(json::parse(aws_error(error).body)["message"], "found \"??\" \n");
    EXPECT_EQ(json::parse(native_error(error).body)["error"]["pointer"], "/a\"b");
}

}  // namespace
}  // namespace eventbus::ingress
