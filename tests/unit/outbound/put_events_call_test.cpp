#include "put_events_call.hpp"

#include "events.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

using Verdict = AttemptResult::Verdict;

constexpr std::string_view kBus = "arn:aws:events:us-east-1:111111111111:event-bus/central";
constexpr WallTime kNow{Millis{1'795'191'480'000}};

std::string body_of(const std::shared_ptr<Event>& event, bool keeps_identity) {
    const std::vector<EventPtr> events = {event};
    PutEventsTarget target;
    target.bus_arn = kBus;
    target.keeps_identity = keeps_identity;
    return put_events_body(target, events);
}

TEST(PutEventsCall, CarriesTheEventAsItStands) {
    auto event = test::make_event(R"({"big": 12345678901234567890123, "s":"\u00e9"})");
    event->trace_header = "Root=1-abc";
    EXPECT_EQ(
        body_of(event, false),
        R"({"Entries":[{"Time":1795191480,"Source":"shop","DetailType":"order.created",)"
        R"("Detail":"{\"big\": 12345678901234567890123, \"s\":\"\\u00e9\"}","Resources":["arn:aws:s3:::bucket"],)"
        R"("EventBusName":"arn:aws:events:us-east-1:111111111111:event-bus/central","TraceHeader":"Root=1-abc"}]})");
}

TEST(PutEventsCall, CarriesTheIdentityToDaemonsOfOurs) {
    auto event = test::make_event("{}");
    event->visited_buses = {"bus-a", "bus-b"};
    const auto body = nlohmann::json::parse(body_of(event, true));
    const nlohmann::json expected = {
        {"Id", event->id},
        {"Account", "000000000000"},
        {"Region", "us-east-1"},
        {"VisitedBuses", {"bus-a", "bus-b"}}};
    EXPECT_EQ(body["Entries"][0]["EventbusdForwarding"], expected);
    EXPECT_FALSE(
        nlohmann::json::parse(body_of(event, false))["Entries"][0].contains("EventbusdForwarding"));
}

TEST(PutEventsCall, TakesTenEntriesOrOneMebibyte) {
    std::vector<EventPtr> events(25, test::make_event("{}"));
    EXPECT_EQ(put_events_batch(events), 10U);
    EXPECT_EQ(put_events_batch(std::span(events).first(3)), 3U);
    EXPECT_EQ(put_events_batch({}), 0U);
    events.assign(5, test::make_event("{\"x\":\"" + std::string(400 * 1024, 'x') + "\"}"));
    EXPECT_EQ(put_events_batch(events), 2U);
    events.assign(5, test::make_event("{\"x\":\"" + std::string(2 * 1024 * 1024, 'x') + "\"}"));
    EXPECT_EQ(put_events_batch(events), 1U);
}

