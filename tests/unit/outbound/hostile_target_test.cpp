#include "webhook_fixture.hpp"

#include <atomic>
#include <map>
#include <string>

// What targets can do to us, over real sockets; the numbers are those of the list of bad inputs.
namespace eventbus::test {
namespace {

using namespace std::chrono_literals;

class HostileTarget : public WebhookSender {};

// The status that the path asks for.
HostileServer::Script status_of_the_path(std::atomic<int>& connections) {
    return [&connections](RawSocket& peer, int) {
        ++connections;
        while (true) {
            const auto request = HostileServer::read_request(peer);
            if (request.empty()) {
                return;
            }
            const auto from = request.find('/') + 1;
            const auto status = request.substr(from, request.find(' ', from) - from);
            if (!peer.send("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n") ||
                status.starts_with('1')) {
                return;
            }
        }
    };
}

struct Expected {
    Verdict verdict = Verdict::permanent;
    std::string code = "ERROR_FROM_TARGET";
};

Expected expected_of(unsigned status) {
    static const std::map<unsigned, Expected> kSpecial = {
        {101, {Verdict::retriable, "BAD_RESPONSE"}},
        {401, {Verdict::permanent, "NO_PERMISSIONS"}},
        {403, {Verdict::permanent, "NO_PERMISSIONS"}},
        {407, {Verdict::permanent, "NO_PERMISSIONS"}},
        {404, {Verdict::permanent, "NO_RESOURCE"}},
        {410, {Verdict::permanent, "NO_RESOURCE"}},
        {408, {Verdict::retriable, "TIMEOUT"}},
        {409, {Verdict::retriable, "ERROR_FROM_TARGET"}},
        {425, {Verdict::retriable, "ERROR_FROM_TARGET"}},
        {429, {Verdict::retriable, "THROTTLING"}},
        {504, {Verdict::retriable, "TIMEOUT"}},
    };
    if (const auto special = kSpecial.find(status); special != kSpecial.end()) {
        return special->second;
    }
    switch (status / 100) {
        case 1:  // interim, and then the connection ends
            return {Verdict::retriable, "CONNECTION_FAILURE"};
        case 2:
            return {Verdict::delivered, ""};
        case 5:
            return {Verdict::retriable, "ERROR_FROM_TARGET"};
        default:
            return {};
    }
}

TEST_F(HostileTarget, IsJudgedByEveryStatusThereIs) {
    std::atomic<int> connections{0};
    HostileServer server(status_of_the_path(connections));
    for (unsigned status = 100; status <= 599; ++status) {
        const auto result = send(target_at(server.url("/" + std::to_string(status))));
        const Expected expected = expected_of(status);
        EXPECT_EQ(result.verdict, expected.verdict) << status;
        EXPECT_EQ(result.code, expected.code) << status;
        EXPECT_EQ(result.http_status, status < 200 ? 0 : status) << status;
    }
    EXPECT_LE(connections, 102) << "only interim answers cost their connection";
    client_->stop();
}

TEST_F(HostileTarget, G08HasNoStatusThatDoesNotExist) {
    std::atomic<int> connections{0};
    HostileServer server(status_of_the_path(connections));
    for (const char* status :
         {"000", "099", "99", "20", "2000", "600", "999", "-200", "2e2", "2x0"}) {
        const auto result = send(target_at(server.url("/" + std::string(status))));
        EXPECT_EQ(result.verdict, Verdict::retriable) << status;
        EXPECT_EQ(result.code, "BAD_RESPONSE") << status;
    }
}

// G12: a reset after each byte of the answer, and after some of the request.
TEST_F(HostileTarget, G12ResetsAtEveryByteOfItsAnswer) {
    const std::string answer = HttpSink::status(200, "", "ok");
    const std::size_t header = answer.find("\r\n\r\n") + 4;
    for (std::size_t sent = 0; sent <= answer.size(); ++sent) {
        HostileServer server([&](RawSocket& peer, int) {
            HostileServer::read_request(peer);
            peer.send(answer.substr(0, sent));
            peer.reset();
        });
        const auto result = send(target_at(server.url()));
        EXPECT_EQ(result.verdict, sent < header ? Verdict::retriable : Verdict::delivered) << sent;
        EXPECT_EQ(server.connections(), 1) << "a fresh connection is not tried again at once";
        client_->stop();
        client_ = http::Client::create(io_.executor(), {}, metrics_);
    }
}

TEST_F(HostileTarget, G12ResetsWhileItReadsTheRequest) {
    auto event = make_event(R"({"long":")" + std::string(2'000'000, 'x') + "\"}");
    for (const std::size_t read : {0U, 1U, 17U, 4'000U, 300'000U}) {
        HostileServer server([&](RawSocket& peer, int) {
            peer.receive_while([&](const std::string& got) { return got.size() < read; });
            peer.reset();
        });
        const auto result = send(target_at(server.url()), event);
        EXPECT_EQ(result.verdict, Verdict::retriable) << read;
        EXPECT_EQ(result.code, "CONNECTION_FAILURE") << read;
    }
}

TEST_F(HostileTarget, G14SendsItsTlsRecordByteByByte) {
    options_.timeout = 300ms;
    HostileServer server([](RawSocket& peer, int) {
        peer.receive(1s);
        if (!peer.send(std::string("\x16\x03\x03\x40\x00", 5))) {
            return;
        }
        while (peer.send("x")) {
            peer.receive(5ms);
        }
    });
    const auto started = std::chrono::steady_clock::now();
    const auto result = send(target_at("https" + server.url().substr(4)));
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "TIMEOUT");
    EXPECT_GE(std::chrono::steady_clock::now() - started, 300ms);
}

TEST_F(HostileTarget, G14SpeaksNoTlsWhereItShould) {
    HttpSink sink;
    const auto result = send(target_at("https" + sink.url().substr(4)));
    EXPECT_EQ(result.verdict, Verdict::retriable);
    EXPECT_EQ(result.code, "TLS_FAILURE");
}

TEST_F(HostileTarget, G15CannotWriteIntoWhatPeopleRead) {
    HttpSink sink([](const std::string&, int) {
        return HttpSink::status(302, "Location: http://x/\xff\xe2\x80\xae<script>\r\n");
    });
    const auto result = send(target_at(sink.url()));
    for (const char c : result.message) {
        EXPECT_TRUE(c >= 0x20 && c <= 0x7e) << result.message;
    }
    client_->stop();
}

TEST_F(HostileTarget, G18HasNoInfluenceOnTheNextRequest) {
    HttpSink sink([](const std::string&, int) {
        return HttpSink::status(
            200,
            "Set-Cookie: id=1; Path=/\r\nAlt-Svc: h2=\":443\"\r\n"
            "Strict-Transport-Security: max-age=31536000\r\nClear-Site-Data: \"*\"\r\n"
            "Link: </x>; rel=preload\r\nRefresh: 0; url=/y\r\n");
    });
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(send(target_at(sink.url())).verdict, Verdict::delivered);
    }
    const auto requests = sink.wait_for(2);
    ASSERT_EQ(requests.size(), 2U);
    const auto without_time = [](std::string request) {
        const auto at = request.find("webhook-timestamp: ");
        return request.erase(at, request.find("\r\n", at) - at);
    };
    EXPECT_EQ(without_time(requests[0]), without_time(requests[1]));
    client_->stop();
}

}  // namespace
}  // namespace eventbus::test
