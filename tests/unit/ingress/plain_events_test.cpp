#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

using PlainEvents = ApiTest;

constexpr const char* kEvent = R"({"source":"s","detail-type":"t","detail":{}})";

TEST_F(PlainEvents, AnEventIsPostedInTheSpellingOfTheEnvelope) {
    catch_all("default");
    const Answer answer = post(
        "/events",
        R"( {"version":"0","id":"ignored","source":"my.app","detail-type":"Made","time":"2025-01-08T15:47:04Z",
             "resources":["r\u0031"],"detail": {"n": 1.10 , "big":12345678901234567890123, "s":"\u00e9", "o":{"a":[1, 2]} } } )");
    ASSERT_EQ(answer.status, 200u) << answer.text;
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/json");
    ASSERT_EQ(answer.json["FailedEntryCount"], 0) << answer.text;
    const std::string id = answer.json["Entries"][0]["EventId"];
    EXPECT_EQ(
        caught_envelope(),
        R"({"version":"0","id":")" + id +
            R"(","detail-type":"Made","source":"my.app","account":"000000000000","time":"2025-01-08T15:47:04Z","region":"us-east-1","resources":["r1"],"detail":{"n": 1.10 , "big":12345678901234567890123, "s":"\u00e9", "o":{"a":[1, 2]} }})");
}

TEST_F(PlainEvents, AListOfEventsOrAPutEventsBodyIsGoodToo) {
    catch_all("default");
    EXPECT_EQ(
        post("/events", std::string("[") + kEvent + "," + kEvent + "]").json["Entries"].size(),
        2u);
    EXPECT_EQ(
        post("/events", R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})")
            .json["Entries"]
            .size(),
        1u);
    EXPECT_EQ(caught("default").size(), 3u);
}

TEST_F(PlainEvents, TheQueryNamesTheBusOfEventsThatNameNone) {
    must("CreateEventBus", R"({"Name":"orders"})");
    must("CreateEventBus", R"({"Name":"other"})");
    catch_all("orders");
    catch_all("other");
    const std::string named =
        R"({"source":"s","detail-type":"t","detail":{},"event-bus-name":"other"})";
    EXPECT_EQ(
        post("/events?bus=orders", std::string("[") + kEvent + "," + named + "]").status,
        200u);
    EXPECT_EQ(caught("orders").size(), 1u);
    EXPECT_EQ(caught("other").size(), 1u);
    post("/events?bus=arn%3Aaws%3Aevents%3Aus-east-1%3A000000000000%3Aevent-bus%2Forders", kEvent);
    EXPECT_EQ(caught("orders").size(), 1u);
}

TEST_F(PlainEvents, WhatIsWrongIsNamedWithItsPlace) {
    struct Row {
        const char* target;
        std::string body;
        unsigned status;
        const char* pointer;
    };

    std::string eleven = "[";
    for (int i = 0; i < 10; ++i) {
        eleven.append(kEvent).append(",");
    }
    eleven.append(kEvent).append("]");
    const Row rows[] = {
        {"/events", "", 400, nullptr},
        {"/events", "{", 400, nullptr},
        {"/events", "1", 400, nullptr},
        {"/events", "[]", 400, nullptr},
        {"/events", "[1]", 400, "/0"},
        {"/events", eleven, 400, "/10"},
        {"/events", R"({"source":1})", 400, "/source"},
        {"/events", R"({"source":"s","source":"s"})", 400, "/source"},
        {"/events", R"({"detail":"{}"})", 400, "/detail"},
        {"/events", R"({"detail":[]})", 400, "/detail"},
        {"/events", R"([{},{"time":"tomorrow"}])", 400, "/1/time"},
        {"/events", R"({"resources":[1]})", 400, "/resources"},
        {"/events", R"({"detail":{"a":1,}})", 400, nullptr},
        {"/events", R"({"other":[1,,2]})", 400, nullptr},
        {"/events", R"({"big":123456789012345678901234567890,"detail":{"a":nul}})", 400, nullptr},
        {"/events", R"({"Entries":[{"Source":1}]})", 400, "/Entries/0/Source"},
        {"/events?bus=a%20b", kEvent, 400, "/event-bus-name"},
        {"/events?bus=a%20b", std::string("[") + kEvent + "]", 400, "/0/event-bus-name"},
        {"/events", R"({"Entries":[{"EventBusName":"a b"}]})", 400, "/Entries/0/EventBusName"},
        {"/events?bus=%zz", kEvent, 400, nullptr},
        {"/events?bus=a&bus=b", kEvent, 400, nullptr},
        {"/events?buss=a", kEvent, 400, nullptr},
    };
    for (const Row& row : rows) {
        const Answer answer = post(row.target, row.body);
        EXPECT_EQ(answer.status, row.status) << row.body;
        ASSERT_TRUE(answer.json.contains("error")) << row.body << answer.text;
        const Json& error = answer.json["error"];
        EXPECT_FALSE(error["message"].get<std::string>().empty()) << row.body;
        if (row.pointer != nullptr) {
            EXPECT_EQ(error.value("pointer", ""), row.pointer) << row.body;
        } else {
            EXPECT_FALSE(error.contains("pointer")) << row.body << answer.text;
        }
    }
}

TEST_F(PlainEvents, AnEntryThatFailsIsReportedLikePutEventsDoes) {
    const Answer answer = post("/events", R"([{"detail-type":"t","detail":{}}])");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.json["FailedEntryCount"], 1);
    EXPECT_EQ(answer.json["Entries"][0]["ErrorCode"], "InvalidArgument");
}

// A page in a browser may send these across origins without being asked.
TEST_F(PlainEvents, OnlyJsonIsTaken) {
    for (const char* type :
         {"",
          "text/plain",
          "application/x-www-form-urlencoded",
          "application/json; charset=utf-16"}) {
        EXPECT_EQ(post("/events", kEvent, type).status, 415u) << type;
        EXPECT_EQ(post("/dlq/redrive", "{}", type).status, 415u) << type;
    }
    EXPECT_EQ(post("/events", kEvent, "application/json;charset=UTF-8").status, 200u);
}

}  // namespace
}  // namespace eventbus::test
