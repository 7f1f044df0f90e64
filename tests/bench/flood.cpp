// More PutEvents requests than a daemon can serve, due at set moments, whatever the answers do: as
// many as there are connections are under way, the others wait for one. Those that still wait when
// the time is over are not sent.
//
//   flood BUS-PORT BODY-FILE REQUESTS-PER-SECOND SECONDS CONNECTIONS IDS-FILE
//
// Prints a line: accepted requests, p99 from sending to answer in ms, the same of refused ones,
// failed ones. The ids of the accepted events go to IDS-FILE, one a line.
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
using Time = SteadyClock::time_point;

double milliseconds_since(Time time) {
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - time).count();
}

struct Results {
    std::vector<double> accepted_ms;
    std::vector<double> refused_ms;
    std::size_t failed = 0;
    std::string ids;
};

// The requests that are due and have no connection yet, and the connections without a request.
class Connection;

struct Shared {
    std::string request;
    std::size_t due = 0;
    std::size_t under_way = 0;
    std::vector<Connection*> idle;
    Results results;
};

class Connection {
public:
    Connection(asio::io_context& io, const tcp::endpoint& to, Shared& shared)
        : socket_(io), shared_(shared) {
        socket_.connect(to);
        socket_.set_option(tcp::no_delay(true));
        shared_.idle.push_back(this);
    }

    void send() {
        ++shared_.under_way;
        sent_ = SteadyClock::now();
        const auto whole = asio::buffer(shared_.request);
        asio::async_write(socket_, whole, [this](boost::system::error_code error, std::size_t) {
            error ? fail() : read_head();
        });
    }

private:
    void read_head() {
        const auto into = asio::dynamic_buffer(answer_);
        asio::async_read_until(
            socket_,
            into,
            "\r\n\r\n",
            [this](boost::system::error_code error, std::size_t size) {
                error ? fail() : read_body(size);
            });
    }

    void read_body(std::size_t head) {
        constexpr std::string_view kLength = "content-length:";
        std::string lower = answer_.substr(0, head);
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
        });
        std::size_t length = 0;
        if (const auto at = lower.find(kLength); at != std::string::npos) {
            const char* from = lower.data() + at + kLength.size();
            from += *from == ' ' ? 1 : 0;
            std::from_chars(from, lower.data() + lower.size(), length);
        }
        const std::size_t whole = head + length;
        const std::size_t missing = answer_.size() < whole ? whole - answer_.size() : 0;
        asio::async_read(
            socket_,
            asio::dynamic_buffer(answer_),
            asio::transfer_exactly(missing),
            [this, head](boost::system::error_code error, std::size_t) {
                error ? fail() : finish(head);
            });
    }

    void finish(std::size_t head) {
        --shared_.under_way;
        Results& results = shared_.results;
        const std::string_view status = std::string_view(answer_).substr(9, 3);
        if (status == "200") {
            results.accepted_ms.push_back(milliseconds_since(sent_));
            note_ids(std::string_view(answer_).substr(head));
        } else if (answer_.find("ThrottlingException") != std::string::npos) {
            results.refused_ms.push_back(milliseconds_since(sent_));
        } else {
            ++results.failed;
        }
        answer_.clear();
        if (shared_.due == 0) {
            shared_.idle.push_back(this);
            return;
        }
        --shared_.due;
        send();
    }

    void note_ids(std::string_view body) {
        constexpr std::string_view kMark = "\"EventId\":\"";
        for (auto at = body.find(kMark); at != std::string_view::npos; at = body.find(kMark, at)) {
            at += kMark.size();
            shared_.results.ids.append(body.substr(at, body.find('"', at) - at)).push_back('\n');
        }
    }

    // The connection is given up.
    void fail() {
        --shared_.under_way;
        ++shared_.results.failed;
    }

    tcp::socket socket_;
    Shared& shared_;
    std::string answer_;
    Time sent_;
};

class Flood {
public:
    Flood(std::string body, double requests_per_second, double seconds)
        : timer_(io_),
          interval_(std::chrono::duration_cast<SteadyClock::duration>(
              std::chrono::duration<double>(1 / requests_per_second))),
          total_(static_cast<std::size_t>(requests_per_second * seconds)) {
        shared_.request =
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
            "application/x-amz-json-1.1\r\nX-Amz-Target: AWSEvents.PutEvents\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    Results run(unsigned short port, int connections) {
        const tcp::endpoint bus(asio::ip::make_address("127.0.0.1"), port);
        for (int i = 0; i < connections; ++i) {
            connections_.push_back(std::make_unique<Connection>(io_, bus, shared_));
        }
        start_ = SteadyClock::now();
        tick();
        const auto end = due(total_);
        io_.run_until(end);
        next_ = total_;
        shared_.due = 0;
        while (shared_.under_way != 0 && SteadyClock::now() < end + std::chrono::seconds(60)) {
            io_.run_for(std::chrono::milliseconds(20));
        }
        shared_.results.failed += shared_.under_way;
        return std::move(shared_.results);
    }

private:
    void tick() {
        const Time now = SteadyClock::now();
        for (; next_ < total_ && due(next_) <= now; ++next_) {
            if (shared_.idle.empty()) {
                ++shared_.due;
                continue;
            }
            Connection* const connection = shared_.idle.back();
            shared_.idle.pop_back();
            connection->send();
        }
        if (next_ < total_) {
            timer_.expires_at(std::max(due(next_), now + std::chrono::microseconds(200)));
            timer_.async_wait([this](boost::system::error_code) { tick(); });
        }
    }

    Time due(std::size_t n) const { return start_ + interval_ * n; }

    asio::io_context io_{1};
    asio::steady_timer timer_;
    SteadyClock::duration interval_;
    std::size_t total_;
    std::size_t next_ = 0;
    Time start_;
    Shared shared_;
    std::vector<std::unique_ptr<Connection>> connections_;
};

double p99(std::vector<double>& values) {
    std::ranges::sort(values);
    return values.empty()
               ? 0.0
               : values[static_cast<std::size_t>(0.99 * static_cast<double>(values.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: flood BUS-PORT BODY-FILE REQUESTS-PER-SECOND SECONDS CONNECTIONS "
                     "IDS-FILE\n";
        return 2;
    }
    std::ifstream file(argv[2]);
    Flood flood(
        std::string(std::istreambuf_iterator<char>(file), {}),
        std::atof(argv[3]),
        std::atof(argv[4]));
    Results results =
        flood.run(static_cast<unsigned short>(std::atoi(argv[1])), std::atoi(argv[5]));
    std::ofstream(argv[6]) << results.ids;
    std::cout << results.accepted_ms.size() << " " << p99(results.accepted_ms) << " "
              << results.refused_ms.size() << " " << p99(results.refused_ms) << " "
              << results.failed << "\n";
}
