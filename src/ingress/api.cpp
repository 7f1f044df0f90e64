#include "eventbus/ingress/api.hpp"

#include "answers.hpp"
#include "api_context.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace eventbus {

namespace {

using ingress::ApiContext;

struct Route {
    std::string_view path;     // a segment in braces stands for any but an empty one
    std::string_view methods;  // as the Allow header lists them
    ingress::Endpoint endpoint;
};

constexpr Route kRoutes[] = {
    {"/", "POST", &ingress::aws_api},
    {"/events", "GET, HEAD, POST", &ingress::events},
    {"/events/{id}", "GET, HEAD", &ingress::get_event},
    {"/events/{id}/redeliver", "POST", &ingress::redeliver_event},
    {"/cloudevents", "POST", &ingress::post_cloud_events},
    {"/dlq", "GET, HEAD", &ingress::list_dead_letters},
    {"/dlq/summary", "GET, HEAD", &ingress::summarise_dead_letters},
    {"/dlq/export", "GET, HEAD", &ingress::export_dead_letters},
    {"/dlq/redrive", "POST", &ingress::redrive_dead_letters},
    {"/dlq/redrives", "GET, HEAD", &ingress::list_redrives},
    {"/dlq/redrives/{id}", "DELETE", &ingress::cancel_redrive},
    {"/dlq/purge", "POST", &ingress::purge_dead_letters},
    {"/dlq/{id}", "GET, HEAD", &ingress::get_dead_letter},
    {"/admin/backup", "POST", &ingress::make_backup},
    {"/admin/reload", "POST", &ingress::reload_files},
    {"/targets", "GET, HEAD", &ingress::list_target_states},
    {"/targets/pause", "POST", &ingress::pause_target},
    {"/targets/resume", "POST", &ingress::resume_target},
    {"/healthz", "GET, HEAD", &ingress::healthz},
    {"/readyz", "GET, HEAD", &ingress::readyz},
    {"/metrics", "GET, HEAD", &ingress::metrics},
};

std::string_view take_segment(std::string_view& path) {
    const std::string_view segment = path.substr(0, path.find('/', 1));
    path.remove_prefix(segment.size());
    return segment;
}

bool fits(std::string_view pattern, std::string_view path) {
    while (!pattern.empty() && !path.empty()) {
        const std::string_view expected = take_segment(pattern);
        const std::string_view found = take_segment(path);
        if (expected.starts_with("/{") ? found.size() < 2 : found != expected) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

const Route* find_route(std::string_view path) {
    const auto at = std::ranges::find_if(kRoutes, [path](const Route& route) {
        return fits(route.path, path);
    });
    return at == std::end(kRoutes) ? nullptr : at;
}

bool allows(std::string_view methods, std::string_view method) {
    while (!methods.empty()) {
        const std::size_t end = std::min(methods.find(", "), methods.size());
        if (methods.substr(0, end) == method) {
            return true;
        }
        methods.remove_prefix(std::min(end + 2, methods.size()));
    }
    return false;
}

asio::awaitable<http::Response> ready(http::Response response) {
    co_return response;
}

class Api final : public http::Handler {
public:
    explicit Api(ApiParts parts)
        : context_{std::move(parts), ingress::RequestCounters(parts.metrics)} {}

    bool find(std::string_view, std::string_view path, std::string& allowed) const override {
        const Route* route = find_route(path);
        if (route == nullptr) {
            return false;
        }
        allowed = route->methods;
        return true;
    }

    asio::awaitable<http::Response> handle(http::Request request) override {
        const Route* route = find_route(request.path());
        if (route == nullptr) {
            return ready(refuse(request, 404, "There is nothing at this path."));
        }
        if (!allows(route->methods, request.method)) {
            http::Response refusal = refuse(request, 405, "The method is not allowed here.");
            refusal.headers.add("Allow", std::string(route->methods));
            return ready(std::move(refusal));
        }
        return route->endpoint(context_, std::move(request));
    }

    http::Response refuse(const http::Request& request, unsigned status, std::string message)
        override {
        if (request.path() == "/") {
            return ingress::aws_refusal(status, std::move(message));
        }
        return ingress::native_refusal(status, std::move(message));
    }

private:
    ApiContext context_;
};

}  // namespace

std::unique_ptr<http::Handler> make_api(ApiParts parts) {
    return std::make_unique<Api>(std::move(parts));
}

}  // namespace eventbus
