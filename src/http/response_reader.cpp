#include "response_reader.hpp"

#include "chunk_decoder.hpp"
#include "response_parser.hpp"
#include "strict_gate.hpp"

#include <algorithm>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr int kInformationalMax = 5;
constexpr unsigned kSwitchingProtocols = 101;

class Reader {
public:
    Reader(ClientStream& stream, const Deadline& deadline, bool to_head, std::size_t body_bytes_max)
        : stream_(stream),
          deadline_(deadline),
          to_head_(to_head),
          body_bytes_max_(body_bytes_max) {}

    asio::awaitable<ReadOutcome> read() {
        for (int skipped = 0; skipped <= kInformationalMax; ++skipped) {
            const bool have_header = co_await read_header();
            if (!have_header) {
                co_return std::move(outcome_);
            }
            parser_.emplace(to_head_);
            // The reason phrase may be empty, but some leave out the blank before it, too.
            if (block_.size() > 14 && block_.find("\r\n") == 12) {
                block_.insert(12, " ");
            }
            std::string problem = parser_->read(block_);
            const unsigned status = parser_->status();
            if (!problem.empty() || status < 100 || status > 599 || status == kSwitchingProtocols) {
                not_http(problem.empty() ? "status " + std::to_string(status) : problem);
                co_return std::move(outcome_);
            }
            if (status >= 200) {
                co_await read_body();
                co_return std::move(outcome_);
            }
        }
        not_http("more than five informational answers");
        co_return std::move(outcome_);
    }

private:
    void not_http(std::string problem) {
        outcome_.problem = std::move(problem);
        outcome_.not_http = true;
    }

    std::string_view buffered() {
        return {static_cast<const char*>(in().data().data()), in().size()};
    }

    boost::beast::flat_buffer& in() { return stream_.buffer(); }

    // False at the end, an error or the deadline.
    asio::awaitable<bool> fill() {
        if (deadline_.expired()) {
            co_return false;
        }
        const auto space = in().prepare(kReadBytes);
        const auto received = co_await stream_.read_some(space);
        in().commit(received.size);
        last_error_ = received.ec;
        co_return !received.ec && received.size > 0;
    }

    asio::awaitable<bool> read_header() {
        const bool first = !parser_;
        HeaderScanner scanner(HeaderScanner::Folding::allowed);
        while (true) {
            const auto state = scanner.scan(buffered());
            if (state == HeaderScanner::State::complete && scanner.size() <= kHeaderBytesMax) {
                block_.assign(buffered().substr(0, scanner.size()));
                in().consume(scanner.size());
                co_return true;
            }
            if (state == HeaderScanner::State::malformed || in().size() > kHeaderBytesMax) {
                const char* problem = scanner.problem();
                not_http(problem ? problem : "the header is longer than 16 KiB");
                co_return false;
            }
            const bool more = co_await fill();
            if (!more) {
                outcome_.nothing_received = first && in().size() == 0;
                outcome_.problem = last_error_ == asio::error::eof
                                       ? "the connection was closed before an answer"
                                       : "before an answer: " + last_error_.message();
                co_return false;
            }
        }
    }

    asio::awaitable<void> read_body() {
        ClientResponse response;
        response.status = parser_->status();
        response.headers = std::move(parser_->headers());
        bool whole = true;
        bool marked_end = true;  // by a length or a last chunk, and not by closing the connection
        if (parser_->has_body()) {
            if (parser_->chunked()) {
                whole = co_await read_chunks(response.body);
            } else if (const auto length = parser_->content_length()) {
                whole = co_await read_sized(response.body, *length);
            } else {
                marked_end = false;
                whole = co_await read_to_end(response.body);
            }
        }
        response.body_truncated = !whole;
        outcome_.reusable = whole && marked_end && parser_->keep_alive() &&
                            parser_->is_clearly_framed() && in().size() == 0;
        outcome_.response = std::move(response);
    }

    asio::awaitable<bool> read_chunks(std::string& body) {
        ChunkDecoder decoder(body_bytes_max_, ChunkDecoder::Excess::cut);
        while (true) {
            std::size_t used = 0;
            const auto state = decoder.feed(buffered(), used, body);
            in().consume(used);
            if (state != ChunkDecoder::State::incomplete) {
                co_return state == ChunkDecoder::State::complete;
            }
            const bool more = co_await fill();
            if (!more) {
                co_return false;
            }
        }
    }

    asio::awaitable<bool> read_sized(std::string& body, std::uint64_t size) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(size, body_bytes_max_));
        while (true) {
            move_to(body, wanted);
            if (body.size() == wanted) {
                co_return wanted == size;
            }
            const bool more = co_await fill();
            if (!more) {
                co_return false;
            }
        }
    }

    asio::awaitable<bool> read_to_end(std::string& body) {
        while (true) {
            move_to(body, body_bytes_max_);
            if (in().size() > 0) {
                co_return false;
            }
            const bool more = co_await fill();
            if (!more) {
                co_return last_error_ == asio::error::eof;
            }
        }
    }

    void move_to(std::string& body, std::size_t wanted) {
        const auto n = std::min(wanted - body.size(), in().size());
        body.append(buffered().substr(0, n));
        in().consume(n);
    }

    ClientStream& stream_;
    const Deadline& deadline_;
    const bool to_head_;
    const std::size_t body_bytes_max_;
    std::string block_;
    std::optional<ResponseParser> parser_;
    boost::system::error_code last_error_;
    ReadOutcome outcome_;
};

}  // namespace

asio::awaitable<ReadOutcome> read_response(
    ClientStream& stream,
    const Deadline& deadline,
    bool to_head,
    std::size_t body_bytes_max) {
    Reader reader(stream, deadline, to_head, body_bytes_max);
    co_return co_await reader.read();
}

}  // namespace eventbus::http
