#pragma once

#include "request_parser.hpp"
#include "server_state.hpp"
#include "strict_gate.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eventbus::http {

// What a connection decides about its current request, free of I/O: whether it may be read at all,
// and how to say no. Lives on the connection's strand.
class Admission {
public:
    explicit Admission(std::shared_ptr<ServerShared> shared) : shared_(std::move(shared)) {}

    // `remote` is "127.0.0.1:51234"; `local_address` is this end's address as it would stand in a
    // Host header.
    void set_peers(std::string remote, std::string local_address);

    // Forgets the last request.
    void start_over() { parser_.reset(); }

    // Takes one header block, and decides whether its body may be read: nullopt if so.
    std::optional<Refusal> examine(std::string_view header_block);

    // After examine().
    RequestHead& head() { return parser_->head(); }

    // Counts and logs the refusal, and words it in the dialect of the request as far as it is
    // known.
    Response refusal(unsigned status, std::string reason);

    // The answer in place of one that the handler failed to give. handle() has taken the request,
    // so it is read again.
    Response internal_error(std::string_view problem);

    // The method of the current request is HEAD.
    bool asks_for_head_only() const;

    void log_rejection(std::string_view message, unsigned status, std::string_view reason);

    const std::string& remote() const { return remote_; }

private:
    std::optional<Refusal> route(const Request& request);
    Response worded_by_handler(const Request& request, unsigned status, std::string reason);

    const std::shared_ptr<ServerShared> shared_;
    std::string remote_;
    std::string local_address_;
    std::string header_block_;
    std::optional<RequestParser> parser_;
    std::string allowed_;
};

}  // namespace eventbus::http
