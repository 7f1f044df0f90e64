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

}  // namespace
}  // namespace eventbus
