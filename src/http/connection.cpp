#include "connection.hpp"

#include "admission.hpp"
#include "ascii.hpp"
#include "chunk_decoder.hpp"
#include "deadline.hpp"
#include "response_head.hpp"
#include "server_state.hpp"
#include "stream_traits.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <array>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBodyStepBytes = 64 * 1024;
// A small body travels in one write, and over TLS in one record, with its header.
constexpr std::size_t kJoinBytes = 16 * 1024;
constexpr auto kHandshakeTimeout = 5s;
// How long a peer may go on sending after its last answer. Closing at once would reset the
// connection, and the reset would overtake the answer.
constexpr auto kLinger = 2s;
constexpr char kTlsHandshakeRecord = 0x16;

template <class Stream>
class ConnectionOf final : public Connection {
public:
    template <class... StreamArgs>
    ConnectionOf(
        std::shared_ptr<ServerShared> shared,
        std::shared_ptr<asio::ssl::context> tls,
        TcpSocket socket,
        StreamArgs&... args)
        : shared_(std::move(shared)),
          tls_(std::move(tls)),
          admission_(shared_),
          stream_(std::move(socket), args...),
          deadline_(std::make_shared<Deadline>(
              lowest(stream_).get_executor(),
              [this] { cancel_io(); },
              [this] { close_now(); })) {}

    ~ConnectionOf() override { deadline_->stop(); }

    asio::awaitable<void> serve() override {
        error_code ec;
        note_addresses();
        lowest(stream_).set_option(asio::ip::tcp::no_delay(true), ec);
        lowest(stream_).non_blocking(true, ec);
        deadline_->set_after(kIsTls<Stream> ? kHandshakeTimeout : shared_->options.header_timeout);
        const bool ready = co_await handshake();
        if (ready) {
            deadline_->set_after(shared_->options.header_timeout);
            while (co_await serve_one()) {
                deadline_->set_after(shared_->options.idle_timeout);
            }
        }
        if (linger_) {
            co_await linger();
        }
        deadline_->stop();
        close_now();
    }

    void begin_drain() override {
        if (waiting_) {
            deadline_->set(Deadline::Clock::now());
        }
    }

    void close_now() override {
        error_code ec;
        lowest(stream_).close(ec);
    }

    asio::any_io_executor strand() override { return lowest(stream_).get_executor(); }

private:
    void cancel_io() {
        error_code ec;
        lowest(stream_).cancel(ec);
    }

    void note_addresses() {
        error_code ec;
        const auto remote = lowest(stream_).remote_endpoint(ec);
        admission_.set_peers(
            bracketed(remote.address()) + ":" + std::to_string(remote.port()),
            bracketed(lowest(stream_).local_endpoint(ec).address()));
    }

    asio::awaitable<bool> handshake() {
        if constexpr (kIsTls<Stream>) {
            auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
            if (ec) {
                shared_->metrics.not_http.add();
                admission_.log_rejection("TLS handshake failed", 0, ec.message());
                co_return false;
            }
        }
        co_return true;
    }

    // True if the connection can take another request.
    asio::awaitable<bool> serve_one() {
        const bool have_header = co_await read_header();
        if (!have_header) {
            co_return false;
        }
        auto refusal = admission_.examine(buffered().substr(0, header_size_));
        in_.consume(header_size_);
        if (refusal) {
            co_await refuse(refusal->status, std::move(refusal->reason));
            co_return false;
        }
        BudgetShare share(shared_->body_budget);
        if (!take_body(share)) {
            const bool have_body = co_await read_body(share);
            if (!have_body) {
                co_return false;
            }
        }
        co_return co_await answer(share);
    }

    // --- reading the header

    enum class Peek { nothing_yet, incomplete, complete, malformed, not_http };

    std::string_view buffered() const {
        return {static_cast<const char*>(in_.data().data()), in_.size()};
    }

    Peek peek(HeaderScanner& scanner) {
        if (waiting_ && buffered().substr(0, 2) == "\r\n") {
            in_.consume(
                2);  // some clients end a body with a line of their own; RFC 9112 section 2.2
        }
        if (in_.size() == 0 || buffered() == "\r") {
            return Peek::nothing_yet;
        }
        if (waiting_) {
            waiting_ = false;
            const char first = buffered().front();
            if (!is_token_char(first)) {
                return first == kTlsHandshakeRecord ? Peek::not_http : Peek::malformed;
            }
        }
        switch (scanner.scan(buffered())) {
            case HeaderScanner::State::complete:
                return Peek::complete;
            case HeaderScanner::State::malformed:
                return Peek::malformed;
            case HeaderScanner::State::incomplete:
                break;
        }
        return Peek::incomplete;
    }

