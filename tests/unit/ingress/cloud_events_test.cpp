#include "api_fixture.hpp"

namespace eventbus::test {
namespace {

using Json = nlohmann::ordered_json;

class CloudEvents : public ApiTest {
protected:
    static constexpr const char* kStructured = "application/cloudevents+json";
    static constexpr const char* kBatched = "application/cloudevents-batch+json";

    Answer binary(
        std::vector<std::pair<std::string, std::string>> attributes,
        std::string type,
        std::string body,
        std::string target = "/cloudevents") {
        http::Request request;
        request.method = "POST";
        request.target = std::move(target);
        for (auto& [name, value] : attributes) {
            request.headers.add(std::move(name), std::move(value));
        }
        if (!type.empty()) {
            request.headers.add("Content-Type", std::move(type));
        }
        request.body = std::move(body);
        return exchange(std::move(request));
    }

    static std::vector<std::pair<std::string, std::string>> required() {
        return {{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
    }

    // The members of the caught envelope that come from the CloudEvent.
    std::string caught_parts() {
        const Json envelope = Json::parse(caught_envelope());
        return envelope["source"].get<std::string>() + " " +
               envelope["detail-type"].get<std::string>() + " " +
               envelope["time"].get<std::string>() + " " + envelope["resources"].dump() + " " +
               envelope["detail"].dump();
    }
};

TEST_F(CloudEvents, ComeInStructuredMode) {
    catch_all("default");
    const Answer answer = post(
        "/cloudevents",
        R"({"specversion":"1.0","type":"com.example.made","source":"/shop/1","id":"a","time":"2018-04-05T03:56:24Z",
            "subject":"order/7","datacontenttype":"application/json","data": {"n": 1.10 , "big":12345678901234567890123},
            "myext":"x","count":7,"flag":true,"gone":null})",
        "application/cloudevents+json; charset=utf-8");
    ASSERT_EQ(answer.status, 200u) << answer.text;
    EXPECT_EQ(answer.json["FailedEntryCount"], 0);
    const auto envelope = caught_envelope();
    EXPECT_NE(
        envelope.find(
            R"("detail-type":"com.example.made","source":"/shop/1","account":"000000000000","time":"2018-04-05T03:56:24Z",)"
            R"("region":"us-east-1","resources":["order/7"],"detail":{"n": 1.10 , "big":12345678901234567890123}})"),
        std::string::npos)
        << envelope;
}

TEST_F(CloudEvents, ComeInBinaryMode) {
    catch_all("default");
    auto attributes = required();
    attributes.emplace_back("CE-Time", "2018-04-05T03:56:24Z");
    attributes.emplace_back("ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80 100%");
    const Answer answer =
        binary(attributes, "application/json; charset=utf-8", " {\"message\": \"Hello\"}\r\n");
    ASSERT_EQ(answer.status, 200u) << answer.text;
    EXPECT_EQ(
        caught_parts(),
        "/s t 2018-04-05T03:56:24Z [\"Euro € 😀 100%\"] {\"message\":\"Hello\"}");
}

TEST_F(CloudEvents, ComeInBatches) {
    catch_all("default");
    const std::string one = R"({"specversion":"1.0","type":"t","source":"/s","id":"1"})";
    EXPECT_EQ(post("/cloudevents", "[" + one + ", " + one + "]", kBatched).status, 200u);
    EXPECT_EQ(caught("default").size(), 2u);
    const Answer empty = post("/cloudevents", "[]", kBatched);
    EXPECT_EQ(empty.status, 200u);
    EXPECT_EQ(empty.text, R"({"FailedEntryCount":0,"Entries":[]})");
}

TEST_F(CloudEvents, AreAcceptedTogetherOrNotAtAll) {
    catch_all("default");
    const std::string good = R"({"specversion":"1.0","type":"t","source":"/s","id":"1"})";

    struct Row {
        std::string bad;
        const char* pointer;
    };

    for (const Row& row : {
             Row{R"({"specversion":"1.0","type":"t","source":"/s"})", "/1/id"},
             Row{R"({"specversion":"1.0","type":"t","source":"aws.s3","id":"1"})", "/1"},
             Row{"7", "/1"},
         }) {
        const Answer answer = post("/cloudevents", "[" + good + "," + row.bad + "]", kBatched);
        EXPECT_EQ(answer.status, 400u) << row.bad;
        EXPECT_EQ(answer.json["error"].value("pointer", ""), row.pointer) << answer.text;
    }
    EXPECT_EQ(
        post("/cloudevents", "[" + good + R"(,{"specversion":"1.0","data":1e400}])", kBatched)
            .status,
        400u);
    std::string eleven = "[" + good;
    for (int i = 0; i < 10; ++i) {
        eleven += "," + good;
    }
    EXPECT_EQ(post("/cloudevents", eleven + "]", kBatched).status, 400u);
    EXPECT_TRUE(caught("default").empty());
}

TEST_F(CloudEvents, KeepDataThatIsNoObject) {
    catch_all("default");

    struct Row {
        const char* type;
        std::string body;
        const char* detail;
    };

    for (const Row& row : {
             Row{"application/json", "[1, 2.50]", R"({"data":[1,2.5]})"},
             Row{"application/vnd.x+json", "\"text\"", R"({"data":"text"})"},
             Row{"application/json", "null", R"({"data":null})"},
             Row{"application/json", "", "{}"},
             Row{"", "", "{}"},
             Row{"text/plain", "a \"b\"\n", R"({"data":"a \"b\"\n"})"},
             Row{"text/plain", "\xff\x01", R"({"data_base64":"/wE="})"},
             Row{"text/plain; charset=latin-1", "x", R"({"data_base64":"eA=="})"},
             Row{"application/xml", "<a/>", R"({"data_base64":"PGEvPg=="})"},
             Row{"", "abc", R"({"data_base64":"YWJj"})"},
         }) {
        const Answer answer = binary(required(), row.type, row.body);
        ASSERT_EQ(answer.status, 200u) << row.type << answer.text;
        EXPECT_EQ(Json::parse(caught_envelope())["detail"].dump(), row.detail) << row.type;
    }
    const std::string start = R"({"specversion":"1.0","type":"t","source":"/s","id":"1",)";
    post("/cloudevents", start + R"("data_base64":"/wE="})", kStructured);
    EXPECT_EQ(Json::parse(caught_envelope())["detail"].dump(), R"({"data_base64":"/wE="})");
    post("/cloudevents", start + R"("data": "text" })", kStructured);
    EXPECT_EQ(Json::parse(caught_envelope())["detail"].dump(), R"({"data":"text"})");
}

TEST_F(CloudEvents, CanBeTheDetailAsAWhole) {
    catch_all("default");
    const std::string event =
        R"({"specversion":"1.0","id":"a","source":"/s","type":"t","ext":"x","data":{"n": 1.10}})";
    EXPECT_EQ(post("/cloudevents?detail=event", event, kStructured).status, 200u);
    EXPECT_NE(caught_envelope().find(R"("detail":)" + event + "}"), std::string::npos);
    auto attributes = required();
    attributes.emplace_back("ce-ext", "x%22");
    EXPECT_EQ(
        binary(attributes, "application/json", "{\"n\": 1.10}", "/cloudevents?detail=event").status,
        200u);
    EXPECT_NE(
        caught_envelope().find(
            R"("detail":{"ext":"x\"","id":"1","source":"/s","specversion":"1.0","type":"t",)"
            R"("datacontenttype":"application/json","data":{"n": 1.10}}})"),
        std::string::npos);
    EXPECT_EQ(post("/cloudevents?detail=all", event, kStructured).status, 400u);
    EXPECT_EQ(post("/cloudevents?buss=x", event, kStructured).status, 400u);
}

