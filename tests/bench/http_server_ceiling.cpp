// A bare Beast server that reads a request and answers 200 with a fixed body: what HTTP alone costs
// on this machine, and a webhook receiver that does nothing. http_server_ceiling PORT
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr char kAnswer[] =
    R"({"FailedEntryCount":0,"Entries":[{"EventId":"11710aed-b79e-4468-a20b-bb3c0c3b4860"}]})";

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(tcp::socket socket) : stream_(std::move(socket)) {
        answer_.result(http::status::ok);
        answer_.set(http::field::content_type, "application/x-amz-json-1.1");
        answer_.keep_alive(true);
        answer_.body() = kAnswer;
        answer_.prepare_payload();
    }

    void read() {
        request_ = {};
        http::async_read(
            stream_,
            buffer_,
            request_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) {
                    self->write();
                }
            });
    }

private:
    void write() {
        http::async_write(
            stream_,
            answer_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) {
                    self->read();
                }
            });
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> answer_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<Session>(std::move(socket))->read();
        }
        accept(acceptor);
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: http_server_ceiling PORT\n";
        return 2;
    }
    asio::io_context io(1);
    const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
    tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), port});
    accept(acceptor);
    io.run();
}
