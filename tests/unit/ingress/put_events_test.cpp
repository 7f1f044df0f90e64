#include "api_fixture.hpp"

#include <algorithm>

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out.append(text);
    }
    return out;
}

// One entry with the members that a test does not care for, and `more` of its own.
std::string entry(std::string_view more = "") {
    std::string text = R"({"Source":"s","DetailType":"t","Detail":"{}")";
    if (!more.empty()) {
        text.append(",").append(more);
    }
    return text.append("}");
}

std::string entries(std::string_view list) {
    return std::string(R"({"Entries":[)").append(list).append("]}");
}

using PutEvents = ApiTest;

TEST_F(PutEvents, AnEntryBecomesAnEnvelopeInTheOrderOfTheService) {
    catch_all("default");
    const Json answer = must(
        "PutEvents",
        entries(
            R"({"Time":1736351224.75,"Source":"my.app","DetailType":"Made","Detail":"{ \"n\": 1.10,\"big\":12345678901234567890}","Resources":["r1"],"TraceHeader":"Root=1"})"));
    ASSERT_EQ(answer["FailedEntryCount"], 0) << answer;
    ASSERT_EQ(answer["Entries"].size(), 1u);
    const std::string id = answer["Entries"][0]["EventId"];
    EXPECT_EQ(id.size(), 36u);
    EXPECT_EQ(
        caught_envelope(),
        R"({"version":"0","id":")" + id +
            R"(","detail-type":"Made","source":"my.app","account":"000000000000","time":"2025-01-08T15:47:04Z","region":"us-east-1","resources":["r1"],"detail":{ "n": 1.10,"big":12345678901234567890}})");
}

TEST_F(PutEvents, AnAnswerHasOneResultPerEntryInOrder) {
    const Json answer =
        must("PutEvents", entries(entry() + R"(,{"DetailType":"t","Detail":"{}"},)" + entry()));
    EXPECT_EQ(answer["FailedEntryCount"], 1);
    ASSERT_EQ(answer["Entries"].size(), 3u);
    EXPECT_TRUE(answer["Entries"][0].contains("EventId"));
    EXPECT_EQ(
        answer["Entries"][1].dump(),
        R"({"ErrorCode":"InvalidArgument","ErrorMessage":"Parameter Source is not valid. Reason: Source is a required argument."})");
    EXPECT_TRUE(answer["Entries"][2].contains("EventId"));
}

TEST_F(PutEvents, ABusOfTheCallersRegionIsMeant) {
    catch_all("default");
    must("PutEvents", entries(entry()));
    const Answer elsewhere = call_as("AKID/20261120/eu-west-1", "PutEvents", entries(entry()));
    EXPECT_EQ(elsewhere.json["FailedEntryCount"], 0) << elsewhere.text;
    EXPECT_EQ(caught("default").size(), 1u);
}

TEST_F(PutEvents, AForwardedEventKeepsItsIdentity) {
    catch_all("default");
    must(
        "PutEvents",
        entries(entry(
            R"("EventbusdForwarding":{"Id":"0e5f5b0c-93ce-4b1c-8d7c-4a1a1d0c8a55","Account":"222222222222","Region":"eu-west-1","VisitedBuses":["arn:aws:events:eu-west-1:222222222222:event-bus/x"]})")));
    const std::vector<Delivery> deliveries = caught("default");
    ASSERT_EQ(deliveries.size(), 1u);
    const Event& event = *deliveries[0].event;
    EXPECT_EQ(event.id, "0e5f5b0c-93ce-4b1c-8d7c-4a1a1d0c8a55");
    const Json envelope = Json::parse(event.envelope);
    EXPECT_EQ(envelope["account"], "222222222222");
    EXPECT_EQ(envelope["region"], "eu-west-1");
    const std::vector<std::string> visited{
        "arn:aws:events:eu-west-1:222222222222:event-bus/x",
        "arn:aws:events:us-east-1:000000000000:event-bus/default"};
    EXPECT_EQ(event.visited_buses, visited);
}

