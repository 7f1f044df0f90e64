// A bare Beast client with one POST in flight on each of N keep-alive connections: what delivering
// webhooks could cost at least. http_client_ceiling PORT CONNECTIONS SECONDS; prints requests a
// second.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t kBodyBytes = 700;

class Connection {
public:
    Connection(asio::io_context& io, const tcp::endpoint& to, std::uint64_t& done)
        : stream_(io), done_(done) {
        stream_.connect(to);
        stream_.socket().set_option(tcp::no_delay(true));
        request_.method(http::verb::post);
        request_.target("/hook");
        request_.set(http::field::host, "127.0.0.1");
        request_.set(http::field::content_type, "application/json");
        request_.body().assign(kBodyBytes, 'x');
        request_.prepare_payload();
    }

    void send() {
        http::async_write(stream_, request_, [this](beast::error_code error, std::size_t) {
            if (!error) {
                receive();
            }
        });
    }

private:
    void receive() {
        response_ = {};
        http::async_read(stream_, buffer_, response_, [this](beast::error_code error, std::size_t) {
            if (!error) {
                ++done_;
                send();
            }
        });
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
    std::uint64_t& done_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: http_client_ceiling PORT CONNECTIONS SECONDS\n";
        return 2;
    }
    asio::io_context io(1);
    const tcp::endpoint to(
        asio::ip::make_address("127.0.0.1"),
        static_cast<unsigned short>(std::atoi(argv[1])));
    std::uint64_t done = 0;
    std::vector<std::unique_ptr<Connection>> connections;
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
        connections.push_back(std::make_unique<Connection>(io, to, done));
        connections.back()->send();
    }
    const double seconds = std::atof(argv[3]);
    io.run_for(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
    std::cout << static_cast<double>(done) / seconds << "\n";
}
