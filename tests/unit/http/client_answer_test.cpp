#include "client_fixture.hpp"

namespace eventbus::http {
namespace {

using test::HostileServer;
using test::RawSocket;

// What a target may answer, what is made of it, and whether its connection is used again.
struct AnswerRow {
    const char* name;
    std::string answer;
    std::string verdict;
    std::string body;
    bool truncated = false;
    bool reused = false;  // a second request goes over the same connection
};

std::string repeat(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

std::vector<AnswerRow> answer_rows() {
    const std::string full(kClientBodyBytesMax, 'x');
    return {
        {"sized", kOk, "200", "ok", false, true},
        {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200", "", false, true},
        {"chunked",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
         "200",
         "ok",
         false,
         true},
        {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", "204", "", false, true},
        {"error_status",
         "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno",
         "503",
         "no",
         false,
         true},
        {"redirect_is_not_followed",
         "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
         "302",
         "",
         false,
         true},
        {"no_reason_phrase",
         "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
         "200",
         "ok",
         false,
         true},
        {"no_blank_before_no_reason_phrase",
         "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
         "200",
         "ok",
         false,
         true},
        {"folded_header",
         "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
         "200",
         "ok",
         false,
         true},
        {"asks_to_close",
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
         "200",
         "ok"},
        {"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200", "ok"},
        {"G04_some_informational",
         repeat("HTTP/1.1 100 Continue\r\n\r\n", 2) +
             "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n" + kOk,
         "200",
         "ok",
         false,
         true},
        {"G04_too_many_informational",
         repeat("HTTP/1.1 100 Continue\r\n\r\n", 100) + kOk,
         "BAD_RESPONSE",
         ""},
        {"G04_switching_protocols",
         "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + kOk,
         "BAD_RESPONSE",
         ""},
        {"G06_no_content_with_content",
         "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
         "204",
         ""},
        {"G06_left_over_bytes", kOk + "more", "200", "ok"},
        {"G07_second_answer_at_once",
         kOk + "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
         "200",
         "ok"},
        {"G08_status_000", "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_99", "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_099", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_600", "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_999", "HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_20", "HTTP/1.1 20 Short\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_status_2000", "HTTP/1.1 2000 Long\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"G08_icy", "ICY 200 OK\r\nContent-Length: 0\r\n\r\n", "BAD_RESPONSE", ""},
        {"http_2_preface", std::string("\x00\x00\x12\x04\x00\x00\n", 7), "BAD_RESPONSE", ""},
        {"bare_line_feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "BAD_RESPONSE", ""},
        {"length_and_chunked",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
         "BAD_RESPONSE",
         ""},
        {"two_lengths",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
         "BAD_RESPONSE",
         ""},
        {"same_length_twice",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
         "200",
         "ok"},
        {"broken_chunk",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokXX",
         "200",
         "ok",
         true},
        {"chunk_of_2_to_the_63",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\n" + full + "x",
         "200",
         full,
         true},
        {"G03_announced_9_gigabytes",
         "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n" + full,
         "200",
         full,
         true},
        {"body_at_the_limit",
         "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + full,
         "200",
         full,
         false,
         true},
        {"body_over_the_limit",
         "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + full + "x",
         "200",
         full,
         true},
        {"long_header",
         "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
         "BAD_RESPONSE",
         ""},
        {"G11_compressed_is_not_inflated",
         "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
         "200",
         "\x1f\x8b\x08",
         false,
         true},
    };
}

class ClientAnswer : public HttpClient, public ::testing::WithParamInterface<AnswerRow> {};

TEST_P(ClientAnswer, IsJudgedByItsStatusAndLeavesNothingBehind) {
    const AnswerRow& row = GetParam();
    HostileServer server([&row](RawSocket& peer, int) {
        while (!HostileServer::read_request(peer).empty() && peer.send(row.answer)) {
        }
    });
    const auto response = send(server.url());
    ASSERT_EQ(verdict(response), row.verdict) << (response ? "" : response.error().message());
    if (response) {
        EXPECT_EQ(response->body, row.body);
        EXPECT_EQ(response->body_truncated, row.truncated);
    }
    EXPECT_EQ(verdict(send(server.url())), row.verdict);
    EXPECT_EQ(server.connections(), row.reused ? 1 : 2);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    ClientAnswer,
    ::testing::ValuesIn(answer_rows()),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace eventbus::http
