#include "server_fixture.hpp"

#include <sys/resource.h>

#include <thread>
#include <vector>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;

class HttpServer : public ServerFixture {
protected:
    static constexpr const char* kPost =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    static constexpr const char* kHold =
        "POST /hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
};

TEST_F(HttpServer, KeepsAConnectionForManyRequests) {
    serve();
    auto socket = connect();
    for (int i = 0; i < 3; ++i) {
        socket.send(kPost);
        const auto answer = socket.receive_until("echo:{}");
        EXPECT_EQ(statuses(answer), "200");
        EXPECT_EQ(answer.find("Connection:"), std::string::npos);
        EXPECT_NE(answer.find("\r\nContent-Length: 7\r\n"), std::string::npos);
        EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    }
    EXPECT_EQ(handler_.seen().size(), 3u);
}

TEST_F(HttpServer, HandsTheRequestOnAsItWasSent) {
    serve();
    exchange(
        "POST /thing?a=%7E&b HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\nx-one:\t2 \r\n"
        "Content-Length: 5\r\nConnection: close\r\n\r\nhello");
    const auto seen = handler_.seen();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].target, "/thing?a=%7E&b");
    EXPECT_EQ(seen[0].path(), "/thing");
    EXPECT_EQ(seen[0].query(), "a=%7E&b");
    EXPECT_EQ(seen[0].body, "hello");
    EXPECT_EQ(seen[0].headers.get("X-ONE"), "1");
    EXPECT_EQ(seen[0].headers.count("x-one"), 2u);
    EXPECT_TRUE(seen[0].remote_address.starts_with("127.0.0.1:")) << seen[0].remote_address;
}

TEST_F(HttpServer, DropsTrailersInsteadOfMergingThemIntoTheHeader) {
    serve();
    exchange(
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        "\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nAuthorization: evil\r\n\r\n");
    const auto seen = handler_.seen();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].body, "abcdefg");
    EXPECT_FALSE(seen[0].headers.contains("Authorization"));
}

