#include "http_verdict.hpp"

#include "eventbus/base/time_text.hpp"
#include "eventbus/outbound/senders.hpp"

#include <gtest/gtest.h>

#include <set>

namespace eventbus {
namespace {

using Verdict = AttemptResult::Verdict;

constexpr WallTime kNow{Millis{1'795'191'480'000}};

http::Headers retry_after(std::string value) {
    http::Headers headers;
    headers.add("Retry-After", std::move(value));
    return headers;
}

TEST(HttpVerdict, JudgesEveryStatus) {
    const std::set<unsigned> retriable_4xx = {408, 409, 425, 429};
    for (unsigned status = 100; status <= 599; ++status) {
        const auto result = result_of_status(status, {}, kNow);
        const Verdict expected = status / 100 == 2 ? Verdict::delivered
                                 : status / 100 == 5 || retriable_4xx.contains(status)
                                     ? Verdict::retriable
                                     : Verdict::permanent;
        EXPECT_EQ(result.verdict, expected) << status;
        EXPECT_EQ(result.http_status, status);
        EXPECT_EQ(result.code.empty(), status / 100 == 2) << status;
    }
}

TEST(HttpVerdict, NamesTheServicesErrorCodes) {
    const std::pair<unsigned, const char*> codes[] = {
        {302, "ERROR_FROM_TARGET"},
        {400, "ERROR_FROM_TARGET"},
        {401, "NO_PERMISSIONS"},
        {403, "NO_PERMISSIONS"},
        {404, "NO_RESOURCE"},
        {410, "NO_RESOURCE"},
        {408, "TIMEOUT"},
        {429, "THROTTLING"},
        {500, "ERROR_FROM_TARGET"},
        {504, "TIMEOUT"},
    };
    for (const auto& [status, code] : codes) {
        EXPECT_EQ(result_of_status(status, {}, kNow).code, code) << status;
    }
}

TEST(HttpVerdict, ShowsWhereARedirectWantedToLead) {
    http::Headers headers;
    headers.add("Location", "http://169.254.169.254/");
    const auto result = result_of_status(307, headers, kNow);
    EXPECT_EQ(result.verdict, Verdict::permanent);
    EXPECT_NE(result.message.find("http://169.254.169.254/"), std::string::npos);
}

TEST(HttpVerdict, ShowsNothingOfARedirectThatCouldControlWhoReadsIt) {
    http::Headers headers;
    headers.add("Location", "http://x/\x1b[2J\xff\xe2\x80\xae" + std::string(1000, 'y'));
    const auto message = result_of_status(302, headers, kNow).message;
    EXPECT_NE(message.find("http://x/\\u001b[2J\\xff\\u202eyyy"), std::string::npos) << message;
    EXPECT_NE(message.find("yyy...)"), std::string::npos) << message;
    EXPECT_LT(message.size(), 700U);
    for (const char c : message) {
        EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
    }
}

TEST(HttpVerdict, ReadsRetryAfterAsSecondsOrDate) {
    const auto value_of = [](std::string text) {
        return result_of_status(503, retry_after(text), kNow).retry_after;
    };
    EXPECT_EQ(value_of("0"), Millis{0});
    EXPECT_EQ(value_of("120"), Millis{120'000});
    EXPECT_EQ(value_of("-1"), Millis{-1'000});
    EXPECT_GE(value_of("999999999999999999999999").value(), std::chrono::hours{24 * 365});
    EXPECT_EQ(value_of(format_time_http(kNow + std::chrono::seconds{30})), Millis{30'000});
    EXPECT_EQ(value_of(format_time_http(kNow - std::chrono::seconds{30})), Millis{0});
    for (const char* garbage :
         {"", "NaN", "1.5", "1e3", "+1", "-", "Wed, 32 Foo", "soon", "10 s"}) {
        EXPECT_EQ(value_of(garbage), std::nullopt) << garbage;
    }
    auto two = retry_after("1");
    two.add("retry-after", "2");
    EXPECT_EQ(result_of_status(503, two, kNow).retry_after, std::nullopt);
    EXPECT_EQ(result_of_status(404, retry_after("5"), kNow).retry_after, std::nullopt);
}

TEST(HttpVerdict, RetriesNetworkTroubleAndGivesUpOnWhatMustNotBeSent) {
    const auto verdict_of = [](const char* code) {
        return result_of_error(Error(Errc::io_error, "x", {}, code), 9).verdict;
    };
    for (const char* code :
         {"DNS_FAILURE", "CONNECTION_FAILURE", "TLS_FAILURE", "TIMEOUT", "BAD_RESPONSE", ""}) {
        EXPECT_EQ(verdict_of(code), Verdict::retriable) << code;
    }
    for (const char* code : {"INVALID_PARAMETER", "BLOCKED_ADDRESS"}) {
        EXPECT_EQ(verdict_of(code), Verdict::permanent) << code;
    }
}

TEST(HttpVerdict, GivesACertificateOfAnotherNameThreeTries) {
    const Error wrong_name(Errc::refused, "x", {}, "TLS_FAILURE");
    EXPECT_EQ(result_of_error(wrong_name, 1).verdict, Verdict::retriable);
    EXPECT_EQ(result_of_error(wrong_name, 2).verdict, Verdict::retriable);
    EXPECT_EQ(result_of_error(wrong_name, 3).verdict, Verdict::permanent);
    const Error expired(Errc::unavailable, "x", {}, "TLS_FAILURE");
    EXPECT_EQ(result_of_error(expired, 3).verdict, Verdict::retriable);
}

}  // namespace
}  // namespace eventbus