    // Reads until the buffer begins with a whole header block, of header_size_ bytes. False: close.
    asio::awaitable<bool> read_header() {
        const ServerOptions& options = shared_->options;
        HeaderScanner scanner;
        admission_.start_over();
        waiting_ = true;
        while (true) {
            const bool was_waiting = waiting_;
            const Peek seen = peek(scanner);
            const bool complete = seen == Peek::complete;
            if (seen == Peek::not_http) {
                shared_->metrics.not_http.add();
                admission_.log_rejection("TLS on a plain HTTP port", 0, "closed");
                co_return false;
            }
            if (seen == Peek::malformed) {
                const char* problem = scanner.problem();
                co_await refuse(400, problem ? problem : "this is not an HTTP request");
                co_return false;
            }
            if ((complete ? scanner.size() : in_.size()) > options.header_bytes_max) {
                co_await refuse(
                    scanner.has_start_line() ? 431 : 414,
                    "the request header is too large");
                co_return false;
            }
            if (scanner.fields() > options.header_fields_max) {
                co_await refuse(431, "too many header fields");
                co_return false;
            }
            if (complete) {
                header_size_ = scanner.size();
                co_return true;
            }
            if (waiting_ && shared_->draining.load(std::memory_order_relaxed)) {
                co_return false;
            }
            if (was_waiting && !waiting_) {
                deadline_->set_after(options.header_timeout);
            }
            const bool more = co_await fill();
            if (!more) {
                if (deadline_->expired() && !waiting_) {
                    co_await time_out("the request header did not arrive in time");
                }
                co_return false;
            }
        }
    }

    // Reads more bytes into the buffer; false at the end, an error or the deadline.
    asio::awaitable<bool> fill() {
        if (deadline_->expired()) {
            co_return false;
        }
        const auto space = in_.prepare(kReadBytes);
        auto [ec, n] = co_await stream_.async_read_some(space, as_result);
        in_.commit(n);
        co_return !ec && n > 0;
    }

    // --- reading the body

    // True if there is none, or if it came with the header, as most do: then there is nothing to
    // wait for.
    bool take_body(BudgetShare& share) {
        RequestHead& head = admission_.head();
        if (!head.has_body()) {
            return true;
        }
        const auto size = static_cast<std::size_t>(head.content_length.value_or(0));
        if (head.chunked || size > in_.size() || !share.grow_to(size)) {
            return false;
        }
        head.request.body.assign(buffered().substr(0, size));
        in_.consume(size);
        return true;
    }

