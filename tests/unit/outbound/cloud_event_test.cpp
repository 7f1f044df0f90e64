#include "cloud_event.hpp"

#include "events.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

Target target(CloudEventsMode mode) {
    Target made = test::target_at("https://a.example/");
    made.cloud_events = mode;
    return made;
}

struct Call {
    std::string payload;
    http::Headers headers;
};

Call make(const Target& target, const Event& event, std::string payload = "unused") {
    Call call;
    call.payload = std::move(payload);
    make_cloud_event(target, event, call.payload, call.headers);
    return call;
}

std::shared_ptr<Event> event_with(std::string source, std::string detail_type, std::string detail) {
    EnvelopeFields fields;
    fields.id = "e-1";
    fields.source = source;
    fields.detail_type = detail_type;
    fields.account = "000000000000";
    fields.region = "us-east-1";
    fields.time = test::kEventTime;
    fields.detail = detail;
    auto event = std::make_shared<Event>();
    event->id = "e-1";
    event->envelope = write_envelope(fields);
    return event;
}

TEST(CloudEvent, IsOneJsonObjectInStructuredMode) {
    const auto event = test::make_event(R"({"a":1.10,"b":[]})");
    const auto call = make(target(CloudEventsMode::structured), *event);
    EXPECT_EQ(
        call.payload,
        R"({"specversion":"1.0","id":"11111111-2222-4333-8444-555555555555","source":"shop",)"
        R"("type":"order.created","time":"2026-11-20T16:18:00Z","subject":"arn:aws:s3:::bucket",)"
        R"("datacontenttype":"application/json","data":{"a":1.10,"b":[]}})");
    EXPECT_EQ(call.headers.get("Content-Type"), "application/cloudevents+json; charset=utf-8");
    EXPECT_FALSE(call.headers.contains("ce-id"));
}

TEST(CloudEvent, HasItsAttributesInHeadersInBinaryMode) {
    const auto event = test::make_event(R"({"a":1.10})");
    const auto call = make(target(CloudEventsMode::binary), *event);
    EXPECT_EQ(call.payload, R"({"a":1.10})");
    const http::Headers& headers = call.headers;
    EXPECT_EQ(headers.get("Content-Type"), "application/json");
    EXPECT_EQ(headers.get("ce-specversion"), "1.0");
    EXPECT_EQ(headers.get("ce-id"), event->id);
    EXPECT_EQ(headers.get("ce-source"), "shop");
    EXPECT_EQ(headers.get("ce-type"), "order.created");
    EXPECT_EQ(headers.get("ce-time"), "2026-11-20T16:18:00Z");
    EXPECT_EQ(headers.get("ce-subject"), "arn:aws:s3:::bucket");
    EXPECT_FALSE(headers.contains("ce-datacontenttype"));
}

TEST(CloudEvent, CarriesWhatTheInputFormOfTheTargetHasMade) {
    const auto event = test::make_event("{}");
    Target transformed = target(CloudEventsMode::structured);
    transformed.input_path = "$.detail.x";
    const auto call = make(transformed, *event, R"("just a text")");
    EXPECT_EQ(nlohmann::json::parse(call.payload)["data"], "just a text");
    transformed.cloud_events = CloudEventsMode::binary;
    EXPECT_EQ(make(transformed, *event, R"("just a text")").payload, R"("just a text")");
}

TEST(CloudEvent, LeavesOutAttributesThatTheEventDoesNotHave) {
    const auto event = event_with("s", "t", "{}");
    EXPECT_FALSE(nlohmann::json::parse(make(target(CloudEventsMode::structured), *event).payload)
                     .contains("subject"));
    EXPECT_FALSE(make(target(CloudEventsMode::binary), *event).headers.contains("ce-subject"));
}

TEST(CloudEvent, MakesAUriReferenceOfTheSource) {
    const auto event = event_with("my shop/ö\"", "t", "{}");
    EXPECT_EQ(
        nlohmann::json::parse(make(target(CloudEventsMode::structured), *event).payload)["source"],
        "my%20shop/%C3%B6%22");
}

// The examples of the HTTP protocol binding, section 3.1.3.2, and what must not get into a header.
TEST(CloudEvent, PercentEncodesHeaderValues) {
    EXPECT_EQ(cloud_event_header_value("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    EXPECT_EQ(cloud_event_header_value("100%\"!~"), "100%25%22!~");
    EXPECT_EQ(cloud_event_header_value("a\r\nX-Evil: 1"), "a%0D%0AX-Evil:%201");
    EXPECT_EQ(cloud_event_header_value(std::string("\0\x7f", 2)), "%00%7F");
    const auto event = event_with("s", "a\r\nX-Evil: 1", "{}");
    EXPECT_EQ(
        make(target(CloudEventsMode::binary), *event).headers.get("ce-type"),
        "a%0D%0AX-Evil:%201");
}

}  // namespace
}  // namespace eventbus