TEST_F(CloudEvents, GoToTheBusOfTheQuery) {
    must("CreateEventBus", R"({"Name":"orders"})");
    catch_all("orders");
    EXPECT_EQ(binary(required(), "", "", "/cloudevents?bus=orders").status, 200u);
    EXPECT_EQ(caught("orders").size(), 1u);
}

struct BadEvent {
    std::string body;
    const char* pointer;
};

TEST_F(CloudEvents, AreRefusedWithThePlaceOfTheMistake) {
    const std::string start = R"({"specversion":"1.0","type":"t","source":"/s","id":"1")";
    for (const BadEvent& row : {
             BadEvent{R"({"specversion":"1.0","type":"t","source":"/s"})", "/id"},
             BadEvent{R"({"specversion":"1.0","type":"t","source":"/s","id":""})", "/id"},
             BadEvent{R"({"specversion":"1.0","type":"t","id":"1"})", "/source"},
             BadEvent{R"({"specversion":"1.0","source":"/s","id":"1"})", "/type"},
             BadEvent{R"({"type":"t","source":"/s","id":"1"})", "/specversion"},
             BadEvent{R"({"specversion":"0.3","type":"t","source":"/s","id":"1"})", "/specversion"},
             BadEvent{R"({"specversion":1.0,"type":"t","source":"/s","id":"1"})", "/specversion"},
             BadEvent{R"({"specversion":"1.0","type":"t","source":"/s","id":7})", "/id"},
             BadEvent{start + R"(,"time":"yesterday"})", "/time"},
             BadEvent{start + R"(,"time":7})", "/time"},
             BadEvent{start + R"(,"subject":""})", "/subject"},
             BadEvent{start + R"(,"Upper":"x"})", "/Upper"},
             BadEvent{start + R"(,"with_line":"x"})", "/with_line"},
             BadEvent{start + R"(,"ext":{}})", "/ext"},
             BadEvent{start + R"(,"ext":[]})", "/ext"},
             BadEvent{start + R"(,"ext":1.5})", "/ext"},
             BadEvent{start + R"(,"id":"2"})", "/id"},
             BadEvent{start + R"(,"data_base64":"?"})", "/data_base64"},
             BadEvent{start + R"(,"data_base64":7})", "/data_base64"},
             BadEvent{start + R"(,"data":1,"data_base64":"/wE="})", "/data_base64"},
             BadEvent{"[]", ""},
             BadEvent{"7", ""},
             BadEvent{"", ""},
             BadEvent{"{", ""},
             BadEvent{start + ",\"x\":\"\xff\"}", ""},
         }) {
        const Answer answer = post("/cloudevents", row.body, kStructured);
        EXPECT_EQ(answer.status, 400u) << row.body << answer.text;
        if (*row.pointer != '\0') {
            EXPECT_EQ(answer.json["error"].value("pointer", ""), row.pointer) << row.body;
        }
    }
    EXPECT_EQ(post("/cloudevents", "{}", kBatched).status, 400u);
    EXPECT_EQ(
        post("/cloudevents", start + "}", "application/cloudevents+json; charset=latin-1").status,
        400u);
}

TEST_F(CloudEvents, InBinaryModeAreRefusedForBadHeaders) {
    struct Row {
        const char* name;
        const char* value;
    };

    for (const Row& row : {
             Row{"ce-id", "again"},
             Row{"ce-ext_a", "x"},
             Row{"ce-", "x"},
             Row{"ce-data", "x"},
             Row{"ce-datacontenttype", "text/plain"},
             Row{"ce-ext", "%ff"},
             Row{"ce-time", "yesterday"},
         }) {
        auto attributes = required();
        attributes.emplace_back(row.name, row.value);
        EXPECT_EQ(binary(attributes, "application/json", "{}").status, 400u) << row.name;
    }
    const Answer plain = post("/cloudevents", R"({"source":"s"})");
    EXPECT_EQ(plain.status, 400u);
    EXPECT_NE(plain.error().find("ce-specversion"), std::string::npos) << plain.text;
    EXPECT_EQ(binary(required(), "application/json", "{\"a\":}").status, 400u);
    EXPECT_EQ(binary(required(), "nonsense", "{}").status, 400u);
}

}  // namespace
}  // namespace eventbus::test
