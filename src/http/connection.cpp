#include "connection.hpp"

#include "eventbus/base/log.hpp"

#include "ascii.hpp"
#include "chunk_decoder.hpp"
#include "deadline.hpp"
#include "request_parser.hpp"
#include "response_head.hpp"
#include "server_state.hpp"
#include "stream_traits.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <array>
#include <optional>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBodyStepBytes = 64 * 1024;
// A small body travels in the same TLS record, and so the same segment, as its header.
constexpr std::size_t kTlsJoinBytes = 16 * 1024;
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
        remote_ = bracketed(remote.address()) + ":" + std::to_string(remote.port());
        local_address_ = bracketed(lowest(stream_).local_endpoint(ec).address());
    }

    asio::awaitable<bool> handshake() {
        if constexpr (kIsTls<Stream>) {
            auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
            if (ec) {
                shared_->metrics.not_http.add();
                log_refusal("TLS handshake failed", 0, ec.message());
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
        if (auto refusal = examine()) {
            co_await refuse(refusal->status, std::move(refusal->reason));
            co_return false;
        }
        BudgetShare share(shared_->body_budget);
        const bool have_body = co_await read_body(share);
        if (!have_body) {
            co_return false;
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

    // Moves one header block from the buffer to header_block_. False: the connection is to be
    // closed.
    asio::awaitable<bool> read_header() {
        const ServerOptions& options = shared_->options;
        HeaderScanner scanner;
        parser_.reset();
        waiting_ = true;
        while (true) {
            const bool was_waiting = waiting_;
            const Peek seen = peek(scanner);
            const bool complete = seen == Peek::complete;
            if (seen == Peek::not_http) {
                shared_->metrics.not_http.add();
                log_refusal("TLS on a plain HTTP port", 0, "closed");
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
                header_block_.assign(buffered().substr(0, scanner.size()));
                in_.consume(scanner.size());
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

    // --- the gate

    // Parses header_block_ and decides whether the request may go on.
    std::optional<Refusal> examine() {
        parser_.emplace();
        std::string problem = parser_->read(header_block_);
        RequestHead& head = parser_->head();
        head.request.remote_address = remote_;
        if (!problem.empty()) {
            return Refusal{400, "malformed request: " + problem};
        }
        const ServerOptions& options = shared_->options;
        const GateLimits limits{options.header_fields_max, options.target_bytes_max};
        if (auto refusal = strict_request(head, limits)) {
            if (refusal->status == 405) {
                shared_->handler.find(head.request.method, head.request.path(), allowed_);
            }
            return refusal;
        }
        const auto host = head.request.headers.get("Host");
        if (!shared_->serves_host(host, local_address_)) {
            return Refusal{421, "this host name is not served here (see the allowed hosts)"};
        }
        if (auto refusal = route(head.request)) {
            return refusal;
        }
        return strict_body(head, options.body_bytes_max);
    }

    std::optional<Refusal> route(const Request& request) {
        allowed_.clear();
        if (!shared_->handler.find(request.method, request.path(), allowed_)) {
            return Refusal{404, "no such path"};
        }
        std::string_view rest = allowed_;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (trim_blanks(rest.substr(0, comma)) == request.method) {
                return std::nullopt;
            }
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        return Refusal{405, "this path takes " + allowed_};
    }

    // --- reading the body

    asio::awaitable<bool> read_body(BudgetShare& share) {
        RequestHead& head = parser_->head();
        if (!head.has_body()) {
            co_return true;
        }
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
        RequestHead& head = parser_->head();
        const bool head_only = head.request.method == "HEAD";
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
            log::error("request handler failed", {{"problem", problem}, {"remote", remote_}});
            response = refusal_of(request_again(), 500, "internal error");
        }
        share.release();
        ++requests_;
        const auto most = shared_->options.requests_per_connection_max;
        framing.keep_alive = framing.keep_alive && !response.close &&
                             !shared_->draining.load(std::memory_order_relaxed) &&
                             (most == 0 || requests_ < most);
        const bool sent = co_await write(response, framing, head_only);
        linger_ = sent && !framing.keep_alive;
        co_return sent&& framing.keep_alive;
    }

    // The request as the gate saw it, for the dialect of an error: handle() has taken the first
    // copy.
    Request request_again() {
        RequestParser parser;
        parser.read(header_block_);
        parser.head().request.remote_address = remote_;
        return std::move(parser.head().request);
    }

    Response refusal_of(const Request& request, unsigned status, std::string reason) {
        Response response;
        std::string offender;
        try {
            response = shared_->handler.refuse(request, status, reason);
        } catch (const std::exception& e) {
            log::error("writing an error answer failed", {{"problem", e.what()}});
            offender = "body";
        }
        if (!offender.empty() || !may_be_sent(response, offender)) {
            response = Response::text(status, "text/plain", reason + "\n");
        }
        if (status == 405) {
            response.headers.set("Allow", allowed_);
        }
        if (status == 503 && !response.headers.contains("Retry-After")) {
            response.headers.add("Retry-After", "1");
        }
        return response;
    }

    // Answers instead of the handler; the connection is closed after it.
    asio::awaitable<void> refuse(unsigned status, std::string reason) {
        shared_->metrics.refused.add();
        log_refusal("request refused", status, reason);
        Request nothing;
        nothing.remote_address = remote_;
        const Request& request = parser_ ? parser_->head().request : nothing;
        const Response response = refusal_of(request, status, std::move(reason));
        const bool head_only = request.method == "HEAD";
        const ResponseFraming framing{11, false};
        linger_ = co_await write(response, framing, head_only);
    }

    asio::awaitable<void> time_out(const char* reason) {
        shared_->metrics.timed_out.add();
        co_await refuse(408, reason);
    }

    asio::awaitable<bool> write(const Response& response, ResponseFraming framing, bool head_only) {
        shared_->metrics.count_answer(response.status);
        write_head(out_, response, framing);
        std::string_view body;
        if (!head_only && status_has_body(response.status)) {
            body = response.body;
        }
        if (kIsTls<Stream> && body.size() <= kTlsJoinBytes) {
            out_ += body;
            body = {};
        }
        std::array<asio::const_buffer, 2> parts = {asio::buffer(out_), asio::buffer(body)};
        boost::beast::buffers_suffix<std::array<asio::const_buffer, 2>> rest(parts);
        if constexpr (!kIsTls<Stream>) {
            // Nearly every answer fits the socket's buffer: then there is nothing to wait for.
            error_code ec;
            rest.consume(stream_.write_some(parts, ec));
            if (ec && ec != asio::error::would_block) {
                co_return false;
            }
            if (asio::buffer_size(rest) == 0) {
                co_return true;
            }
        }
        deadline_->set_after(shared_->options.write_timeout);
        auto [ec, n] = co_await asio::async_write(stream_, rest, as_result);
        if (deadline_->expired()) {
            shared_->metrics.timed_out.add();
        }
        co_return !ec;
    }

    asio::awaitable<void> linger() {
        deadline_->set_after(kLinger);
        if constexpr (kIsTls<Stream>) {
            auto [ignored] = co_await stream_.async_shutdown(as_result);
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

    void log_refusal(std::string_view message, unsigned status, std::string_view reason) {
        std::uint64_t suppressed = 0;
        if (shared_->refusals_log.allow(suppressed)) {
            log::info(
                message,
                {{"status", status},
                 {"reason", reason},
                 {"remote", remote_},
                 {"suppressed", suppressed}});
        }
    }

    const std::shared_ptr<ServerShared> shared_;
    const std::shared_ptr<asio::ssl::context> tls_;  // outlives the stream

    // Owned by the strand.
    Stream stream_;
    std::shared_ptr<Deadline> deadline_;
    std::string remote_;
    std::string local_address_;
    boost::beast::flat_buffer in_;
    std::string header_block_;
    std::optional<RequestParser> parser_;
    std::string allowed_;
    std::string out_;
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
