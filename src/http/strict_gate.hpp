#pragma once

#include "eventbus/http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What Beast 1.81 lets through and we do not. Beast takes `Transfer-Encoding: xchunked` for "no
// body", so that the body becomes the next request; it accepts repeated Content-Length and Host, a
// missing Host, chunked on HTTP/1.0, and unfolds continuation lines silently. Each is a way to make
// two readers of the same bytes see different requests. Hence two checks of our own: HeaderScanner
// on the raw bytes, before Beast sees them, and strict_request() on what Beast read. Every refusal
// closes the connection, so that left-over bytes never become a request.
namespace eventbus::http {

// Finds the end of a header block in bytes that arrive in pieces, looking at each byte once. It
// stops early at bytes that no HTTP reader may accept, so that a peer who speaks something else is
// not kept until a deadline.
class HeaderScanner {
public:
    enum class State { incomplete, complete, malformed };

    // Continuation lines: refused in a request; in a response they are only old-fashioned, and
    // unfolded by Beast.
    enum class Folding { refused, allowed };

    explicit HeaderScanner(Folding folding = Folding::refused) : folding_(folding) {}

    // `received` is everything so far; the same bytes as at the last call, and more.
    State scan(std::string_view received);

    // When complete: the size of the block with its empty line.
    std::size_t size() const { return line_start_; }

    // Header fields seen so far.
    std::size_t fields() const { return lines_ == 0 ? 0 : lines_ - 1; }

    bool has_start_line() const { return lines_ > 0; }

    // When malformed: what is wrong.
    const char* problem() const { return problem_; }

private:
    const char* line_problem(std::string_view line) const;

    const Folding folding_;
    std::size_t line_start_ = 0;
    std::size_t searched_ = 0;
    std::size_t lines_ = 0;
    const char* problem_ = nullptr;
};

// A request's header as Beast read it, with the facts that the gate decides on.
struct RequestHead {
    Request request;  // without its body
    int version = 11;
    bool keep_alive = false;
    bool chunked = false;  // what Beast will do with the body
    std::optional<std::uint64_t> content_length;
    std::size_t hosts = 0;
    std::size_t content_lengths = 0;
    std::size_t transfer_encodings = 0;

    bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

struct GateLimits {
    std::size_t header_fields_max = 100;
    std::size_t target_bytes_max = 4 * 1024;
};

struct Refusal {
    unsigned status;
    std::string reason;
};

// Framing and form, in the order in which a reader depends on them: nullopt if the request may be
// routed.
std::optional<Refusal> strict_request(const RequestHead& head, const GateLimits& limits);

// What may only be asked once the route exists: 411, 415 and 413, and bodies where none belong.
std::optional<Refusal> strict_body(const RequestHead& head, std::size_t body_bytes_max);

// `host` or `host:port`, where host is a name, a dotted quad, or a bracketed IPv6 address.
bool is_valid_host_header(std::string_view value);

// The host of a valid Host header, without its port.
std::string_view host_without_port(std::string_view value);

}  // namespace eventbus::http
