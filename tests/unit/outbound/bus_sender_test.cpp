#include "eventbus/outbound/senders.hpp"

#include "events.hpp"
#include "http_sink.hpp"
#include "support/fake_clock.hpp"
#include "support/io_threads.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace eventbus {
namespace {

using namespace std::chrono_literals;
using test::body_of;
using test::header_of;
using test::HttpSink;
using Verdict = AttemptResult::Verdict;

constexpr const char* kRemoteBus = "arn:aws:events:eu-west-1:111111111111:event-bus/central";

std::vector<PreparedDelivery> batch_of(
    const std::vector<std::shared_ptr<Event>>& events,
    const char* bus_arn) {
    std::vector<PreparedDelivery> batch;
    for (const auto& event : events) {
        PreparedDelivery prepared;
        prepared.delivery.event = event;
        prepared.target = test::bind(test::target_at(bus_arn));
        batch.push_back(std::move(prepared));
    }
    return batch;
}

class RemoteBusSender : public ::testing::Test {
protected:
    RemoteBusSender() : client_(http::Client::create(io_.executor(), {}, metrics_)) {
        options_.timeout = 30s;  // never reached, also on a busy machine
        options_.remotes.emplace_back();
        options_.remotes[0].account = "111111111111";
        options_.remotes[0].region = "eu-west-1";
    }

    ~RemoteBusSender() override {
        client_.reset();
        io_.stop();
    }

    std::vector<AttemptResult> send(
        const HttpSink& sink,
        const std::vector<std::shared_ptr<Event>>& events,
        const char* bus_arn = kRemoteBus) {
        options_.remotes[0].endpoint = http::parse_url(sink.url()).value();
        auto sender =
            make_remote_bus_sender(*client_, make_address_policy({}).value(), options_, clock_);
        auto results = io_.wait(sender->send(batch_of(events, bus_arn)));
        client_->stop();
        return results;
    }

    // Accepts every entry.
    static std::string accept(const std::string& request) {
        nlohmann::json answer = {{"FailedEntryCount", 0}, {"Entries", nlohmann::json::array()}};
        const auto body = nlohmann::json::parse(body_of(request));
        for (std::size_t i = 0; i < body["Entries"].size(); ++i) {
            answer["Entries"].push_back({{"EventId", "id-" + std::to_string(i)}});
        }
        return HttpSink::status(200, {}, answer.dump());
    }

    MetricsRegistry metrics_;
    test::FakeClock clock_;
    test::IoThreads io_;
    std::unique_ptr<http::Client> client_;
    RemoteBusOptions options_;
};

TEST_F(RemoteBusSender, PutsSignedEventsThatKeepTheirIdentity) {
    HttpSink sink([](const std::string& request, int) { return accept(request); });
    options_.remotes[0].key = {"AKIDEXAMPLE", "secret", ""};
    const auto results = send(
        sink,
        {test::make_event(R"({"n":1})", "id-1"), test::make_event(R"({"n":2})", "id-2")});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].verdict, Verdict::delivered) << results[0].message;
    EXPECT_EQ(results[1].verdict, Verdict::delivered);
    const auto request = sink.wait_for(1).front();
    EXPECT_EQ(header_of(request, "X-Amz-Target"), "AWSEvents.PutEvents");
    EXPECT_EQ(header_of(request, "Content-Type"), "application/x-amz-json-1.1");
    EXPECT_TRUE(
        header_of(request, "Authorization")
            .starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/events/aws4_request, "))
        << request;
    EXPECT_EQ(request.find("\r\nHost: "), request.rfind("\r\nHost: "));
    const auto body = nlohmann::json::parse(body_of(request));
    ASSERT_EQ(body["Entries"].size(), 2U);
    EXPECT_EQ(body["Entries"][1]["Detail"], R"({"n":2})");
    EXPECT_EQ(body["Entries"][1]["EventBusName"], kRemoteBus);
    EXPECT_EQ(body["Entries"][1]["EventbusdForwarding"]["Id"], "id-2");
}

TEST_F(RemoteBusSender, TellsEachEntryItsOwnResult) {
    HttpSink sink([](const std::string&, int) {
        return HttpSink::status(
            200,
            {},
            R"({"FailedEntryCount":2,"Entries":[{"EventId":"a"},{"ErrorCode":"ThrottlingException"},)"
            R"({"ErrorCode":"LOOP_DETECTED","ErrorMessage":"been there"}]})");
    });
    const std::vector<std::shared_ptr<Event>> events(3, test::make_event("{}"));
    const auto results = send(sink, events);
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].verdict, Verdict::delivered);
    EXPECT_EQ(results[1].verdict, Verdict::retriable);
    EXPECT_EQ(results[1].code, "THROTTLING");
    EXPECT_EQ(results[2].verdict, Verdict::permanent);
    EXPECT_EQ(results[2].code, "LOOP_DETECTED");
    EXPECT_EQ(results[2].message, "been there");
}

TEST_F(RemoteBusSender, DoesNotLetOneBadEntryTakeTheOthersAlong) {
    HttpSink sink([](const std::string& request, int) {
        return request.find("poison") == std::string::npos
                   ? accept(request)
                   : HttpSink::status(
                         400,
                         {},
                         R"({"__type":"ValidationException","message":"too large"})");
    });
    const auto good = test::make_event("{}");
    const auto results = send(sink, {good, test::make_event(R"({"x":"poison"})"), good});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].verdict, Verdict::delivered);
    EXPECT_EQ(results[1].verdict, Verdict::permanent);
    EXPECT_EQ(results[2].verdict, Verdict::delivered);
    EXPECT_EQ(sink.requests().size(), 4U);
}

