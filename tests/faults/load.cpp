// Posts events over some connections at a steady rate, whatever becomes of the daemon, and keeps a
// ledger:
//
//   s FIRST COUNT        these numbers are about to be sent
//   a EVENT-ID NUMBER    this one was acknowledged: the whole answer had arrived
//
// Every tenth event has the source "refused", the others "load". Until SIGTERM; then it waits a
// second for the answers under way.
//   fault_load PORT LEDGER FIRST-NUMBER EVENTS-PER-SECOND [CONNECTIONS [ENTRIES [PADDING]]]
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

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
using SteadyClock = std::chrono::steady_clock;

constexpr int kRefusedEvery = 10;
constexpr std::chrono::milliseconds kReconnectDelay{10};
constexpr std::chrono::seconds kAnswerPatience{15};

struct Plan {
    tcp::endpoint to;
    int ledger = -1;
    std::int64_t next_number = 0;
    int entries = 10;
    std::size_t padding = 200;
    std::chrono::nanoseconds interval{0};  // between two requests of one connection
    bool stopping = false;

    void note(const std::string& lines) const {
        if (::write(ledger, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size())) {
            std::cerr << "fault_load: the ledger cannot be written\n";
            std::_Exit(2);
        }
    }
};

class Writer {
public:
    Writer(asio::io_context& io, Plan& plan) : plan_(plan), stream_(io), timer_(io) {}

    void connect() {
        if (plan_.stopping) {
            return;
        }
        buffer_.clear();
        stream_.expires_after(kAnswerPatience);
        stream_.async_connect(plan_.to, [this](beast::error_code error) {
            if (error) {
                pause();
                return;
            }
            stream_.socket().set_option(tcp::no_delay(true), error);
            due_at_ = SteadyClock::now();
            send();
        });
    }

private:
    void pause() {
        stream_.close();
        timer_.expires_after(kReconnectDelay);
        timer_.async_wait([this](beast::error_code) { connect(); });
    }

    void send() {
        if (plan_.stopping) {
            return;
        }
        first_ = plan_.next_number;
        plan_.next_number += plan_.entries;
        plan_.note("s " + std::to_string(first_) + " " + std::to_string(plan_.entries) + "\n");
        std::string body = R"({"Entries":[)";
        for (int i = 0; i < plan_.entries; ++i) {
            const auto number = first_ + i;
            body += i > 0 ? "," : "";
            body += R"({"Source":")";
            body += number % kRefusedEvery == 0 ? "refused" : "load";
            body += R"(","DetailType":"t","Detail":"{\"n\":)" + std::to_string(number) +
                    R"(,\"padding\":\")" + std::string(plan_.padding, 'x') + R"(\"}"})";
        }
        request_ = {http::verb::post, "/", 11};
        request_.set(http::field::host, "127.0.0.1");
        request_.set(http::field::content_type, "application/x-amz-json-1.1");
        request_.set("X-Amz-Target", "AWSEvents.PutEvents");
        request_.body() = body + "]}";
        request_.prepare_payload();
        stream_.expires_after(kAnswerPatience);
        http::async_write(stream_, request_, [this](beast::error_code error, std::size_t) {
            if (error) {
                pause();
            } else {
                receive();
            }
        });
    }

    void receive() {
        response_ = {};
        http::async_read(stream_, buffer_, response_, [this](beast::error_code error, std::size_t) {
            if (error) {
                pause();
                return;
            }
            if (response_.result() == http::status::ok) {
                note_acknowledged();
            }
            if (!response_.keep_alive()) {
                pause();
                return;
            }
            due_at_ = std::max(due_at_ + plan_.interval, SteadyClock::now() - plan_.interval);
            timer_.expires_at(due_at_);
            timer_.async_wait([this](beast::error_code) { send(); });
        });
    }

    void note_acknowledged() {
        const auto answer = nlohmann::json::parse(response_.body(), nullptr, false);
        if (!answer.is_object() || !answer.contains("Entries")) {
            std::cerr << "fault_load: no answer to PutEvents: " << response_.body() << "\n";
            std::_Exit(2);
        }
        std::string lines;
        std::int64_t number = first_;
        for (const auto& entry : answer["Entries"]) {
            if (entry.contains("EventId")) {
                lines += "a " + entry["EventId"].get<std::string>() + " " + std::to_string(number) +
                         "\n";
            }
            ++number;
        }
        plan_.note(lines);
    }

    Plan& plan_;
    beast::tcp_stream stream_;
    asio::steady_timer timer_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
    std::int64_t first_ = 0;
    SteadyClock::time_point due_at_;
};

double argument(int argc, char** argv, int index, double otherwise) {
    return index < argc ? std::atof(argv[index]) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::cerr << "usage: fault_load PORT LEDGER FIRST-NUMBER EVENTS-PER-SECOND"
                     " [CONNECTIONS [ENTRIES [PADDING]]]\n";
        return 2;
    }
    asio::io_context io(1);
    Plan plan;
    plan.to = {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(std::atoi(argv[1]))};
    plan.ledger = ::open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    plan.next_number = std::atoll(argv[3]);
    const auto connections = static_cast<int>(argument(argc, argv, 5, 8));
    plan.entries = static_cast<int>(argument(argc, argv, 6, 10));
    plan.padding = static_cast<std::size_t>(argument(argc, argv, 7, 200));
    plan.interval = std::chrono::nanoseconds(
        static_cast<std::int64_t>(1e9 * connections * plan.entries / std::atof(argv[4])));
    std::vector<std::unique_ptr<Writer>> writers;
    for (int i = 0; i < connections; ++i) {
        writers.push_back(std::make_unique<Writer>(io, plan));
        writers.back()->connect();
    }
    asio::signal_set signals(io, SIGTERM, SIGINT);
    asio::steady_timer last_answers(io);
    signals.async_wait([&](beast::error_code, int) {
        plan.stopping = true;
        last_answers.expires_after(std::chrono::seconds(1));
        last_answers.async_wait([&](beast::error_code) { io.stop(); });
    });
    io.run();
}