// A body that is not accepted as a whole, or whose one entry is not.
struct BadBody {
    const char* name;
    std::string body;
    const char* error;  // the code, for the request or for its first entry
    const char* message = nullptr;
};

void PrintTo(const BadBody& bad, std::ostream* out) {
    *out << bad.body.substr(0, 200);
}

class BadBodies : public ApiTest, public testing::WithParamInterface<BadBody> {};

std::string code_of(const Answer& answer) {
    if (answer.status != 200) {
        return answer.json.value("__type", "?");
    }
    return answer.json["Entries"][0].value("ErrorCode", "accepted");
}

TEST_P(BadBodies, AreRefusedAndNothingIsStored) {
    const BadBody& bad = GetParam();
    catch_all("default");
    const Answer answer = call("PutEvents", bad.body);
    EXPECT_EQ(code_of(answer), bad.error) << answer.text.substr(0, 500);
    if (bad.message != nullptr) {
        EXPECT_NE(answer.text.find(bad.message), std::string::npos) << answer.text.substr(0, 500);
    }
    EXPECT_TRUE(caught("default").empty());
    EXPECT_EQ(call("PutEvents", entries(entry())).json["FailedEntryCount"], 0);
}

constexpr const char* kSerialization = "SerializationException";
constexpr const char* kValidation = "ValidationException";