TEST_F(RemoteBusSender, SplitsWhatIsTooLargeForOneCall) {
    HttpSink sink([](const std::string& request, int) { return accept(request); });
    const auto large = test::make_event("{\"x\":\"" + std::string(400 * 1024, 'x') + "\"}");
    const auto results = send(sink, {large, large, large});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[2].verdict, Verdict::delivered);
    EXPECT_EQ(sink.requests().size(), 2U);
}

TEST_F(RemoteBusSender, MakesNoCallForAnEventThatMayNotGo) {
    HttpSink sink([](const std::string& request, int) { return accept(request); });
    auto been_there = test::make_event("{}", "loop");
    been_there->visited_buses = {kRemoteBus, been_there->bus_arn};
    auto tired = test::make_event("{}", "tired");
    tired->visited_buses.assign(9, "arn:aws:events:us-east-1:000000000000:event-bus/x");
    auto last_hop = test::make_event("{}", "last");
    last_hop->visited_buses.assign(8, "arn:aws:events:us-east-1:000000000000:event-bus/x");
    const auto results = send(sink, {been_there, tired, last_hop});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].code, "LOOP_DETECTED");
    EXPECT_EQ(results[0].verdict, Verdict::permanent);
    EXPECT_EQ(results[1].code, "THIRD_ACCOUNT_HOP_DETECTED");
    EXPECT_EQ(results[1].verdict, Verdict::permanent);
    EXPECT_EQ(results[2].verdict, Verdict::delivered);
    const auto requests = sink.requests();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(body_of(requests[0]))["Entries"].size(), 1U);
}

TEST_F(RemoteBusSender, SaysWhatTheServiceSaysWhenOnlyOneHopIsAllowed) {
    HttpSink sink;
    options_.max_hops = 1;
    auto event = test::make_event("{}", "e1");
    event->visited_buses = {"a", "b"};
    const auto results = send(sink, {event});
    EXPECT_EQ(
        results[0].message,
        "Event ingestion rejected for event e1 because an event can be sent to an event bus target "
        "only once. This "
        "event was previously delivered to an event bus target.");
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(RemoteBusSender, FailsEveryEntryOfACallThatFails) {
    HttpSink sink([](const std::string&, int) { return std::string(); });
    options_.timeout = 200ms;
    const auto results = send(sink, {test::make_event("{}"), test::make_event("{}")});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[1].verdict, Verdict::retriable);
    EXPECT_EQ(results[1].code, "TIMEOUT");
}

TEST(FindRemote, PrefersTheBusThatIsNamed) {
    std::vector<Remote> remotes(3);
    remotes[0].account = remotes[1].account = remotes[2].account = "111111111111";
    remotes[0].region = remotes[1].region = "eu-west-1";
    remotes[2].region = "us-east-1";
    remotes[1].bus = "central";
    EXPECT_EQ(find_remote(remotes, kRemoteBus), &remotes[1]);
    EXPECT_EQ(
        find_remote(remotes, "arn:aws:events:eu-west-1:111111111111:event-bus/other"),
        &remotes[0]);
    EXPECT_EQ(
        find_remote(remotes, "arn:aws:events:us-east-1:111111111111:event-bus/other"),
        &remotes[2]);
    EXPECT_EQ(
        find_remote(remotes, "arn:aws:events:us-east-1:222222222222:event-bus/other"),
        nullptr);
    EXPECT_EQ(find_remote(remotes, "https://x/"), nullptr);
}

// Knows one bus.
class OneBus final : public TargetDirectory {
public:
    BoundTargetPtr find(LaneId) const override { return nullptr; }

    bool is_local_bus(std::string_view arn) const override { return arn == "bus"; }

    Result<NewEvent> route(const Event& event, std::string_view arn) const override {
        if (arn != "bus") {
            return Error(Errc::not_found, "no such bus", {}, "NO_RESOURCE");
        }
        if (event.id == "loop") {
            return Error(Errc::refused, "been there", {}, "LOOP_DETECTED");
        }
        if (event.id == "busy") {
            return Error(Errc::unavailable, "later", {}, "ThrottlingException");
        }
        return NewEvent{std::make_shared<Event>(event), {1, 2}};
    }

    boost::asio::awaitable<Result<void>> disable(BoundTargetPtr, std::string) const override {
        co_return Result<void>();
    }
};

TEST(LocalBusSender, PutsEventsOnTheBusOrSaysWhyNot) {
    test::IoThreads io;
    const OneBus directory;
    auto sender = make_local_bus_sender(directory);
    const std::vector<std::shared_ptr<Event>> events = {
        test::make_event("{}"),
        test::make_event("{}", "loop"),
        test::make_event("{}", "busy")};
    const auto results = io.wait(sender->send(batch_of(events, "bus")));
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].verdict, Verdict::delivered);
    ASSERT_EQ(results[0].follow_ups.size(), 1U);
    EXPECT_EQ(results[0].follow_ups[0].owed.size(), 2U);
    EXPECT_EQ(results[1].verdict, Verdict::permanent);
    EXPECT_EQ(results[1].code, "LOOP_DETECTED");
    EXPECT_EQ(results[2].verdict, Verdict::retriable);
    const auto nowhere = io.wait(sender->send(batch_of({events[0]}, "elsewhere")));
    EXPECT_EQ(nowhere[0].code, "NO_RESOURCE");
}

}  // namespace
}  // namespace eventbus
