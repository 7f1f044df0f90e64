// Accept-to-webhook latency under a fixed schedule, without coordinated omission: sends PutEvents
// requests at set moments, whatever the answers do, and is the webhook receiver as well. The
// sending time travels in the detail. pace BUS-PORT WEBHOOK-PORT REQUESTS-PER-SECOND ENTRIES
// SECONDS; prints "received p50_ms p99_ms p999_ms".
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 16;
constexpr std::size_t kPaddingBytes = 400;

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               SteadyClock::now().time_since_epoch())
        .count();
}

class Receiver : public std::enable_shared_from_this<Receiver> {
public:
    Receiver(tcp::socket socket, std::vector<double>& latencies_ms)
        : stream_(std::move(socket)), latencies_ms_(latencies_ms) {
        answer_.result(http::status::ok);
        answer_.keep_alive(true);
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
                    self->note();
                }
            });
    }

private:
    void note() {
        constexpr std::string_view kMark = "\"sent_ns\":";
        const auto& body = request_.body();
        if (const auto at = body.find(kMark); at != std::string::npos) {
            std::int64_t sent = 0;
            std::from_chars(body.data() + at + kMark.size(), body.data() + body.size(), sent);
            latencies_ms_.push_back(static_cast<double>(now_ns() - sent) / 1e6);
        }
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
    std::vector<double>& latencies_ms_;
};

// One connection to the bus; requests that come due while one is under way wait, and their clock
// runs.
class Sender {
public:
    Sender(asio::io_context& io, const tcp::endpoint& to, int entries)
        : stream_(io), entries_(entries) {
        stream_.connect(to);
        stream_.socket().set_option(tcp::no_delay(true));
    }

    void enqueue(std::int64_t due_ns) {
        due_.push_back(due_ns);
        if (!busy_) {
            send();
        }
    }

private:
    void send() {
        busy_ = !due_.empty();
        if (!busy_) {
            return;
        }
        const auto sent = std::to_string(due_.front());
        due_.pop_front();
        static const std::string padding(kPaddingBytes, 'x');
        std::string body = R"({"Entries":[)";
        for (int i = 0; i < entries_; ++i) {
            body += i > 0 ? "," : "";
            body += R"({"Source":"bench","DetailType":"Paced","Detail":"{\"sent_ns\":)" + sent +
                    R"(,\"padding\":\")" + padding + R"(\"}"})";
        }
        request_ = {http::verb::post, "/", 11};
        request_.set(http::field::host, "127.0.0.1");
        request_.set(http::field::content_type, "application/x-amz-json-1.1");
        request_.set("X-Amz-Target", "AWSEvents.PutEvents");
        request_.body() = body + "]}";
        request_.prepare_payload();
        http::async_write(stream_, request_, [this](beast::error_code error, std::size_t) {
            if (!error) {
                receive();
            }
        });
    }

    void receive() {
        response_ = {};
        http::async_read(stream_, buffer_, response_, [this](beast::error_code error, std::size_t) {
            if (!error) {
                send();
            }
        });
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
    std::deque<std::int64_t> due_;
    int entries_;
    bool busy_ = false;
};

class Bench {
public:
    Bench(unsigned short webhook_port, double requests_per_second, double seconds)
        : acceptor_(io_, {asio::ip::make_address("127.0.0.1"), webhook_port}),
          timer_(io_),
          interval_ns_(1e9 / requests_per_second),
          total_(static_cast<std::int64_t>(requests_per_second * seconds)) {}

    std::vector<double> run(unsigned short bus_port, int entries) {
        accept();
        const tcp::endpoint bus(asio::ip::make_address("127.0.0.1"), bus_port);
        for (std::size_t i = 0; i < kConnections; ++i) {
            senders_.push_back(std::make_unique<Sender>(io_, bus, entries));
        }
        start_ns_ = now_ns();
        tick();
        const auto expected = static_cast<std::size_t>(total_) * static_cast<std::size_t>(entries);
        const auto deadline = SteadyClock::now() + std::chrono::seconds(60);
        latencies_ms_.reserve(expected);
        while (latencies_ms_.size() < expected && SteadyClock::now() < deadline) {
            io_.run_for(std::chrono::milliseconds(20));
        }
        return std::move(latencies_ms_);
    }

private:
    void accept() {
        acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
            if (!error) {
                socket.set_option(tcp::no_delay(true));
                std::make_shared<Receiver>(std::move(socket), latencies_ms_)->read();
            }
            accept();
        });
    }

    void tick() {
        const auto now = now_ns();
        while (next_ < total_ && due(next_) <= now) {
            senders_[static_cast<std::size_t>(next_) % kConnections]->enqueue(due(next_));
            ++next_;
        }
        if (next_ == total_) {
            return;
        }
        timer_.expires_at(SteadyClock::time_point(std::chrono::nanoseconds(due(next_))));
        timer_.async_wait([this](beast::error_code) { tick(); });
    }

    std::int64_t due(std::int64_t n) const {
        return start_ns_ + static_cast<std::int64_t>(static_cast<double>(n) * interval_ns_);
    }

    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer timer_;
    std::vector<std::unique_ptr<Sender>> senders_;
    std::vector<double> latencies_ms_;
    double interval_ns_;
    std::int64_t total_;
    std::int64_t next_ = 0;
    std::int64_t start_ns_ = 0;
};

double percentile(std::vector<double>& sorted, double p) {
    return sorted.empty()
               ? 0.0
               : sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::cerr << "usage: pace BUS-PORT WEBHOOK-PORT REQUESTS-PER-SECOND ENTRIES SECONDS\n";
        return 2;
    }
    Bench bench(
        static_cast<unsigned short>(std::atoi(argv[2])),
        std::atof(argv[3]),
        std::atof(argv[5]));
    auto latencies = bench.run(static_cast<unsigned short>(std::atoi(argv[1])), std::atoi(argv[4]));
    std::ranges::sort(latencies);
    std::cout << latencies.size() << " " << percentile(latencies, 0.5) << " "
              << percentile(latencies, 0.99) << " " << percentile(latencies, 0.999) << "\n";
}