TEST_F(HttpServer, AnswersHeadWithTheHeaderAlone) {
    serve();
    const auto answer =
        exchange("HEAD /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("\r\nContent-Length: 4194304\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServer, SendsNoLengthWithNoContent) {
    serve();
    const auto answer =
        exchange("GET /empty HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(statuses(answer), "204");
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServer, KeepsAnHttp10ConnectionOnlyOnRequest) {
    serve();
    auto socket = connect();
    socket.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = socket.receive_until("echo:");
    EXPECT_NE(answer.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << answer;
    socket.send("GET /healthz HTTP/1.0\r\n\r\n");
    const auto last = socket.receive_until_closed();
    EXPECT_NE(last.find("\r\nConnection: close\r\n"), std::string::npos) << last;
    EXPECT_TRUE(socket.closed());
}

TEST_F(HttpServer, NamesTheAllowedMethods) {
    serve();
    const auto answer = exchange("PUT /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(statuses(answer), "405");
    EXPECT_NE(answer.find("\r\nAllow: GET, HEAD\r\n"), std::string::npos) << answer;
}

TEST_F(HttpServer, RefusesInTheDialectOfTheHeadersSeenSoFar) {
    serve();
    const auto answer = exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: AWSEvents.PutRule\r\n"
        "Content-Length: 99999999\r\n\r\n");
    EXPECT_EQ(statuses(answer), "413");
    EXPECT_NE(answer.find("\"dialect\":\"AWSEvents.PutRule\""), std::string::npos) << answer;
}

TEST_F(HttpServer, SendsContinueAndThenReadsTheBody) {
    serve();
    auto socket = connect();
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(socket.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("{}");
    EXPECT_EQ(statuses(socket.receive_until("echo:{}")), "200");
}

TEST_F(HttpServer, SendsNoContinueForABodyItWillNotRead) {
    serve();
    const auto answer = exchange(
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(statuses(answer), "404");
}

TEST_F(HttpServer, ReadsALargeBodyThatArrivesInPieces) {
    serve();
    auto socket = connect();
    const std::string body(1024 * 1024, 'x');
    socket.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
    socket.send(body.substr(0, 300'000));
    socket.send(body.substr(300'000));
    const auto answer = socket.receive_while(
        [&](const std::string& text) { return text.size() < body.size() + 100; });
    EXPECT_EQ(statuses(answer), "200");
    EXPECT_TRUE(answer.ends_with(body));
}

TEST_F(HttpServer, SendsAnswersOfEverySizeWholeAndInOrder) {
    serve();
    auto socket = connect();
    // On both sides of what goes into one write with its header.
    const std::size_t sizes[] = {1, 16 * 1024 - 5, 16 * 1024 - 4, 1024 * 1024, 2};
    std::string requests;
    std::vector<std::string> expected;
    char letter = 'a';
    for (const std::size_t size : sizes) {
        const std::string body(size, letter++);
        requests += "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
                    "\r\n\r\n" + body;
        expected.push_back("\r\n\r\necho:" + body);
    }
    std::thread sender([&] { socket.send(requests); });
    const auto answers =
        socket.receive_while([](const std::string& text) { return !text.ends_with("echo:ee"); });
    sender.join();
    EXPECT_EQ(statuses(answers), "200 200 200 200 200");
    std::size_t at = 0;
    for (const std::string& body : expected) {
        const auto found = answers.find(body, at);
        ASSERT_NE(found, std::string::npos) << "a body of " << body.size() << " bytes";
        at = found + body.size();
    }
    EXPECT_EQ(at, answers.size());
}

TEST_F(HttpServer, TurnsAnExceptionIntoA500AndGoesOn) {
    serve();
    auto socket = connect();
    socket.send("GET /throws HTTP/1.1\r\nHost: a\r\nX-Amz-Target: T\r\n\r\n");
    const auto answer = socket.receive_until("}");
    EXPECT_EQ(statuses(answer), "500");
    EXPECT_NE(answer.find("\"dialect\":\"T\""), std::string::npos) << answer;
    EXPECT_EQ(answer.find("disk"), std::string::npos) << "the cause belongs in the log";
    socket.send(kPost);
    EXPECT_EQ(statuses(socket.receive_until("echo:{}")), "200");
}

TEST_F(HttpServer, NeverSendsAHeaderThatWouldSplitTheAnswer) {
    serve();
    const auto answer = exchange("GET /splits HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(statuses(answer), "500");
    EXPECT_EQ(answer.find("stolen"), std::string::npos);
}

TEST_F(HttpServer, ServesOnlyListedAndLocalHostsWhenThereIsAList) {
    auto options = patient_options();
    options.allowed_hosts = {"events.example.com"};
    serve(std::move(options));
    const auto status_for = [this](const std::string& host) {
        return statuses(
            exchange("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
    };
    EXPECT_EQ(status_for("evil.example"), "421");
    EXPECT_EQ(status_for("events.example.com.evil.example"), "421");
    EXPECT_EQ(status_for("127.0.0.2"), "421");
    EXPECT_EQ(status_for("Events.Example.com"), "200");
    EXPECT_EQ(status_for("events.example.com:8700"), "200");
    EXPECT_EQ(status_for("localhost:1"), "200");
    EXPECT_EQ(status_for("127.0.0.1"), "200");
    EXPECT_EQ(status_for("[::1]:8700"), "200");
}

TEST_F(HttpServer, ClosesASilentConnection) {
    serve(impatient_options());
    EXPECT_EQ(exchange(""), "");
}

TEST_F(HttpServer, CountsTheHeaderDeadlineFromTheFirstByteAndNotPerRead) {
    serve(impatient_options());
    auto socket = connect();
    const auto start = std::chrono::steady_clock::now();
    std::string answer;
    while (!socket.closed() && std::chrono::steady_clock::now() - start < 20s) {
        socket.send("G");
        answer += socket.receive(20ms);
    }
    EXPECT_TRUE(socket.closed());
    EXPECT_EQ(statuses(answer), "408");
}

TEST_F(HttpServer, ClosesWhenTheBodyDoesNotArriveInTime) {
    serve(impatient_options());
    EXPECT_EQ(
        statuses(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{")),
        "408");
    EXPECT_EQ(handler_.seen().size(), 0u);
}

TEST_F(HttpServer, ClosesWhenAnAnswerIsNotRead) {
    serve(impatient_options());
    auto socket = connect();
    const int small = 4096;
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    std::string requests;
    for (int i = 0; i < 8; ++i) {
        requests += "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    socket.send(requests);
    EXPECT_TRUE(eventually([this] {
        return metrics_.render().find("{reason=\"timeout\"} 1\n") != std::string::npos;
    }));
    EXPECT_TRUE(eventually([this] { return open_connections() == 0; }));
}

TEST_F(HttpServer, AnswersAPeerThatHasClosedItsHalf) {
    serve();
    handler_.hold();
    auto socket = connect();
    socket.send(kHold);
    socket.half_close();
    EXPECT_TRUE(eventually([this] { return handler_.seen().size() == 1; }));
    handler_.let_go();
    EXPECT_EQ(statuses(socket.receive_until_closed()), "200");
}

TEST_F(HttpServer, ClosesAfterTheLastAllowedRequest) {
    auto options = patient_options();
    options.requests_per_connection_max = 2;
    serve(std::move(options));
    EXPECT_EQ(statuses(exchange(std::string(kPost) + kPost + kPost)), "200 200");
}

TEST_F(HttpServer, AnswersConnectionsOverTheCapWith503) {
    auto options = patient_options();
    options.connections_max = 2;
    serve(std::move(options));
    auto first = connect();
    auto second = connect();
    EXPECT_TRUE(eventually([this] { return open_connections() == 2; }));
    const auto answer = exchange("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statuses(answer), "503");
    EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos) << answer;
    first.close();
    EXPECT_TRUE(eventually([this] { return open_connections() == 1; }));
    EXPECT_TRUE(is_alive());
}

TEST_F(HttpServer, AnswersBodiesOverTheSharedBudgetWith503Unread) {
    auto options = patient_options();
    options.body_bytes_total_max = 1000;
    serve(std::move(options));
    handler_.hold();
    auto holder = connect();
    holder.send(
        "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n" + std::string(900, 'x'));
    EXPECT_TRUE(eventually([this] { return handler_.seen().size() == 1; }));
    const std::string sized =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200\r\n\r\n";
    EXPECT_EQ(statuses(exchange(sized)), "503");
    EXPECT_EQ(statuses(exchange(sized + std::string(200, 'x'))), "503");
    EXPECT_EQ(
        statuses(exchange(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nc8\r\n" +
            std::string(200, 'x'))),
        "503");
    handler_.let_go();
    EXPECT_EQ(statuses(holder.receive_until("echo:")), "200");
    EXPECT_EQ(statuses(exchange(sized + std::string(200, 'x'))), "200");
}

TEST_F(HttpServer, SurvivesPeersThatResetAtEveryPoint) {
    serve();
    const std::string request = kPost;
    for (std::size_t sent = 0; sent <= request.size(); ++sent) {
        auto socket = connect();
        socket.send(request.substr(0, sent));
        socket.reset();
    }
    EXPECT_TRUE(eventually([this] { return open_connections() == 0; }));
    EXPECT_TRUE(is_alive());
}

TEST_F(HttpServer, SurvivesRandomBytes) {
    serve(impatient_options());
    std::uint32_t state = 12345;
    for (int round = 0; round < 100; ++round) {
        std::string noise(4096, '\0');
        for (char& c : noise) {
            state = state * 1664525u + 1013904223u;
            c = static_cast<char>(state >> 24);
        }
        auto socket = connect();
        socket.send(noise);
        socket.receive_until_closed();
        EXPECT_TRUE(socket.closed());
    }
    EXPECT_EQ(handler_.seen().size(), 0u);
    EXPECT_TRUE(is_alive());
}

TEST_F(HttpServer, AnswersWithoutDescriptorsAndRecovers) {
    serve();
    EXPECT_TRUE(is_alive());
    EXPECT_TRUE(eventually([this] { return open_connections() == 0; }));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    std::vector<test::RawSocket> clients;  // made first: their descriptors are this process's, too
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    }
    std::vector<test::RawSocket> fillers;
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(clients.back().fd()) + 1;
    ::setrlimit(RLIMIT_NOFILE, &none);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) {
        fillers.emplace_back(fd);
    }
    for (auto& client : clients) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server_->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::connect(client.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(statuses(client.receive_until_closed()), "503");
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
    // The first one after may still meet the answer of a server without descriptors.
    EXPECT_TRUE(eventually([this] { return is_alive(); }));
}

TEST_F(HttpServer, DrainsByFinishingRequestsAndClosingIdleConnections) {
    serve();
    handler_.hold();
    auto idle = connect();
    idle.send(kPost);
    idle.receive_until("echo:{}");
    auto busy = connect();
    busy.send(kHold);
    EXPECT_TRUE(eventually([this] { return handler_.seen().size() == 2; }));
    auto drained = io_.start(server_->drain(5s));
    EXPECT_EQ(idle.receive_until_closed(), "");
    EXPECT_TRUE(idle.closed());
    EXPECT_EQ(drained.wait_for(0s), std::future_status::timeout);
    EXPECT_THROW(connect(), std::system_error);
    handler_.let_go();
    const auto answer = busy.receive_until_closed();
    EXPECT_EQ(statuses(answer), "200");
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    busy.close();
    EXPECT_EQ(drained.wait_for(20s), std::future_status::ready);
    EXPECT_EQ(running_.wait_for(20s), std::future_status::ready);
}

TEST_F(HttpServer, ClosesWhatIsLeftWhenThePatienceEnds) {
    serve();
    handler_.hold();
    auto busy = connect();
    busy.send(kHold);
    EXPECT_TRUE(eventually([this] { return handler_.seen().size() == 1; }));
    auto drained = io_.start(server_->drain(50ms));
    EXPECT_EQ(busy.receive_until_closed(), "");
    EXPECT_TRUE(busy.closed());
    handler_.let_go();
    EXPECT_EQ(drained.wait_for(20s), std::future_status::ready);
}

TEST_F(HttpServer, CountsAnswersByClassOfTheStatus) {
    serve();
    is_alive();
    exchange("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto text = metrics_.render();
    EXPECT_NE(text.find("eventbusd_http_requests_total{status=\"2xx\"} 1\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("eventbusd_http_requests_total{status=\"4xx\"} 1\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("eventbusd_http_rejects_total{reason=\"refused\"} 1\n"), std::string::npos)
        << text;
}

TEST_F(HttpServer, SaysWhyItCannotListen) {
    serve();
    auto options = patient_options();
    options.port = server_->port();
    const auto second = Server::listen(io_.executor(), options, handler_, metrics_);
    ASSERT_FALSE(second);
    EXPECT_EQ(
        second.error().message(),
        "cannot listen on 127.0.0.1:" + std::to_string(options.port) + ": Address already in use");
}

}  // namespace
}  // namespace eventbus::http
