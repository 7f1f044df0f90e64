#include "arrival.hpp"
#include "server_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(PathAtStart, IsWhatTheRequestLineAsksFor) {
    EXPECT_EQ(path_at_start("GET /healthz HTTP/1.1\r\n"), "/healthz");
    EXPECT_EQ(path_at_start("HEAD /healthz?verbose HTTP/1.1\r\n"), "/healthz");
    EXPECT_EQ(path_at_start("POST / HTTP/1.1\r\n"), "/");
    EXPECT_EQ(path_at_start("GET /healthz\r\n"), "/healthz");
}

TEST(PathAtStart, IsNothingWhileItIsNotWholeOrNoPath) {
    EXPECT_EQ(path_at_start(""), "");
    EXPECT_EQ(path_at_start("GET"), "");
    EXPECT_EQ(path_at_start("GET /heal"), "");
    EXPECT_EQ(path_at_start("GET http://localhost/healthz HTTP/1.1"), "");
    EXPECT_EQ(path_at_start("OPTIONS * HTTP/1.1"), "");
    EXPECT_EQ(path_at_start("\x16\x03\x01\x02"), "");
}

// The reception has threads of its own; what else the server does waits until begin_work().
class HttpReception : public ServerFixture {
protected:
    HttpReception() {
        ServerOptions options = patient_options();
        options.connections_max = 2;
        options.reception = ServerOptions::Reception{io_.executor(), {"/healthz"}};
        auto listening =
            Server::listen(work_.get_executor(), std::move(options), handler_, metrics_);
        EXPECT_TRUE(listening) << listening.error().message();
        server_ = std::move(*listening);
        running_ = io_.start(server_->run());
    }

    void begin_work() {
        worker_ = std::thread([this] { work_.run(); });
    }

    void TearDown() override {
        if (!worker_.joinable()) {
            begin_work();
        }
        ServerFixture::TearDown();
        stays_.reset();
        work_.stop();
        worker_.join();
    }

    static constexpr const char* kPost =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";

    asio::io_context work_;
    asio::executor_work_guard<asio::io_context::executor_type> stays_ =
        asio::make_work_guard(work_);
    std::thread worker_;
};

TEST_F(HttpReception, AnswersProbesHoweverMuchThereIsToDo) {
    auto busy = connect();
    busy.send(kPost);
    EXPECT_TRUE(is_alive());
    EXPECT_TRUE(handler_.seen().size() == 1) << "only the probe";
    begin_work();
    EXPECT_EQ(statuses(busy.receive_until("echo:{}")), "200");
}

TEST_F(HttpReception, AnswersProbesAlsoOverTheCap) {
    begin_work();
    auto first = connect();
    auto second = connect();
    for (auto* socket : {&first, &second}) {
        socket->send(kPost);
        EXPECT_EQ(statuses(socket->receive_until("echo:{}")), "200");
    }
    EXPECT_TRUE(is_alive());
    EXPECT_EQ(statuses(exchange(kPost)), "503");
}

TEST_F(HttpReception, KeepsAConnectionForManyRequestsOfAnyKind) {
    begin_work();
    auto socket = connect();
    socket.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(statuses(socket.receive_until("echo:")), "200");
    socket.send(kPost);
    EXPECT_EQ(statuses(socket.receive_until("echo:{}")), "200");

    auto other = connect();
    for (int i = 0; i < 3; ++i) {
        other.send(kPost);
        EXPECT_EQ(statuses(other.receive_until("echo:{}")), "200");
    }
    other.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(statuses(other.receive_until("echo:")), "200");
}

TEST_F(HttpReception, AnswersWhatComesByteByByteAndWhatIsNoRequest) {
    begin_work();
    auto slow = connect();
    for (const char* at = kPost; *at != '\0'; ++at) {
        slow.send(std::string_view(at, 1));
    }
    EXPECT_EQ(statuses(slow.receive_until("echo:{}")), "200");
    EXPECT_EQ(statuses(exchange("\x01\x02\r\n\r\n")), "400");
}

TEST_F(HttpReception, ServesWhoeverIsSilentAtFirst) {
    begin_work();
    auto silent = connect();
    EXPECT_TRUE(eventually([this] { return open_connections() == 1; })) << "handed on";
    silent.send(kPost);
    EXPECT_EQ(statuses(silent.receive_until("echo:{}")), "200");
}

TEST_F(HttpReception, DrainsConnectionsThatHaveNotAskedForAnythingYet) {
    begin_work();
    auto silent = connect();
    EXPECT_TRUE(is_alive());
    io_.wait(server_->drain(10s));
    EXPECT_EQ(silent.receive_until_closed(), "");
    EXPECT_TRUE(silent.closed());
}

}  // namespace
}  // namespace eventbus::http