const BadBody kWrongShapes[] = {
    {"empty", "", kSerialization},
    {"blank", " \n", kSerialization},
    {"null", "null", kSerialization},
    {"list", "[]", kSerialization},
    {"text", "\"x\"", kSerialization},
    {"number", "1", kSerialization},
    {"no_entries",
     "{}",
     kValidation,
     "at 'entries' failed to satisfy constraint: Member must not be null"},
    {"null_entries", R"({"Entries":null})", kValidation, "Member must not be null"},
    {"zero_entries",
     R"({"Entries":[]})",
     kValidation,
     "Member must have length greater than or equal to 1"},
    {"eleven_entries",
     entries(repeated(entry() + ",", 10) + entry()),
     kValidation,
     "at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"},
    {"object_for_entries", R"({"Entries":{}})", kSerialization},
    {"text_for_entries", R"({"Entries":"x"})", kSerialization},
    {"null_entry", entries("null"), kSerialization, "/Entries/0 must be an object"},
    {"number_entry", entries("1"), kSerialization},
    {"two_lists", R"({"Entries":[],"Entries":[]})", kSerialization, "/Entries is given twice"},
    {"member_twice",
     entries(entry(R"("Source":"x")")),
     kSerialization,
     "/Entries/0/Source is given twice"},
    {"object_for_detail",
     entries(R"({"Source":"s","DetailType":"t","Detail":{}})"),
     kSerialization,
     "/Entries/0/Detail must be a string"},
    {"number_for_source",
     entries(R"({"Source":1,"DetailType":"t","Detail":"{}"})"),
     kSerialization},
    {"text_for_resources", entries(entry(R"("Resources":"r")")), kSerialization},
    {"null_resource", entries(entry(R"("Resources":[null])")), kSerialization},
    {"xml", "<a/>", kSerialization},
    {"form", "a=b&c=d", kSerialization},
    {"comment", "{/**/}", kSerialization},
    {"single_quotes", "{'Entries':[]}", kSerialization},
    {"trailing_comma", R"({"Entries":[],})", kSerialization},
    {"more_behind_it", entries(entry()) + "{}", kSerialization},
    {"deep_lists",
     R"({"a":)" + repeated("[", 100'000) + repeated("]", 100'000) + "}",
     kSerialization},
    {"deep_objects", repeated(R"({"a":)", 200'000), kSerialization},
    {"bad_byte", entries(entry("\"x\":\"\xff\"")), kSerialization},
    {"overlong_byte", entries(entry("\"x\":\"\xc0\xaf\"")), kSerialization},
    {"surrogate_bytes", entries(entry("\"x\":\"\xed\xa0\x80\"")), kSerialization},
    {"cut_character", "{\"a\":\"\xe2\x82", kSerialization},
    {"lone_escape",
     entries(R"({"Source":"\ud800","DetailType":"t","Detail":"{}"})"),
     kSerialization},
    {"swapped_escapes",
     entries(R"({"Source":"\udc00\ud800","DetailType":"t","Detail":"{}"})"),
     kSerialization},
};

const BadBody kWrongValues[] = {
    {"endpoint",
     R"({"EndpointId":"abc.def","Entries":[)" + entry() + "]}",
     kValidation,
     "EndpointId"},
    {"bus_with_a_newline",
     entries(entry(R"("EventBusName":"a\nb")")),
     kValidation,
     "at 'entries.1.member.eventBusName' failed to satisfy constraint: Member must satisfy "
     "regular"},
    {"bus_like_a_path",
     entries(entry(R"("EventBusName":"../x")")),
     kValidation,
     "Value '../x' at 'entries.1.member.eventBusName'"},
    {"empty_bus",
     entries(entry(R"("EventBusName":"")")),
     kValidation,
     "Member must have length greater than or equal to 1"},
    {"bus_of_a_made_up_region",
     entries(entry(R"("EventBusName":"arn:aws:events:local:000000000000:event-bus/default")")),
     kValidation},
    {"long_bus",
     entries(entry(R"("EventBusName":")" + repeated("b", 1601) + "\"")),
     kValidation,
     "Member must have length less than or equal to 1600"},
    {"long_resource",
     entries(entry(R"("Resources":[")" + repeated("r", 2049) + "\"]")),
     kValidation,
     "at 'entries.1.member.resources.1.member'"},
    {"long_trace_header",
     entries(entry(R"("TraceHeader":")" + repeated("r", 501) + "\"")),
     kValidation},
    {"two_of_them",
     entries(entry(R"("EventBusName":"a b")") + "," + entry(R"("EventBusName":"b c")")),
     kValidation,
     "2 validation errors detected"},
    {"time_in_words", entries(entry(R"("Time":"abc")")), kSerialization},
    {"time_before_1970", entries(entry(R"("Time":-1)")), kSerialization},
    {"time_beyond_9999", entries(entry(R"("Time":1e18)")), kSerialization},
    {"time_that_is_no_date", entries(entry(R"("Time":"2026-02-30T00:00:00Z")")), kSerialization},
    {"leap_second", entries(entry(R"("Time":"2016-12-31T23:59:60Z")")), kSerialization},
    {"null_time", entries(entry(R"("Time":null)")), kSerialization},
    {"list_as_time", entries(entry(R"("Time":[])")), kSerialization},
    {"forwarded_without_an_account",
     entries(entry(R"("EventbusdForwarding":{"Id":"0e5f5b0c-93ce-4b1c-8d7c-4a1a1d0c8a55"})")),
     kValidation},
    {"forwarded_with_an_invented_id",
     entries(entry(
         R"("EventbusdForwarding":{"Id":"x","Account":"222222222222","Region":"eu-west-1","VisitedBuses":[]})")),
     kValidation},
    {"forwarded_as_a_text", entries(entry(R"("EventbusdForwarding":"x")")), kValidation},
    {"forwarded_from_nowhere",
     entries(entry(
         R"("EventbusdForwarding":{"Id":"0e5f5b0c-93ce-4b1c-8d7c-4a1a1d0c8a55","Account":"222222222222","Region":"eu-west-1","VisitedBuses":["x"]})")),
     kValidation},
    {"over_the_size",
     entries(
         R"({"Source":"s","DetailType":"t","Detail":"{\"a\":\")" + repeated("x", 1024 * 1024) +
         R"(\"}"})"),
     kValidation,
     "Total size of the entries in the request is over the limit."},
};

