#include "server_fixture.hpp"

// Requests that two readers could understand in two ways. Each row is sent as it stands; the server
// answers the statuses given, closes, and has handed no more than the accepted requests to the
// handler.
namespace eventbus::http {
namespace {

struct Row {
    const char* name;
    std::string bytes;
    std::string statuses;     // "" = closed without an answer
    std::size_t handled = 0;  // requests that reached the handler
};

// A PutEvents request up to its framing headers.
const std::string P =
    "POST / HTTP/1.1\r\nHost: 127.0.0.1:8700\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
    "Content-Type: application/x-amz-json-1.1\r\n";
const std::string kEnd = "Connection: close\r\n\r\n";

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

std::string chunked(const std::string& chunks) {
    return P + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
}

std::string header_line(const std::string& line) {
    return P + line + "Content-Length: 2\r\n\r\n{}";
}

std::vector<Row> rows() {
    using namespace std::string_literals;
    return {
        {"A01_length_then_chunked",
         P + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"A02_chunked_then_length",
         P + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         "400"},
        {"A04_identity", P + "Transfer-Encoding: identity\r\n\r\n{}", "400"},
        {"A05_xchunked", P + "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "400"},
        {"A05_chunked_then_identity",
         P + "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         "400"},
        {"A05_identity_then_chunked",
         P + "Transfer-Encoding: identity, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         "400"},
        {"A05_two_codings_in_two_fields",
         P + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
         "400"},
        {"A06_xchunked_and_length",
         P + "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}",
         "400"},
        {"A08_chunked_on_1_0",
         "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         "400"},
        {"A09_blank_before_colon", P + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400"},
        {"A10_folded_coding", P + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400"},
        {"A12_vertical_tab",
         P + "Transfer-Encoding: \x0b"
             "chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"A13_two_lengths", P + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
        {"A14_same_length_twice", P + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "400"},
        {"A14_length_list", P + "Content-Length: 2, 2\r\n\r\n{}", "400"},
        {"A16_plus", P + "Content-Length: +2\r\n\r\n{}", "400"},
        {"A16_hex", P + "Content-Length: 0x2\r\n\r\n{}", "400"},
        {"A16_negative", P + "Content-Length: -1\r\n\r\n{}", "400"},
        {"A16_empty", P + "Content-Length: \r\n\r\n{}", "400"},
        {"A16_two_numbers", P + "Content-Length: 2 2\r\n\r\n{}", "400"},
        {"A17_length_beyond_64_bits", P + "Content-Length: 18446744073709551616\r\n\r\n{}", "400"},
        {"A18_largest_length", P + "Content-Length: 18446744073709551615\r\n\r\n{}", "413"},
        {"A20_bare_line_feeds", "POST / HTTP/1.1\nHost: a\nContent-Length: 2\n\n{}", "400"},
        {"A21_line_feed_in_header", P + "X: a\nX: b\r\nContent-Length: 2\r\n\r\n{}", "400"},
        {"A22_carriage_return_in_value", header_line("X: a\rb\r\n"), "400"},
        {"A22_nul_in_value", header_line("X: a\0b\r\n"s), "400"},
        {"A24_blank_in_name", header_line("X Y: a\r\n"), "400"},
        {"A24_empty_name", header_line(": a\r\n"), "400"},
        {"A24_name_not_ascii", header_line("X\x80: a\r\n"), "400"},
        {"A25_folded_header", header_line("X: a\r\n b\r\n"), "400"},
        {"A25_folded_with_tab", header_line("X: a\r\n\tb\r\n"), "400"},
        {"A25_fold_on_the_first_line",
         "POST / HTTP/1.1\r\n Host: a\r\nContent-Length: 0\r\n\r\n",
         "400"},
        {"A26_no_host", "GET /healthz HTTP/1.1\r\n\r\n", "400"},
        {"A26_two_hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
        {"A29_path_in_host", "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"},
        {"A29_user_in_host", "GET /healthz HTTP/1.1\r\nHost: a@b\r\n\r\n", "400"},
        {"A29_blank_in_host", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {"A29_open_bracket", "GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n", "400"},
        {"A29_empty_host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", "400"},
        {"A29_port_too_large", "GET /healthz HTTP/1.1\r\nHost: a:65536\r\n\r\n", "400"},
        {"A30_absolute_form",
         "POST http://evil/ HTTP/1.1\r\nHost: evil\r\nContent-Length: 2\r\n\r\n{}",
         "400"},
        {"A30_fragment", "GET /healthz#x HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"A30_broken_percent", "GET /healthz?%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"A30_byte_above_ascii", "GET /healthz?\x80 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"A30_asterisk_for_get", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"A32_http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
        {"A33_version_1_2", "GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n", "400"},
        {"A33_version_9_9", "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n", "400"},
        {"A33_lower_case_version", "GET /healthz http/1.1\r\nHost: a\r\n\r\n", "400"},
        {"A33_no_version", "GET /healthz\r\nHost: a\r\n\r\n", "400"},
        {"A34_two_blanks", "POST  / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", "400"},
        {"A34_tabs", "POST\t/\tHTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", "400"},
        {"A36_lower_case_method",
         "post / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
         "405"},
        {"A36_trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "405"},
        {"A36_connect", "CONNECT evil:443 HTTP/1.1\r\nHost: evil\r\n\r\n", "405"},
        {"A37_blank_before_size", chunked(" 2\r\n{}\r\n0\r\n\r\n"), "400"},
        {"A37_blank_after_size", chunked("2 \r\n{}\r\n0\r\n\r\n"), "400"},
        {"A37_hex_prefix", chunked("0x2\r\n{}\r\n0\r\n\r\n"), "400"},
        {"A37_negative_size", chunked("-2\r\n{}\r\n0\r\n\r\n"), "400"},
        {"A37_line_feed_after_extension", chunked("2;a\n{}\r\n0\r\n\r\n"), "400"},
        {"A38_size_of_17_digits", chunked("00000000000000002\r\n{}\r\n0\r\n\r\n"), "400"},
        {"A38_size_beyond_64_bits", chunked("10000000000000002\r\n{}\r\n0\r\n\r\n"), "400"},
        {"A38_size_beyond_the_limit", chunked("ffffffffffffffff\r\n{}\r\n0\r\n\r\n"), "413"},
        {"A40_no_line_end_after_data", chunked("2\r\n{}XX0\r\n\r\n"), "400"},
        {"A40_no_line_end_after_last", chunked("2\r\n{}\r\n0\r\nXX"), "408"},
        {"A41_long_extension",
         chunked("2;" + std::string(5'000, 'x') + "\r\n{}\r\n0\r\n\r\n"),
         "400"},
        {"A41_endless_extension", chunked("2;" + std::string(50'000, 'x')), "400"},
        {"A41_many_chunks", chunked(repeat("1\r\nx\r\n", 20'000) + "0\r\n\r\n"), "400"},
        {"A42_length_as_trailer",
         P + "Transfer-Encoding: chunked\r\n" + kEnd +
             "2\r\n{}\r\n0\r\nContent-Length: 9\r\nHost: evil\r\n\r\n",
         "200",
         1},
        {"A44_long_header", P + "X: " + std::string(17'000, 'x') + "\r\n\r\n", "431"},
        {"A44_101_fields",
         "GET /healthz HTTP/1.1\r\nHost: a\r\n" + repeat("X: a\r\n", 100) + "\r\n",
         "431"},
        {"A45_long_target",
         "GET /healthz?" + std::string(5'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n",
         "414"},
        {"A45_endless_target", "GET /" + std::string(40'000, 'x'), "414"},
        {"A46_pipelined",
         P + "Content-Length: 2\r\n\r\n{}" + P + "Content-Length: 2\r\n" + kEnd + "[]",
         "200 200",
         2},
        {"A48_too_large_to_continue",
         P + "Expect: 100-continue\r\nContent-Length: 1048577\r\n\r\n",
         "413"},
        {"A49_unknown_expectation", P + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", "417"},
        {"A50_upgrade_to_http_2",
         "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, "
         "close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
         "200",
         1},
        {"A50_upgrade_to_websocket",
         "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: "
         "websocket\r\n\r\n",
         "200",
         1},
        {"A52_get_with_a_body",
         "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
         "400"},
        {"A52_get_with_chunks",
         "GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"A52_delete_with_a_body",
         "DELETE /thing HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
         "400"},
        {"A54_tls_client_hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, ""},
        {"post_without_length", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "411"},
        {"B12_compressed_body",
         P + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
         "415"},
        {"B13_body_one_byte_too_long", P + "Content-Length: 1048577\r\n\r\n", "413"},
        {"unknown_path", "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", "404"},
        {"method_of_another_path",
         "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
         "405"},
        {"not_http_at_all", "\x01\x02\x03 hello", "400"},
        // What must work.
        {"plain_post", P + "Content-Length: 2\r\n" + kEnd + "{}", "200", 1},
        {"chunked_post",
         P + "Transfer-Encoding: chunked\r\n" + kEnd + "2\r\n{}\r\n0\r\n\r\n",
         "200",
         1},
        {"chunked_in_capitals",
         P + "Transfer-Encoding: Chunked\r\n" + kEnd + "2\r\n{}\r\n0\r\n\r\n",
         "200",
         1},
        {"chunked_with_a_short_extension",
         P + "Transfer-Encoding: chunked\r\n" + kEnd + "2;a=b\r\n{}\r\n0\r\n\r\n",
         "200",
         1},
        {"trailers_are_dropped",
         P + "Transfer-Encoding: chunked\r\n" + kEnd + "2\r\n{}\r\n0\r\nX-Amz-Target: evil\r\n\r\n",
         "200",
         1},
        {"http_1_0", "GET /healthz HTTP/1.0\r\n\r\n", "200", 1},
        {"empty_line_before_the_request",
         "\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
         "200",
         1},
        {"host_with_an_underscore",
         "GET /healthz HTTP/1.1\r\nHost: event_bus:8700\r\nConnection: close\r\n\r\n",
         "200",
         1},
        {"host_in_brackets",
         "GET /healthz HTTP/1.1\r\nHost: [::1]:8700\r\nConnection: close\r\n\r\n",
         "200",
         1},
        {"get_with_an_empty_body",
         "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         "200",
         1},
        {"leftover_after_a_refusal_is_no_request",
         "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
         "404"},
    };
}

class ServerFraming : public ServerFixture, public ::testing::WithParamInterface<Row> {};

TEST_P(ServerFraming, AnswersOnceAndCloses) {
    serve(GetParam().statuses == "408" ? impatient_options() : patient_options());
    const std::string answer = exchange(GetParam().bytes);
    EXPECT_EQ(statuses(answer), GetParam().statuses) << answer;
    EXPECT_EQ(handler_.seen().size(), GetParam().handled);
    EXPECT_TRUE(is_alive());
}

INSTANTIATE_TEST_SUITE_P(Rows, ServerFraming, ::testing::ValuesIn(rows()), [](const auto& row) {
    return std::string(row.param.name);
});

// The same bytes one at a time: the scanner resumes wherever a packet ends. Without the rows whose
// size is their point.
std::vector<Row> short_rows() {
    auto all = rows();
    std::erase_if(all, [](const Row& row) { return row.bytes.size() > 400; });
    return all;
}

class ServerFramingInPieces : public ServerFraming {};

TEST_P(ServerFramingInPieces, AnswersTheSame) {
    auto options = patient_options();
    if (GetParam().statuses == "408") {
        options.body_timeout = std::chrono::milliseconds(300);
    }
    serve(std::move(options));
    auto socket = connect();
    for (const char byte : GetParam().bytes) {
        if (!socket.send({&byte, 1})) {
            break;
        }
    }
    const auto answer = socket.receive_until_closed();
    EXPECT_EQ(statuses(answer), GetParam().statuses) << answer;
    EXPECT_EQ(handler_.seen().size(), GetParam().handled);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    ServerFramingInPieces,
    ::testing::ValuesIn(short_rows()),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace eventbus::http
