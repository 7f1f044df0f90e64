// A webhook receiver that writes down what it takes, and syncs it, before it says so:
//
//   PATH WEBHOOK-ID EVENT-ID NUMBER
//
// Requests that arrive together share a sync. It answers /refused with 400, and one request in
// REFUSE-ONE-IN with 500 (0: none). Between SIGUSR1 and SIGUSR2 it answers 503 to everything.
// Prints its port. Until SIGTERM.
//   fault_sink FILE REFUSE-ONE-IN
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

std::string_view between(std::string_view text, std::string_view mark, std::string_view ends) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) {
        return "-";
    }
    text.remove_prefix(at + mark.size());
    return text.substr(0, text.find_first_of(ends));
}

class Session;

class Sink {
public:
    Sink(asio::io_context& io, int file, unsigned refuse_one_in)
        : io_(io), file_(file), refuse_one_in_(refuse_one_in) {}

    void set_open(bool open) { is_open_ = open; }

    bool is_open() const { return is_open_; }

    bool refuses() { return refuse_one_in_ != 0 && random_() % refuse_one_in_ == 0; }

    void take(const std::string& line, std::shared_ptr<Session> session) {
        lines_ += line;
        waiting_.push_back(std::move(session));
        if (waiting_.size() == 1) {
            asio::post(io_, [this] { sync(); });
        }
    }

private:
    void sync();

    asio::io_context& io_;
    int file_;
    unsigned refuse_one_in_;
    bool is_open_ = true;
    std::minstd_rand random_{std::random_device{}()};
    std::string lines_;
    std::vector<std::shared_ptr<Session>> waiting_;
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, Sink& sink) : stream_(std::move(socket)), sink_(sink) {}

    void read() {
        request_ = {};
        http::async_read(
            stream_,
            buffer_,
            request_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) {
                    self->handle();
                }
            });
    }

    void answer(http::status status) {
        answer_ = {status, 11};
        answer_.keep_alive(true);
        answer_.prepare_payload();
        http::async_write(
            stream_,
            answer_,
            [self = shared_from_this()](beast::error_code error, std::size_t) {
                if (!error) {
                    self->read();
                }
            });
    }

private:
    void handle() {
        const std::string path(request_.target());
        if (path == "/refused") {
            answer(http::status::bad_request);
        } else if (!sink_.is_open()) {
            answer(http::status::service_unavailable);
        } else if (sink_.refuses()) {
            answer(http::status::internal_server_error);
        } else {
            const std::string_view body = request_.body();
            const auto webhook = request_["webhook-id"];
            sink_.take(
                path + ' ' + std::string(webhook.data(), webhook.size()) + ' ' +
                    std::string(between(body, R"("id":")", "\"")) + ' ' +
                    std::string(between(body, R"("n":)", ",}")) + '\n',
                shared_from_this());
        }
    }

    beast::tcp_stream stream_;
    Sink& sink_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::empty_body> answer_;
};

void Sink::sync() {
    const auto lines = std::exchange(lines_, {});
    const auto waiting = std::exchange(waiting_, {});
    if (::write(file_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) ||
        ::fdatasync(file_) != 0) {
        std::cerr << "fault_sink: cannot write down what it takes\n";
        std::_Exit(2);
    }
    for (const auto& session : waiting) {
        session->answer(http::status::ok);
    }
}

void accept(tcp::acceptor& acceptor, Sink& sink) {
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true), error);
            std::make_shared<Session>(std::move(socket), sink)->read();
        }
        accept(acceptor, sink);
    });
}

void watch(asio::signal_set& signals, Sink& sink, asio::io_context& io) {
    signals.async_wait([&](beast::error_code, int number) {
        if (number == SIGTERM) {
            io.stop();
            return;
        }
        sink.set_open(number == SIGUSR2);
        watch(signals, sink, io);
    });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: fault_sink FILE REFUSE-ONE-IN\n";
        return 2;
    }
    asio::io_context io(1);
    const int file = ::open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    Sink sink(io, file, static_cast<unsigned>(std::atoi(argv[2])));
    tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
    std::cout << acceptor.local_endpoint().port() << std::endl;
    accept(acceptor, sink);
    asio::signal_set signals(io, SIGTERM, SIGUSR1, SIGUSR2);
    watch(signals, sink, io);
    io.run();
}