const BadBody kWrongEntries[] = {
    {"no_source", entries(R"({"DetailType":"t","Detail":"{}"})"), "InvalidArgument"},
    {"null_source",
     entries(R"({"Source":null,"DetailType":"t","Detail":"{}"})"),
     "InvalidArgument"},
    {"empty_source", entries(R"({"Source":"","DetailType":"t","Detail":"{}"})"), "InvalidArgument"},
    {"empty_detail_type",
     entries(R"({"Source":"s","DetailType":"","Detail":"{}"})"),
     "InvalidArgument"},
    {"no_detail", entries(R"({"Source":"s","DetailType":"t"})"), "InvalidArgument"},
    {"source_of_aws",
     entries(R"({"Source":"aws.ec2","DetailType":"t","Detail":"{}"})"),
     "NotAuthorizedForSourceException"},
    {"detail_is_no_json",
     entries(R"({"Source":"s","DetailType":"t","Detail":"not json"})"),
     "MalformedDetail"},
    {"detail_is_a_list",
     entries(R"({"Source":"s","DetailType":"t","Detail":"[1]"})"),
     "MalformedDetail"},
    {"detail_is_a_number",
     entries(R"({"Source":"s","DetailType":"t","Detail":"1"})"),
     "MalformedDetail"},
    {"detail_is_open",
     entries(R"({"Source":"s","DetailType":"t","Detail":"{"})"),
     "MalformedDetail"},
    {"deep_detail",
     entries(
         R"({"Source":"s","DetailType":"t","Detail":")" + repeated("[", 100'000) +
         repeated("]", 100'000) + "\"}"),
     "MalformedDetail"},
    {"lone_escape_in_detail",
     entries(R"({"Source":"s","DetailType":"t","Detail":"{\"a\":\"\\ud800\"}"})"),
     "MalformedDetail"},
    {"nul_in_source",
     entries(R"({"Source":"a\u0000b","DetailType":"t","Detail":"{}"})"),
     "InvalidArgument"},
};

std::string name_of(const testing::TestParamInfo<BadBody>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Shapes, BadBodies, testing::ValuesIn(kWrongShapes), name_of);
INSTANTIATE_TEST_SUITE_P(Values, BadBodies, testing::ValuesIn(kWrongValues), name_of);
INSTANTIATE_TEST_SUITE_P(Entries, BadBodies, testing::ValuesIn(kWrongEntries), name_of);

TEST_F(PutEvents, WhatIsOddButGoodIsAccepted) {
    const std::pair<const char*, std::string> rows[] = {
        {"unknown members", R"({"New":1,"Entries":[)" + entry(R"("Newer":{"a":[1]})") + "]}"},
        {"null members",
         entries(entry(R"("Resources":null,"EventBusName":null,"TraceHeader":null)"))},
        {"no endpoint", R"({"EndpointId":null,"Entries":[)" + entry() + "]}"},
        {"integer time", entries(entry(R"("Time":1736351224)"))},
        {"exponent time", entries(entry(R"("Time":1.736351224123E9)"))},
        {"text time", entries(entry(R"("Time":"2026-01-08T15:47:04.5+01:00")"))},
        {"old", entries(entry(R"("Time":0)"))},
        {"far", entries(entry(R"("Time":253402300799)"))},
        {"unknown bus", entries(entry(R"("EventBusName":"no")"))},
        {"bus elsewhere",
         entries(entry(R"("EventBusName":"arn:aws:events:eu-west-1:111111111111:event-bus/b")"))},
        {"ten", entries(repeated(entry() + ",", 9) + entry())},
        {"repeated key in detail",
         entries(R"({"Source":"s","DetailType":"t","Detail":"{\"a\":1,\"a\":2}"})")},
    };
    for (const auto& [name, body] : rows) {
        const Answer answer = call("PutEvents", body);
        EXPECT_EQ(answer.status, 200u) << name << answer.text;
        EXPECT_EQ(answer.json["FailedEntryCount"], 0) << name << answer.text;
    }
}

}  // namespace
}  // namespace eventbus::test
