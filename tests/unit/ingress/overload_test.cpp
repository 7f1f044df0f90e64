#include "api_fixture.hpp"
#include "support/raw_socket.hpp"

#include <future>

namespace eventbus::test {
namespace {

// Keeps the writer from going on with anything else, from the first commit on until it is let go.
class HeldWriter final : public DeliveryListener {
public:
    void on_committed(std::vector<Delivery>) override {
        if (!std::exchange(is_used_, true)) {
            held_.set_value();
            let_go_.get_future().wait();
        }
    }

    void wait_until_held() { held_.get_future().wait(); }

    void let_go() { let_go_.set_value(); }

private:
    bool is_used_ = false;
    std::promise<void> held_;
    std::promise<void> let_go_;
};

constexpr const char* kEntries = R"({"Entries":[{"Source":"s","DetailType":"t","Detail":"{}"}]})";
// What would be refused for itself, if anybody looked at it.
constexpr const char* kNonsense = "no JSON at all";

// The interface while one event is being written, and there is room for no other.
class Overload : public ApiTest {
protected:
    Overload() : ApiTest(1) {
        catch_all("default");
        store_->journal().set_listener(&writer_);
        first_ = io_.start(api_->handle(aws_request("PutEvents", kEntries)));
        writer_.wait_until_held();
    }

    ~Overload() override {
        end();
        io_.stop();
        store_->close();
    }

    // The event that was being written has been.
    void end() {
        if (first_.valid()) {
            writer_.let_go();
            EXPECT_EQ(first_.get().status, 200u);
        }
    }

    void expect_metric(const std::string& line) {
        const Answer metrics = get("/metrics");
        EXPECT_NE(metrics.text.find(line), std::string::npos) << line;
    }

    HeldWriter writer_;
    std::future<http::Response> first_;
};

TEST_F(Overload, IsAnsweredInTheDialectOfTheCaller) {
    const Answer aws = call("PutEvents", kEntries);
    EXPECT_EQ(aws.status, 400u);
    EXPECT_EQ(aws.json.value("__type", ""), "ThrottlingException");
    EXPECT_EQ(aws.headers.get("X-Amzn-ErrorType"), "ThrottlingException");
    EXPECT_EQ(aws.headers.get("Retry-After"), "1");

    for (const Answer& native :
         {post("/events", R"({"source":"s","detail-type":"t","detail":{}})"),
          post(
              "/cloudevents",
              R"({"specversion":"1.0","id":"1","source":"s","type":"t"})",
              "application/cloudevents+json")}) {
        EXPECT_EQ(native.status, 429u);
        EXPECT_TRUE(native.error().starts_with("ThrottlingException: too many events wait"))
            << native.error();
        EXPECT_EQ(native.headers.get("Retry-After"), "1");
    }
}

TEST_F(Overload, IsSaidBeforeTheEventsAreRead) {
    EXPECT_TRUE(call("PutEvents", kNonsense).error().starts_with("ThrottlingException"));
    EXPECT_TRUE(post("/events", kNonsense).error().starts_with("ThrottlingException"));
    EXPECT_TRUE(post("/cloudevents", kNonsense, "application/cloudevents+json")
                    .error()
                    .starts_with("ThrottlingException"));
    end();
    EXPECT_TRUE(call("PutEvents", kNonsense).error().starts_with("SerializationException"));
}

TEST_F(Overload, IsCounted) {
    call("PutEvents", kEntries);
    post("/events", kNonsense);
    post("/cloudevents", kNonsense);
    expect_metric("\neventbusd_appends_throttled_total 3\n");
    expect_metric("\neventbusd_api_requests_total{operation=\"PutEvents\"} 2\n");
}

TEST_F(Overload, KeepsNobodyFromAskingHowItGoes) {
    for (const char* path :
         {"/healthz", "/readyz", "/metrics", "/events", "/dlq", "/dlq/summary", "/targets"}) {
        EXPECT_EQ(get(path).status, 200u) << path;
    }
    EXPECT_EQ(call("ListRules", "{}").status, 200u);
}

TEST_F(Overload, LeavesWhatIsWrongWithTheRequestItselfToBeSaidFirst) {
    EXPECT_EQ(call("PutEventz", kEntries).error(), "UnknownOperationException: ");
    EXPECT_EQ(post("/events", kEntries, "text/plain").status, 415u);
    EXPECT_EQ(post("/events?buss=b", kEntries).status, 400u);
}

TEST_F(Overload, LeavesTheConnectionAsItWas) {
    http::ServerOptions options;
    options.port = 0;
    auto server = http::Server::listen(io_.executor(), std::move(options), *api_, metrics_).value();
    auto running = io_.start(server->run());
    RawSocket socket = RawSocket::connect(server->port());
    const std::string body = kEntries;
    const std::string request =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    for (int i = 0; i < 3; ++i) {
        socket.send(request);
        const std::string answer = socket.receive_until("try again later\"}");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
        EXPECT_EQ(answer.find("Connection: close"), std::string::npos) << answer;
    }
    end();
    socket.send(request);
    EXPECT_TRUE(socket.receive_until("EventId").starts_with("HTTP/1.1 200 "));
    io_.wait(server->drain(std::chrono::milliseconds(1000)));
    running.get();
}

}  // namespace
}  // namespace eventbus::test
