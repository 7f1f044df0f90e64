#pragma once

#include "eventbus/bus/catalog.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/ingress/api.hpp"
#include "eventbus/journal/sqlite_store.hpp"
#include "eventbus/outbound/target_check.hpp"

#include "support/fake_clock.hpp"
#include "support/io_threads.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eventbus::test {

// An answer with its body read as JSON; null if it is none.
struct Answer {
    unsigned status = 0;
    http::Headers headers;
    std::string text;
    nlohmann::ordered_json json;

    // "CODE: message" of an error of either dialect, "" of a success.
    std::string error() const {
        if (status < 300) {
            return "";
        }
        if (json.contains("error")) {
            return json["error"]["code"].get<std::string>() + ": " +
                   json["error"]["message"].get<std::string>();
        }
        return json.value("__type", "?") + ": " + json.value("message", "?");
    }
};

// The whole interface on a real store in a folder of its own, without sockets.
class ApiTest : public testing::Test {
protected:
    static constexpr const char* kAccount = "000000000000";
    static constexpr const char* kRegion = "us-east-1";

    // `queue_bytes_max`: of events that wait to be written.
    explicit ApiTest(std::size_t queue_bytes_max = SqliteStoreOptions().queue_bytes_max) {
        SqliteStoreOptions store_options;
        store_options.queue_bytes_max = queue_bytes_max;
        store_options.folder = folder_.path();
        store_ = std::move(SqliteStore::open(store_options, clock_, metrics_).value());
        CatalogOptions options;
        options.home = {kAccount, kRegion};
        options.check_target = [](const Target& target) {
            return check_target(target, TargetNames());
        };
        catalog_ = std::move(io_.wait(Catalog::open(
                                          io_.executor(),
                                          store_->catalog(),
                                          store_->journal(),
                                          store_->archives(),
                                          clock_,
                                          std::move(options)))
                                 .value());
        DestinationCatalogOptions destinations;
        destinations.home = {kAccount, kRegion};
        destinations_ = std::move(io_.wait(DestinationCatalog::open(
                                               io_.executor(),
                                               store_->catalog(),
                                               secrets_,
                                               clock_,
                                               std::move(destinations)))
                                      .value());
        intake_ = EventIntake::create(*catalog_, store_->journal(), clock_, metrics_, {});
        replays_ = Replays::create(
            io_.executor(),
            *catalog_,
            store_->catalog(),
            store_->archives(),
            store_->journal(),
            clock_,
            metrics_,
            ReplaysOptions());
        ApiParts parts{
            *catalog_,
            *destinations_,
            *intake_,
            *replays_,
            store_->journal(),
            metrics_,
            clock_,
            [this] { return not_ready_; }};
        parts.not_alive = [this] { return not_alive_; };
        parts.lanes = [this](std::vector<LaneId> lanes) { return statuses(std::move(lanes)); };
        api_ = make_api(std::move(parts));
    }

    ~ApiTest() override { io_.stop(); }

    Answer exchange(http::Request request) {
        http::Response response = io_.wait(api_->handle(std::move(request)));
        Answer answer;
        answer.status = response.status;
        answer.headers = response.headers;
        answer.text = response.body;
        answer.json = nlohmann::ordered_json::parse(response.body, nullptr, false);
        if (answer.json.is_discarded()) {
            answer.json = nullptr;
        }
        return answer;
    }

    static http::Request aws_request(std::string_view operation, std::string body) {
        http::Request request;
        request.method = "POST";
        request.target = "/";
        request.headers.add("X-Amz-Target", std::string("AWSEvents.").append(operation));
        request.headers.add("Content-Type", "application/x-amz-json-1.1");
        request.body = std::move(body);
        return request;
    }

    Answer call(std::string_view operation, std::string body) {
        return exchange(aws_request(operation, std::move(body)));
    }

    // The same as somebody else, or elsewhere.
    Answer call_as(std::string scope, std::string_view operation, std::string body) {
        http::Request request = aws_request(operation, std::move(body));
        request.headers.add(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=" + scope +
                "/events/aws4_request, SignedHeaders=host, Signature=00");
        return exchange(std::move(request));
    }

    Answer get(std::string target) {
        http::Request request;
        request.method = "GET";
        request.target = std::move(target);
        return exchange(std::move(request));
    }

    Answer post(std::string target, std::string body, std::string type = "application/json") {
        http::Request request;
        request.method = "POST";
        request.target = std::move(target);
        request.body = std::move(body);
        if (!type.empty()) {
            request.headers.add("Content-Type", std::move(type));
        }
        return exchange(std::move(request));
    }

    // The answer of a call that the test takes for granted.
    nlohmann::ordered_json must(std::string_view operation, std::string body) {
        const Answer answer = call(operation, std::move(body));
        EXPECT_EQ(answer.status, 200u) << operation << ": " << answer.text;
        return answer.json;
    }

    // A rule on `bus` that matches every event with a source, with one target that nobody serves.
    void catch_all(std::string_view bus) {
        const std::string on_bus = R"(,"EventBusName":")" + std::string(bus) + "\"";
        must(
            "PutRule",
            R"({"Name":"all","EventPattern":"{\"source\":[{\"exists\":true}]}")" + on_bus + "}");
        must(
            "PutTargets",
            R"({"Rule":"all","Targets":[{"Id":"t","Arn":"file:out"}])" + on_bus + "}");
    }

    // In place of a dispatcher: every lane is as `lane_status_` says.
    boost::asio::awaitable<std::vector<LaneStatus>> statuses(std::vector<LaneId> lanes) {
        std::vector<LaneStatus> answers(lanes.size(), lane_status_);
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            answers[i].lane = lanes[i];
        }
        co_return answers;
    }

    // What the rule of catch_all has caught since the last look.
    std::vector<Delivery> caught(std::string_view bus) {
        const Namespace home{kAccount, kRegion};
        Journal& journal = store_->journal();
        ClaimRequest request;
        request.owner = "test";
        request.lane = io_.wait(journal.lane(rule_arn(home, bus, "all"), "t")).value();
        request.now = clock_.now();
        request.limit = 100;
        return io_.wait(journal.claim(std::move(request))).value().deliveries;
    }

    // The envelope of the one event that was caught.
    std::string caught_envelope(std::string_view bus = "default") {
        const std::vector<Delivery> deliveries = caught(bus);
        EXPECT_EQ(deliveries.size(), 1u);
        return deliveries.empty() ? "" : deliveries.front().event->envelope;
    }

    FakeClock clock_;
    MetricsRegistry metrics_;
    TempDir folder_;
    std::string not_ready_;
    std::string not_alive_;
    LaneStatus lane_status_;
    IoThreads io_;
    std::unique_ptr<SqliteStore> store_;
    const SecretBox secrets_{MasterKey::generate()};
    std::unique_ptr<Catalog> catalog_;
    std::unique_ptr<DestinationCatalog> destinations_;
    std::unique_ptr<EventIntake> intake_;
    std::unique_ptr<Replays> replays_;
    std::unique_ptr<http::Handler> api_;
};

}  // namespace eventbus::test
