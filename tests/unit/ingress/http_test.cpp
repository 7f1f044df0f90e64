#include "eventbus/http/server.hpp"

#include "api_fixture.hpp"
#include "support/raw_socket.hpp"

#include <future>

namespace eventbus::test {
namespace {

// The interface behind the real server, spoken to over a socket.
class OverHttp : public ApiTest {
protected:
    OverHttp() {
        http::ServerOptions options;
        options.port = 0;
        options.body_bytes_max = 64 * 1024;
        server_ = std::move(
            http::Server::listen(io_.executor(), std::move(options), *api_, metrics_).value());
        running_ = io_.start(server_->run());
    }

    ~OverHttp() override {
        io_.wait(server_->drain(std::chrono::milliseconds(1000)));
        running_.get();
    }

    // Everything that comes back on a connection of its own.
    std::string
    say(const std::string& start, const std::string& headers, const std::string& body = "") {
        RawSocket socket = RawSocket::connect(server_->port());
        std::string request = start +
                              " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
                              "\r\nConnection: close\r\n" + headers;
        if (!body.empty()) {
            request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        }
        socket.send(request + "\r\n" + body);
        return socket.receive_until_closed();
    }

    std::unique_ptr<http::Server> server_;
    std::future<void> running_;
};

constexpr const char* kAwsHeaders =
    "X-Amz-Target: AWSEvents.PutEvents\r\nContent-Type: application/x-amz-json-1.1\r\n";

TEST_F(OverHttp, AnEventIsPut) {
    const std::string answer =
        say("POST /",
            kAwsHeaders,
            R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_NE(answer.find(R"({"FailedEntryCount":0,"Entries":[{"EventId":")"), std::string::npos)
        << answer;
}

TEST_F(OverHttp, RefusalsComeInTheDialectOfThePath) {
    struct Row {
        const char* start;
        std::string headers;
        std::string status;
        std::string part;
    };

    const std::string large = "Content-Length: 65537\r\n";
    const Row rows[] = {
        {"GET /", "", "405", R"("__type":"UnknownOperationException")"},
        {"GET /dlq/redrive", "", "405", R"({"error":{"code":"MethodNotAllowed",)"},
        {"GET /dlq/", "", "404", R"({"error":{"code":"NotFound",)"},
        {"GET /ui/../../etc/passwd", "", "404", R"({"error":{"code":"NotFound",)"},
        {"POST /", kAwsHeaders + large, "413", R"("__type":"RequestEntityTooLargeException")"},
        {"POST /events",
         "Content-Type: application/json\r\n" + large,
         "413",
         R"({"error":{"code":"PayloadTooLarge",)"},
    };
    for (const Row& row : rows) {
        const std::string answer = say(row.start, row.headers);
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + row.status)) << row.start << answer;
        EXPECT_NE(answer.find(row.part), std::string::npos) << row.start << answer;
    }
    EXPECT_NE(say("DELETE /dlq", "").find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST_F(OverHttp, HealthReadinessAndMetricsAreTold) {
    EXPECT_TRUE(say("GET /healthz", "").ends_with("\r\n\r\nok\n"));
    not_alive_ = "the I/O threads have not answered for 16 s";
    const std::string hanging = say("GET /healthz", "");
    EXPECT_TRUE(hanging.starts_with("HTTP/1.1 503 ")) << hanging;
    EXPECT_TRUE(hanging.ends_with("\r\n\r\nthe I/O threads have not answered for 16 s\n"));
    EXPECT_TRUE(say("GET /readyz", "").ends_with("\r\n\r\nready\n"));
    not_ready_ = "the configuration is being read";
    const std::string unready = say("GET /readyz", "");
    EXPECT_TRUE(unready.starts_with("HTTP/1.1 503 ")) << unready;
    EXPECT_TRUE(unready.ends_with("\r\n\r\nthe configuration is being read\n")) << unready;

    const std::string metrics = say("GET /metrics", "");
    EXPECT_NE(metrics.find("Content-Type: text/plain; version=0.0.4"), std::string::npos);
    EXPECT_NE(
        metrics.find("eventbusd_api_requests_total{operation=\"PutEvents\"} 0\n"),
        std::string::npos);
    const std::string head = say("HEAD /metrics", "");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 ")) << head;
    EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

}  // namespace
}  // namespace eventbus::test
