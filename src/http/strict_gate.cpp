#include "strict_gate.hpp"

#include "eventbus/http/header_rules.hpp"

#include "ascii.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace eventbus::http {

namespace {

std::optional<Refusal> refuse(unsigned status, std::string reason) {
    return Refusal{status, std::move(reason)};
}

std::optional<Refusal> check_framing(const RequestHead& head) {
    const Headers& headers = head.request.headers;
    if (head.transfer_encodings > 0) {
        if (head.version < 11) {
            return refuse(400, "Transfer-Encoding in an HTTP/1.0 request");
        }
        if (head.content_lengths > 0) {
            return refuse(400, "both Transfer-Encoding and Content-Length");
        }
        if (head.transfer_encodings > 1 ||
            !equal_ignoring_case(headers.get("Transfer-Encoding"), "chunked") || !head.chunked) {
            return refuse(400, "Transfer-Encoding is not exactly \"chunked\"");
        }
    }
    if (head.content_lengths > 1 ||
        headers.get("Content-Length").find(',') != std::string_view::npos) {
        return refuse(400, "more than one Content-Length");
    }
    return std::nullopt;
}

std::optional<Refusal> check_target(const Request& request, const GateLimits& limits) {
    if (request.target.size() > limits.target_bytes_max) {
        return refuse(414, "the request target is too long");
    }
    const bool asterisk = request.target == "*" && request.method == "OPTIONS";
    if (!asterisk && !is_valid_origin_form(request.target)) {
        return refuse(400, "the request target is not a path in origin form");
    }
    return std::nullopt;
}

std::optional<Refusal> check_host(const RequestHead& head) {
    if (head.hosts > 1 || (head.hosts == 0 && head.version >= 11)) {
        return refuse(400, "expected exactly one Host header");
    }
    if (head.hosts == 1 && !is_valid_host_header(head.request.headers.get("Host"))) {
        return refuse(400, "the Host header is not a host name or address");
    }
    return std::nullopt;
}

// A method that gives a body no meaning; one that carries it anyway is how a body becomes the next
// request.
bool takes_no_body(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS";
}

bool is_name_char(char c) {
    // The underscore is not a host name's, but container networks resolve such names.
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
}

}  // namespace

const char* HeaderScanner::line_problem(std::string_view line) const {
    // Each searched for by itself, which is several times as fast as for either.
    if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) {
        return "a bare CR or a NUL in the header";
    }
    if (folding_ == Folding::refused && lines_ > 0 && !line.empty() &&
        (line[0] == ' ' || line[0] == '\t')) {
        return "a folded header line";
    }
    return lines_ == 0 && line.empty() ? "an empty request line" : nullptr;
}

HeaderScanner::State HeaderScanner::scan(std::string_view received) {
    while (searched_ < received.size()) {
        const auto* found = static_cast<const char*>(
            std::memchr(received.data() + searched_, '\n', received.size() - searched_));
        if (found == nullptr) {
            searched_ = received.size();
            return State::incomplete;
        }
        const auto feed = static_cast<std::size_t>(found - received.data());
        searched_ = feed + 1;
        if (feed == line_start_ || received[feed - 1] != '\r') {
            problem_ = "a line that ends without CR";
            return State::malformed;
        }
        const auto line = received.substr(line_start_, feed - 1 - line_start_);
        problem_ = line_problem(line);
        if (problem_ != nullptr) {
            return State::malformed;
        }
        line_start_ = feed + 1;
        if (line.empty()) {
            return State::complete;
        }
        ++lines_;
    }
    return State::incomplete;
}

std::string_view host_without_port(std::string_view value) {
    if (!value.empty() && value.front() == '[') {
        const auto bracket = value.find(']');
        return bracket == std::string_view::npos ? value : value.substr(0, bracket + 1);
    }
    return value.substr(0, value.find(':'));
}

bool is_valid_host_header(std::string_view value) {
    const auto host = host_without_port(value);
    auto port = value.substr(host.size());
    if (!port.empty()) {
        port.remove_prefix(1);
        unsigned number = 0;
        const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (value[host.size()] != ':' || ec != std::errc() || end != port.data() + port.size() ||
            number == 0 || number > 65535) {
            return false;
        }
    }
    if (!host.empty() && host.front() == '[') {
        const auto inner = host.substr(1, host.size() < 2 ? 0 : host.size() - 2);
        boost::system::error_code ec;
        boost::asio::ip::make_address_v6(std::string(inner), ec);
        return !ec && host.back() == ']' && inner.find('%') == std::string_view::npos;
    }
    return !host.empty() && host.size() <= 254 &&
           std::all_of(host.begin(), host.end(), is_name_char);
}

std::optional<Refusal> strict_request(const RequestHead& head, const GateLimits& limits) {
    if (head.request.headers.fields().size() > limits.header_fields_max) {
        return refuse(431, "too many header fields");
    }
    if (auto refusal = check_framing(head)) {
        return refusal;
    }
    const Request& request = head.request;
    if (request.method == "CONNECT" || request.method == "TRACE") {
        return refuse(405, "this method is never served");
    }
    if (auto refusal = check_target(request, limits)) {
        return refusal;
    }
    if (auto refusal = check_host(head)) {
        return refusal;
    }
    if (request.headers.contains("Expect") &&
        (request.headers.count("Expect") > 1 ||
         !equal_ignoring_case(request.headers.get("Expect"), "100-continue"))) {
        return refuse(417, "the only expectation that is met is 100-continue");
    }
    return std::nullopt;
}

std::optional<Refusal> strict_body(const RequestHead& head, std::size_t body_bytes_max) {
    const Request& request = head.request;
    if (takes_no_body(request.method)) {
        return head.has_body() ? refuse(400, "a body where the method allows none") : std::nullopt;
    }
    if (!head.chunked && !head.content_length) {
        return refuse(411, "expected Content-Length or Transfer-Encoding: chunked");
    }
    if (request.headers.contains("Content-Encoding") &&
        !equal_ignoring_case(request.headers.get("Content-Encoding"), "identity")) {
        return refuse(415, "compressed bodies are not accepted; send it plain");
    }
    if (head.content_length.value_or(0) > body_bytes_max) {
        return refuse(413, "the body is larger than " + std::to_string(body_bytes_max) + " bytes");
    }
    return std::nullopt;
}

}  // namespace eventbus::http