    asio::awaitable<bool> read_body(BudgetShare& share) {
        RequestHead& head = admission_.head();
        const auto announced = static_cast<std::size_t>(head.content_length.value_or(0));
        if (!share.grow_to(announced)) {
            co_await refuse(503, "too many request bodies at once; try again later");
            co_return false;
        }
        deadline_->set_after(body_time(announced));
        if (in_.size() == 0 && head.version >= 11 && head.request.headers.contains("Expect")) {
            static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(kContinue), as_result);
            if (ec) {
                co_return false;
            }
        }
        if (head.chunked) {
            co_return co_await read_chunks(head.request.body, share);
        }
        co_return co_await read_sized(head.request.body, announced);
    }

    std::chrono::milliseconds body_time(std::size_t bytes) const {
        return shared_->options.body_timeout +
               std::chrono::seconds(static_cast<std::int64_t>(bytes / (64 * 1024)));
    }

    // Memory follows the bytes that came, not those that were announced.
    asio::awaitable<bool> read_sized(std::string& body, std::size_t size) {
        std::size_t filled = std::min(size, in_.size());
        body.assign(buffered().substr(0, filled));
        in_.consume(filled);
        while (filled < size) {
            if (filled == body.size()) {
                body.resize(std::min(size, std::max(kBodyStepBytes, 2 * filled)));
            }
            if (deadline_->expired()) {
                co_await time_out("the request body did not arrive in time");
                co_return false;
            }
            const auto space = asio::buffer(body.data() + filled, body.size() - filled);
            auto [ec, n] = co_await stream_.async_read_some(space, as_result);
            filled += n;
            if (ec && !deadline_->expired()) {
                co_return false;
            }
        }
        co_return true;
    }

    asio::awaitable<bool> read_chunks(std::string& body, BudgetShare& share) {
        const auto start = Deadline::Clock::now();
        ChunkDecoder decoder(shared_->options.body_bytes_max, ChunkDecoder::Excess::refuse);
        while (true) {
            std::size_t used = 0;
            const auto state = decoder.feed(buffered(), used, body);
            in_.consume(used);
            if (state == ChunkDecoder::State::complete) {
                co_return true;
            }
            if (state == ChunkDecoder::State::too_large) {
                co_await refuse(413, "the body is too large");
                co_return false;
            }
            if (state == ChunkDecoder::State::malformed) {
                co_await refuse(400, "malformed chunked body");
                co_return false;
            }
            if (!share.grow_to(body.size())) {
                co_await refuse(503, "too many request bodies at once; try again later");
                co_return false;
            }
            deadline_->set(start + body_time(body.size()));
            const bool more = co_await fill();
            if (!more) {
                if (deadline_->expired()) {
                    co_await time_out("the request body did not arrive in time");
                }
                co_return false;
            }
        }
    }

    // --- answering

    asio::awaitable<bool> answer(BudgetShare& share) {
        deadline_->clear();
        RequestHead& head = admission_.head();
        ResponseFraming framing{head.version, head.keep_alive};
        Request request = std::move(head.request);
        Response response;
        std::string problem;
        try {
            response = co_await shared_->handler.handle(std::move(request));
        } catch (const std::exception& e) {
            problem = *e.what() ? e.what() : "an exception without words";
        }
        std::string offender;
        if (problem.empty() && !may_be_sent(response, offender)) {
            problem = "the answer has an unsendable " + offender;
        }
        if (!problem.empty()) {
            response = admission_.internal_error(problem);
        }
        share.release();
        ++requests_;
        const auto most = shared_->options.requests_per_connection_max;
        framing.keep_alive = framing.keep_alive && !response.close &&
                             !shared_->draining.load(std::memory_order_relaxed) &&
                             (most == 0 || requests_ < most);
        bool sent = write_at_once(response, framing);
        if (!sent) {
            sent = co_await write_rest();
        }
        linger_ = sent && !framing.keep_alive;
        co_return framing.keep_alive&& sent;
    }

    // Answers instead of the handler; the connection is closed after it.
    asio::awaitable<void> refuse(unsigned status, std::string reason) {
        const Response response = admission_.refusal(status, std::move(reason));
        const ResponseFraming closing{11, false};
        linger_ = write_at_once(response, closing);
        if (!linger_) {
            linger_ = co_await write_rest();
        }
    }

    asio::awaitable<void> time_out(const char* reason) {
        shared_->metrics.timed_out.add();
        co_await refuse(408, reason);
    }

    // True if everything is sent. Nearly every answer fits the socket's buffer: then there is
    // nothing to wait for. Otherwise unsent_ is the rest, which may lie in the response.
    bool write_at_once(const Response& response, ResponseFraming framing) {
        shared_->metrics.count_answer(response.status);
        write_head(out_, response, framing);
        std::string_view body;
        if (!admission_.asks_for_head_only() && status_has_body(response.status)) {
            body = response.body;
        }
        if (body.size() <= kJoinBytes) {
            out_ += body;
            body = {};
        }
        unsent_ = {asio::buffer(out_), asio::buffer(body)};
        if constexpr (!kIsTls<Stream>) {
            error_code ec;
            const std::size_t n =
                body.empty() ? stream_.write_some(unsent_[0], ec) : stream_.write_some(unsent_, ec);
            const std::size_t of_first = std::min(n, unsent_[0].size());
            unsent_[0] += of_first;
            unsent_[1] += n - of_first;
        }
        return asio::buffer_size(unsent_) == 0;
    }

    asio::awaitable<bool> write_rest() {
        deadline_->set_after(shared_->options.write_timeout);
        auto [ec, n] = co_await asio::async_write(stream_, unsent_, as_result);
        if (deadline_->expired()) {
            shared_->metrics.timed_out.add();
        }
        co_return !ec;
    }

    asio::awaitable<void> linger() {
        deadline_->set_after(kLinger);
        if constexpr (kIsTls<Stream>) {
            co_await stream_.async_shutdown(as_result);
        }
        error_code ec;
        lowest(stream_).shutdown(TcpSocket::shutdown_send, ec);
        while (!ec && !deadline_->expired()) {
            in_.clear();
            const auto space = in_.prepare(kReadBytes);
            auto [error, n] = co_await lowest(stream_).async_read_some(space, as_result);
            ec = error;
        }
    }

    const std::shared_ptr<ServerShared> shared_;
    const std::shared_ptr<asio::ssl::context> tls_;  // outlives the stream

    // Owned by the strand.
    Admission admission_;
    Stream stream_;
    std::shared_ptr<Deadline> deadline_;
    boost::beast::flat_buffer in_;
    std::size_t header_size_ = 0;
    std::string out_;
    std::array<asio::const_buffer, 2> unsent_;
    std::size_t requests_ = 0;
    bool waiting_ = false;  // for the first byte of a request
    bool linger_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(
    TcpSocket socket,
    std::shared_ptr<ServerShared> shared,
    std::shared_ptr<asio::ssl::context> tls) {
    if (tls) {
        asio::ssl::context& context = *tls;
        return std::make_shared<ConnectionOf<TlsStream>>(
            std::move(shared),
            std::move(tls),
            std::move(socket),
            context);
    }
    return std::make_shared<ConnectionOf<TcpSocket>>(
        std::move(shared),
        std::move(tls),
        std::move(socket));
}

}  // namespace eventbus::http
