#include "client_fixture.hpp"

#include <filesystem>
#include <latch>
#include <thread>

namespace eventbus::http {
namespace {

using namespace std::chrono_literals;
using test::HostileServer;
using test::RawSocket;

TEST_F(HttpClient, SendsExactlyOneWellFormedRequest) {
    std::promise<std::string> seen;
    HostileServer server([&](RawSocket& peer, int) {
        seen.set_value(HostileServer::read_request(peer));
        peer.send(kOk);
    });
    auto request = request_to(server.url("/hook?a=b"));
    request.headers.add("Content-Type", "application/json");
    request.headers.add("host", request.url.authority());
    request.headers.add("webhook-id", "msg_1");
    const auto response = send(std::move(request));
    ASSERT_EQ(verdict(response), "200");
    EXPECT_EQ(response->body, "ok");
    EXPECT_FALSE(response->body_truncated);
    EXPECT_EQ(
        seen.get_future().get(),
        "POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nContent-Type: application/json\r\nwebhook-id: msg_1\r\nContent-Length: "
            "2\r\n\r\n{}");
}

TEST_F(HttpClient, ReusesAConnectionThatIsAtItsEnd) {
    HostileServer server(always(kOk));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(verdict(send(server.url())), "200");
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, ReadsAnswersToManyRequestsAtOnce) {
    HostileServer server(always(kOk));
    make();
    std::vector<std::future<Result<ClientResponse>>> answers;
    for (int i = 0; i < 100; ++i) {
        answers.push_back(io_.start(client_->send(request_to(server.url()))));
    }
    for (auto& answer : answers) {
        EXPECT_EQ(verdict(answer.get()), "200");
    }
}

TEST_F(HttpClient, ClosesIdleConnectionsAfterAWhile) {
    std::promise<bool> closed;
    HostileServer server([&](RawSocket& peer, int) {
        HostileServer::read_request(peer);
        peer.send(kOk);
        peer.receive_until_closed();
        closed.set_value(peer.closed());
    });
    Client::Options options;
    options.idle_timeout = 50ms;
    make(options);
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_TRUE(closed.get_future().get());
}

TEST_F(HttpClient, KeepsNoMoreIdleConnectionsThanAllowed) {
    Client::Options options;
    options.idle_per_host_max = 0;
    make(options);
    HostileServer server(always(kOk));
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, ReadsABodyToTheEndOfTheConnection) {
    HostileServer server(once("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
    const auto response = send(server.url());
    ASSERT_EQ(verdict(response), "200");
    EXPECT_EQ(response->body, "until the end");
    EXPECT_FALSE(response->body_truncated);
}

TEST_F(HttpClient, ReadsNoBodyAfterHead) {
    HostileServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
    for (int i = 0; i < 2; ++i) {
        auto request = request_to(server.url());
        request.method = "HEAD";
        request.body.clear();
        EXPECT_EQ(verdict(send(std::move(request))), "200");
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, CutsAnEndlessBodyAtTheDeadline) {
    HostileServer server([](RawSocket& peer, int) {
        HostileServer::read_request(peer);
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while (peer.send("x")) {
            peer.receive(5ms);
        }
    });
    auto request = request_to(server.url());
    request.timeout = 200ms;
    const auto response = send(std::move(request));
    ASSERT_EQ(verdict(response), "200");
    EXPECT_TRUE(response->body_truncated);
}

TEST_F(HttpClient, TimesOutOnHeadersThatDribble) {
    HostileServer server([](RawSocket& peer, int) {
        HostileServer::read_request(peer);
        peer.send("HTTP/1.1 200 OK\r\nX: ");
        while (peer.send("x")) {
            peer.receive(5ms);
        }
    });
    auto request = request_to(server.url());
    request.timeout = 200ms;
    EXPECT_EQ(verdict(send(std::move(request))), "TIMEOUT");
}

TEST_F(HttpClient, TimesOutOnATargetThatNeverAnswers) {
    HostileServer server([](RawSocket& peer, int) { peer.receive_until_closed(); });
    auto request = request_to(server.url());
    request.timeout = 200ms;
    EXPECT_EQ(verdict(send(std::move(request))), "TIMEOUT");
}

TEST_F(HttpClient, TimesOutOnATargetThatNeverReads) {
    HostileServer server([&](RawSocket& peer, int) {
        std::this_thread::yield();
        while (!server.stopping()) {
            std::this_thread::yield();
        }
        (void)peer;
    });
    auto request = request_to(server.url());
    request.body.assign(32 * 1024 * 1024, 'x');
    request.timeout = 200ms;
    EXPECT_EQ(verdict(send(std::move(request))), "TIMEOUT");
}

TEST_F(HttpClient, FailsOnAnAnswerCutBeforeItsStatusIsKnownAndOnlyThen) {
    const std::string answer = kOk;
    const std::size_t header = answer.find("\r\n\r\n") + 4;
    for (std::size_t sent = 0; sent < answer.size(); ++sent) {
        HostileServer server([&](RawSocket& peer, int) {
            HostileServer::read_request(peer);
            peer.send(answer.substr(0, sent));
        });
        EXPECT_EQ(verdict(send(server.url())), sent < header ? "CONNECTION_FAILURE" : "200")
            << sent;
    }
}

TEST_F(HttpClient, FailsOnAReset) {
    HostileServer server([](RawSocket& peer, int) {
        HostileServer::read_request(peer);
        peer.reset();
    });
    EXPECT_EQ(verdict(send(server.url())), "CONNECTION_FAILURE");
    EXPECT_EQ(server.connections(), 1) << "a fresh connection is not tried twice";
}

TEST_F(HttpClient, FailsOnARefusedConnection) {
    std::string url;
    {
        HostileServer server(always(kOk));
        url = server.url();
    }
    EXPECT_EQ(verdict(send(url)), "CONNECTION_FAILURE");
}

TEST_F(HttpClient, ReadsAnAnswerThatCameInsteadOfReadingTheBody) {
    HostileServer server([](RawSocket& peer, int) {
        peer.receive_until("\r\n\r\n");
        peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        peer.half_close();
        peer.receive_until_closed();
    });
    auto request = request_to(server.url());
    request.body.assign(1024 * 1024, 'x');
    EXPECT_EQ(verdict(send(std::move(request))), "413");
}

TEST_F(HttpClient, ReplacesAPooledConnectionThatDiesOnTheNextRequest) {
    // Nothing shows before the second request: the first connection reads it and resets.
    HostileServer server([](RawSocket& peer, int nth) {
        HostileServer::read_request(peer);
        peer.send(kOk);
        if (!HostileServer::read_request(peer).empty() && nth > 0) {
            peer.send(kOk);
        } else {
            peer.reset();
        }
    });
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClient, DiscardsAPooledConnectionOnWhichSomethingWasPushed) {
    std::latch pushed(1);
    HostileServer server([&](RawSocket& peer, int nth) {
        HostileServer::read_request(peer);
        peer.send(kOk);
        if (nth == 0) {
            peer.receive(50ms);  // the client has read the first answer by then, or finds the
                                 // second behind it
            peer.send("HTTP/1.1 500 Pushed\r\nContent-Length: 0\r\n\r\n");
            pushed.count_down();
        }
        HostileServer::read_request(peer);
    });
    EXPECT_EQ(verdict(send(server.url())), "200");
    pushed.wait();
    EXPECT_EQ(verdict(send(server.url())), "200");
    EXPECT_EQ(server.connections(), 2);
}

struct BadRequestRow {
    const char* what;
    std::function<void(ClientRequest&)> spoil;
};

TEST_F(HttpClient, SendsNothingThatCouldBeReadAsTwoRequests) {
    const std::vector<BadRequestRow> rows = {
        {"CRLF in a value", [](auto& r) { r.headers.add("X", "v\r\nX-Evil: 1"); }},
        {"LF in a value", [](auto& r) { r.headers.add("X", "v\nX-Evil: 1"); }},
        {"NUL in a value", [](auto& r) { r.headers.add("X", std::string("v\0", 2)); }},
        {"CRLF in a name", [](auto& r) { r.headers.add("X\r\nY", "v"); }},
        {"blank in a name", [](auto& r) { r.headers.add("X ", "v"); }},
        {"empty name", [](auto& r) { r.headers.add("", "v"); }},
        {"CRLF in the target", [](auto& r) { r.url.target = "/\r\nHost: evil"; }},
        {"blank in the target", [](auto& r) { r.url.target = "/ HTTP/1.1"; }},
        {"absolute target", [](auto& r) { r.url.target = "http://evil/"; }},
        {"CRLF in the host", [](auto& r) { r.url.host = "a\r\nb"; }},
        {"empty host", [](auto& r) { r.url.host = ""; }},
        {"blank in the method", [](auto& r) { r.method = "GET / HTTP/1.1\r\n"; }},
        {"lower-case method", [](auto& r) { r.method = "post"; }},
        {"CONNECT", [](auto& r) { r.method = "CONNECT"; }},
        {"TRACE", [](auto& r) { r.method = "TRACE"; }},
        {"another Host", [](auto& r) { r.headers.add("Host", "evil"); }},
        {"another length", [](auto& r) { r.headers.add("Content-Length", "1"); }},
        {"Transfer-Encoding", [](auto& r) { r.headers.add("transfer-encoding", "chunked"); }},
        {"Connection", [](auto& r) { r.headers.add("Connection", "close"); }},
        {"Expect", [](auto& r) { r.headers.add("Expect", "100-continue"); }},
        {"Proxy-Authorization", [](auto& r) { r.headers.add("Proxy-Authorization", "x"); }},
        {"port 0", [](auto& r) { r.url.port = 0; }},
    };
    HostileServer server(always(kOk));
    for (const auto& row : rows) {
        auto request = request_to(server.url());
        row.spoil(request);
        EXPECT_EQ(verdict(send(std::move(request))), "INVALID_PARAMETER") << row.what;
    }
    EXPECT_EQ(server.connections(), 0);
}

Addresses addresses(std::initializer_list<const char*> texts) {
    Addresses all;
    for (const char* text : texts) {
        all.push_back(boost::asio::ip::make_address(text));
    }
    return all;
}

TEST_F(HttpClient, ConnectsOnlyToAddressesThatWereVetted) {
    HostileServer server(always(kOk));
    make_with([](const std::string&) { return addresses({"10.255.255.1", "127.0.0.1"}); });
    auto request = request_to("http://target.example:" + std::to_string(server.port()) + "/");
    request.may_connect = [](const auto& address, std::uint16_t) { return address.is_loopback(); };
    EXPECT_EQ(verdict(send(request)), "200");
    request.may_connect = [](const auto&, std::uint16_t) { return false; };
    EXPECT_EQ(verdict(send(request)), "BLOCKED_ADDRESS") << "although a connection is in the pool";
    auto literal = request_to(server.url());
    literal.may_connect = request.may_connect;
    EXPECT_EQ(verdict(send(literal)), "BLOCKED_ADDRESS");
    EXPECT_EQ(server.connections(), 1);
}

// 127.0.0.2 stands for a public address where nobody listens, 127.0.0.1 for the one to protect.
TEST_F(HttpClient, IsNotFooledByANameThatChangesItsAddress) {
    HostileServer server(always(kOk));
    std::atomic<int> asked{0};
    Client::Options options;
    options.resolve_ttl = 0ms;
    options.resolve_stale = 0ms;
    make_with(
        [&](const std::string&) {
            return addresses({asked++ % 2 == 0 ? "127.0.0.2" : "127.0.0.1"});
        },
        options);
    for (int i = 0; i < 200; ++i) {
        auto request = request_to("http://rebind.example:" + std::to_string(server.port()) + "/");
        request.may_connect = [](const auto& address, std::uint16_t) {
            return address != boost::asio::ip::make_address("127.0.0.1");
        };
        EXPECT_EQ(
            verdict(send(std::move(request))),
            i % 2 == 0 ? "CONNECTION_FAILURE" : "BLOCKED_ADDRESS");
    }
    EXPECT_EQ(asked, 200);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClient, TriesTheNextAddressWhenOneRefuses) {
    HostileServer server(always(kOk));
    make_with([](const std::string&) { return addresses({"::1", "127.0.0.2", "127.0.0.1"}); });
    const auto port = std::to_string(server.port());
    EXPECT_EQ(verdict(send("http://target.example:" + port + "/")), "200");
}

TEST_F(HttpClient, TriesNoMoreThanSixteenAddresses) {
    HostileServer server(always(kOk));
    make_with([](const std::string&) {
        Addresses all;
        for (int i = 2; i < 18; ++i) {
            all.push_back(boost::asio::ip::make_address("127.0.0." + std::to_string(i)));
        }
        all.push_back(boost::asio::ip::make_address("127.0.0.1"));
        return all;
    });
    const auto port = std::to_string(server.port());
    EXPECT_EQ(verdict(send("http://target.example:" + port + "/")), "CONNECTION_FAILURE");
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClient, SaysThatANameDoesNotResolve) {
    make_with([](const std::string& host) -> Result<Addresses> {
        return Error(Errc::unavailable, "host " + host + ": no", {}, "DNS_FAILURE");
    });
    EXPECT_EQ(verdict(send("http://nowhere.example/")), "DNS_FAILURE");
}

TEST_F(HttpClient, LooksUpLocalhost) {
    HostileServer server(always(kOk));
    EXPECT_EQ(verdict(send("http://localhost:" + std::to_string(server.port()) + "/")), "200");
}

TEST_F(HttpClient, DoesNotLetOneDeadNameServerHoldUpOtherNames) {
    HostileServer server(always(kOk));
    // Shared: the thread inside the look-up may leave after this test.
    const auto release = std::make_shared<std::latch>(1);
    make_with([release](const std::string& host) {
        if (host == "dead.example") {
            release->wait();
        }
        return addresses({"127.0.0.1"});
    });
    const auto port = std::to_string(server.port());
    auto dead = request_to("http://dead.example:" + port + "/");
    dead.timeout = 200ms;
    auto waiting = io_.start(client_->send(dead));
    EXPECT_EQ(verdict(send("http://alive.example:" + port + "/")), "200");
    EXPECT_EQ(verdict(waiting.get()), "TIMEOUT");
    release->count_down();
}

TEST_F(HttpClient, LeaksNoDescriptors) {
    const auto open = [] {
        return std::distance(
            std::filesystem::directory_iterator("/proc/self/fd"),
            std::filesystem::directory_iterator());
    };
    make();
    const auto before = open();
    {
        HostileServer server([](RawSocket& peer, int nth) {
            HostileServer::read_request(peer);
            if (nth % 2 == 0) {
                peer.reset();
            } else {
                peer.send(kOk + "extra");
            }
        });
        for (int i = 0; i < 50; ++i) {
            send(server.url()).has_value();
        }
    }
    EXPECT_EQ(open(), before);
}

}  // namespace
}  // namespace eventbus::http
