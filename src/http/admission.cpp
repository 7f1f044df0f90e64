#include "admission.hpp"

#include "eventbus/base/log.hpp"

#include "ascii.hpp"
#include "response_head.hpp"

namespace eventbus::http {

void Admission::set_peers(std::string remote, std::string local_address) {
    remote_ = std::move(remote);
    local_address_ = std::move(local_address);
}

std::optional<Refusal> Admission::examine(std::string_view header_block) {
    header_block_.assign(header_block);
    allowed_.clear();
    parser_.emplace();
    const std::string problem = parser_->read(header_block_);
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
    if (!shared_->serves_host(head.request.headers.get("Host"), local_address_)) {
        return Refusal{421, "this host name is not served here (see the allowed hosts)"};
    }
    if (auto refusal = route(head.request)) {
        return refusal;
    }
    return strict_body(head, options.body_bytes_max);
}

std::optional<Refusal> Admission::route(const Request& request) {
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

Response Admission::worded_by_handler(const Request& request, unsigned status, std::string reason) {
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
    return response;
}

Response Admission::refusal(unsigned status, std::string reason) {
    shared_->metrics.refused.add();
    log_rejection("request refused", status, reason);
    Request nothing_known;
    nothing_known.remote_address = remote_;
    const Request& request = parser_ ? parser_->head().request : nothing_known;
    Response response = worded_by_handler(request, status, std::move(reason));
    if (status == 405) {
        response.headers.set("Allow", allowed_);
    }
    if (status == 503 && !response.headers.contains("Retry-After")) {
        response.headers.add("Retry-After", "1");
    }
    return response;
}

Response Admission::internal_error(std::string_view problem) {
    log::error("request handler failed", {{"problem", problem}, {"remote", remote_}});
    RequestParser again;
    again.read(header_block_);
    again.head().request.remote_address = remote_;
    return worded_by_handler(again.head().request, 500, "internal error");
}

bool Admission::asks_for_head_only() const {
    // The name is also there when the handler has taken the rest of the request.
    return parser_ && header_block_.starts_with("HEAD ");
}

void Admission::log_rejection(std::string_view message, unsigned status, std::string_view reason) {
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

}  // namespace eventbus::http
