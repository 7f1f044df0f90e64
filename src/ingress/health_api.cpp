#include "answers.hpp"
#include "api_context.hpp"

#include <utility>

namespace asio = boost::asio;

namespace eventbus::ingress {

namespace {

std::string why_not_ready(const ApiParts& parts) {
    if (parts.not_ready) {
        if (std::string reason = parts.not_ready(); !reason.empty()) {
            return reason;
        }
    }
    const JournalStatus status = parts.journal.status();
    if (status.writable && status.failure.empty()) {
        return {};
    }
    return "the store takes no new events: " + status.failure;
}

}  // namespace

asio::awaitable<http::Response> healthz(ApiContext& context, http::Request) {
    std::string reason = context.parts.not_alive ? context.parts.not_alive() : "";
    const unsigned status = reason.empty() ? 200 : 503;
    std::string body = reason.empty() ? std::string("ok") : std::move(reason);
    body.push_back('\n');
    co_return http::Response::text(status, "text/plain; charset=utf-8", std::move(body));
}

asio::awaitable<http::Response> readyz(ApiContext& context, http::Request) {
    std::string reason = why_not_ready(context.parts);
    const unsigned status = reason.empty() ? 200 : 503;
    std::string body = reason.empty() ? std::string("ready") : std::move(reason);
    body.push_back('\n');
    co_return http::Response::text(status, "text/plain; charset=utf-8", std::move(body));
}

asio::awaitable<http::Response> metrics(ApiContext& context, http::Request) {
    co_return http::Response::text(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        context.parts.metrics.render());
}

}  // namespace eventbus::ingress
