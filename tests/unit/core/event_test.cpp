#include "eventbus/core/event.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

EnvelopeFields sample() {
    EnvelopeFields fields;
    fields.id = "11710aed-b79e-4468-a20b-bb3c0c3b4860";
    fields.detail_type = "Table Updated";
    fields.source = "hadoop.\"etl\"";
    fields.account = "123456789012";
    fields.time = WallTime(Millis(1'767'225'600'999));
    fields.region = "us-east-1";
    fields.detail = R"({"n":1.10,"big":12345678901234567890})";
    return fields;
}

TEST(Envelope, HasTheServicesKeyOrderAndCarriesDetailUntouched) {
    const std::vector<std::string> resources{"arn:a", "arn:b"};
    auto fields = sample();
    fields.resources = resources;
    EXPECT_EQ(
        write_envelope(fields),
        R"({"version":"0","id":"11710aed-b79e-4468-a20b-bb3c0c3b4860","detail-type":"Table Updated",)"
        R"("source":"hadoop.\"etl\"","account":"123456789012","time":"2026-01-01T00:00:00Z",)"
        R"("region":"us-east-1","resources":["arn:a","arn:b"],)"
        R"("detail":{"n":1.10,"big":12345678901234567890}})");
}

TEST(Envelope, PutsTheReplayNameBetweenRegionAndResources) {
    auto fields = sample();
    fields.replay_name = "again";
    EXPECT_NE(
        write_envelope(fields).find(
            R"("region":"us-east-1","replay-name":"again","resources":[],)"),
        std::string::npos);
}

TEST(Envelope, GivesBackTheTextsBeforeItsResources) {
    const auto text = write_envelope(sample());
    EXPECT_EQ(find_envelope_text(text, "time"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(find_envelope_text(text, "source"), R"(hadoop.\"etl\")");
    EXPECT_EQ(find_envelope_text(text, "replay-name"), std::nullopt);
    EXPECT_EQ(find_envelope_text(text, "n"), std::nullopt) << "it is part of the detail";
    for (const auto* broken : {"", "{", "{}", R"({"a":1})", R"({"a":"b)", R"({"a\":"time")"}) {
        EXPECT_EQ(find_envelope_text(broken, "time"), std::nullopt) << broken;
    }
}

TEST(Envelope, OfAReplayIsTheSameButForIdAndReplayName) {
    auto fields = sample();
    const auto original = write_envelope(fields);
    fields.id = "another";
    fields.replay_name = "again";
    EXPECT_EQ(replayed_envelope(original, "another", "again"), write_envelope(fields));
    // A replay of what was replayed before has one name only.
    const auto replayed = write_envelope(fields);
    fields.replay_name = "once more";
    EXPECT_EQ(replayed_envelope(replayed, "another", "once more"), write_envelope(fields));
    EXPECT_EQ(replayed_envelope(R"({"detail":{}})", "another", "again"), std::nullopt);
}

}  // namespace
}  // namespace eventbus