http::ClientResponse answer(unsigned status, std::string body) {
    http::ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

TEST(PutEventsCall, JudgesEachEntryByItsCode) {
    struct Case {
        const char* entry;
        Verdict verdict;
        const char* code;
    };

    const Case cases[] = {
        {R"({"EventId":"x"})", Verdict::delivered, ""},
        {R"({"ErrorCode":"ThrottlingException","ErrorMessage":"slow"})",
         Verdict::retriable,
         "THROTTLING"},
        {R"({"ErrorCode":"InternalFailure"})", Verdict::retriable, "ERROR_FROM_TARGET"},
        {R"({"ErrorCode":"InternalException"})", Verdict::retriable, "ERROR_FROM_TARGET"},
        {R"({"ErrorCode":"ServiceUnavailableException"})", Verdict::retriable, "ERROR_FROM_TARGET"},
        {R"({"ErrorCode":"LOOP_DETECTED","ErrorMessage":"again"})",
         Verdict::permanent,
         "LOOP_DETECTED"},
        {R"({"ErrorCode":"THIRD_ACCOUNT_HOP_DETECTED"})",
         Verdict::permanent,
         "THIRD_ACCOUNT_HOP_DETECTED"},
        {R"({"ErrorCode":"MalformedDetail"})", Verdict::permanent, "ERROR_FROM_TARGET"},
        {R"({"ErrorCode":"InvalidArgument"})", Verdict::permanent, "ERROR_FROM_TARGET"},
        {R"({"ErrorCode":"NotAuthorizedForSourceException"})",
         Verdict::permanent,
         "NO_PERMISSIONS"},
        {R"({"ErrorCode":"AccessDeniedException"})", Verdict::permanent, "NO_PERMISSIONS"},
        {R"({})", Verdict::retriable, "BAD_RESPONSE"},
        {R"(1)", Verdict::retriable, "BAD_RESPONSE"},
        {R"({"EventId":7})", Verdict::retriable, "BAD_RESPONSE"},
    };
    std::string body = R"({"FailedEntryCount":1,"Entries":[)";
    for (const auto& c : cases) {
        body += (&c == cases ? "" : ",") + std::string(c.entry);
    }
    const auto verdict = read_put_events_answer(answer(200, body + "]}"), std::size(cases), kNow);
    ASSERT_EQ(verdict.results.size(), std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(verdict.results[i].verdict, cases[i].verdict) << cases[i].entry;
        EXPECT_EQ(verdict.results[i].code, cases[i].code) << cases[i].entry;
    }
}

TEST(PutEventsCall, JudgesARefusedCallByItsErrorAndStatus) {
    struct Case {
        unsigned status;
        const char* body;
        Verdict verdict;
        const char* code;
        bool splits;
    };

    const Case cases[] = {
        {400,
         R"({"__type":"ThrottlingException","message":"Rate exceeded"})",
         Verdict::retriable,
         "THROTTLING",
         false},
        {400,
         R"({"__type":"ValidationException","message":"too big"})",
         Verdict::permanent,
         "ERROR_FROM_TARGET",
         true},
        {400,
         R"({"__type":"com.amazon#AccessDeniedException","Message":"no"})",
         Verdict::permanent,
         "NO_PERMISSIONS",
         true},
        {403,
         R"({"__type":"UnrecognizedClientException"})",
         Verdict::permanent,
         "NO_PERMISSIONS",
         true},
        {403,
         R"({"__type":"InvalidSignatureException"})",
         Verdict::permanent,
         "NO_PERMISSIONS",
         true},
        {500, R"({"__type":"InternalException"})", Verdict::retriable, "ERROR_FROM_TARGET", false},
        {503,
         R"({"__type":"ValidationException"})",
         Verdict::retriable,
         "ERROR_FROM_TARGET",
         false},
        {503, "<html>", Verdict::retriable, "ERROR_FROM_TARGET", false},
        {429, "", Verdict::retriable, "THROTTLING", false},
        {404, "[]", Verdict::permanent, "NO_RESOURCE", true},
        {301, "", Verdict::permanent, "ERROR_FROM_TARGET", true},
    };
    for (const auto& c : cases) {
        const auto verdict = read_put_events_answer(answer(c.status, c.body), 2, kNow);
        ASSERT_EQ(verdict.results.size(), 2U);
        EXPECT_EQ(verdict.results[1].verdict, c.verdict) << c.status << c.body;
        EXPECT_EQ(verdict.results[1].code, c.code) << c.status << c.body;
        EXPECT_EQ(verdict.results[1].http_status, c.status);
        EXPECT_EQ(verdict.is_worth_splitting, c.splits) << c.status << c.body;
        EXPECT_FALSE(read_put_events_answer(answer(c.status, c.body), 1, kNow).is_worth_splitting);
    }
}

TEST(PutEventsCall, DoesNotTrustAnAnswerOfAnotherShape) {
    for (const char* body :
         {"",
          "{}",
          "[]",
          "null",
          R"({"Entries":{}})",
          R"({"Entries":[]})",
          R"({"Entries":[{"EventId":"a"},{"EventId":"b"},{"EventId":"c"}]})",
          "{\"Entries\":["}) {
        const auto verdict = read_put_events_answer(answer(200, body), 2, kNow);
        ASSERT_EQ(verdict.results.size(), 2U) << body;
        EXPECT_EQ(verdict.results[0].verdict, Verdict::retriable) << body;
        EXPECT_EQ(verdict.results[0].code, "BAD_RESPONSE") << body;
    }
}

}  // namespace
}  // namespace eventbus
