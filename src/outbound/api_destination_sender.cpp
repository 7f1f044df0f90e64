#include "eventbus/outbound/api_destination_sender.hpp"

#include "eventbus/base/encoding.hpp"
#include "eventbus/http/header_rules.hpp"
#include "eventbus/http/url.hpp"

#include "connection_parameters.hpp"
#include "http_parameters.hpp"
#include "http_verdict.hpp"
#include "kept_response.hpp"
#include "lane_target.hpp"

#include <utility>

namespace eventbus {
namespace {

using Verdict = AttemptResult::Verdict;

// What the service sends, word for word: targets have been seen to look at it.
constexpr std::string_view kUserAgent = "Amazon/EventBridge/ApiDestinations";
constexpr std::string_view kRange = "bytes=0-1048575";

Error invalid(std::string message) {
    return {Errc::malformed, std::move(message), {}, "INVALID_PARAMETER"};
}

// A target's destination and its connection, as they are at one attempt.
struct Route {
    BoundTargetPtr target;
    int tries = 0;  // of the delivery, with this one
    ApiDestinationPtr destination;
    ConnectionPtr connection;
};

bool asks_for_authorization(unsigned status) {
    return status == 401 || status == 407;
}

class ApiDestinationSender final : public TargetSender {
public:
    ApiDestinationSender(
        http::Client& client,
        AddressPolicy policy,
        const DestinationDirectory& directory,
        OAuthTokens& tokens,
        ApiDestinationOptions options)
        : client_(client),
          policy_(std::move(policy)),
          directory_(directory),
          tokens_(tokens),
          options_(options) {}

    std::size_t batch_max() const override { return 1; }

    std::optional<RateLimit> rate_limit(const BoundTarget& bound) const override {
        const auto destination = directory_.find_destination(bound.target.arn);
        if (destination == nullptr) {
            return std::nullopt;
        }
        RateLimit limit;
        limit.key = destination->arn;
        limit.per_second = static_cast<double>(destination->invocation_rate_per_second);
        return limit;
    }

    boost::asio::awaitable<std::vector<AttemptResult>> send(
        std::vector<PreparedDelivery> batch) override {
        std::vector<AttemptResult> results;
        results.reserve(batch.size());
        for (auto& delivery : batch) {
            auto result = co_await send_one(std::move(delivery));
            results.push_back(std::move(result));
        }
        co_return results;
    }

private:
    // What keeps a delivery from being attempted, or the way it goes.
    Result<Route> find_route(const PreparedDelivery& prepared) const {
        const std::string& arn = prepared.target->target.arn;
        Route route;
        route.target = prepared.target;
        route.tries = prepared.delivery.attempts + 1;
        route.destination = directory_.find_destination(arn);
        if (route.destination == nullptr) {
            return Error(
                Errc::not_found,
                "The API destination " + arn + " does not exist.",
                {},
                "NO_RESOURCE");
        }
        const std::string& connection_arn = route.destination->connection_arn;
        route.connection = directory_.find_connection(connection_arn);
        if (route.connection == nullptr) {
            return Error(
                Errc::not_found,
                "The connection " + connection_arn + " of the API destination does not exist.",
                {},
                "NO_RESOURCE");
        }
        if (!route.connection->auth) {
            // Worth waiting for: an update of the connection brings new credentials.
            return Error(
                Errc::unavailable,
                "The connection " + connection_arn + " is DEAUTHORIZED.",
                {},
                "NO_PERMISSIONS");
        }
        return route;
    }

    Result<http::ClientRequest> make_request(PreparedDelivery& prepared, const Route& route) const {
        auto url = http::parse_url(route.destination->invocation_endpoint);
        if (!url) {
            return invalid(url.error().message());
        }
        const ConnectionAuth& auth = *route.connection->auth;
        http::ClientRequest request;
        request.url = std::move(*url);
        request.method = route.destination->http_method;
        request.timeout = attempt_timeout(prepared.target->target, options_.timeout);
        request.may_connect = policy_;
        request.headers.add("User-Agent", std::string(kUserAgent));
        request.headers.add("Content-Type", "application/json; charset=utf-8");
        request.headers.add("Range", std::string(kRange));
        request.headers.add("Accept-Encoding", "gzip,deflate");
        if (const auto& wanted = prepared.target->target.http_parameters) {
            auto applied = apply_http_parameters(
                without_overridden(*wanted, auth.invocation_parameters),
                prepared.delivery.event->envelope,
                request.url.target,
                request.headers);
            if (!applied) {
                return applied.error();
            }
        }
        if (auto added = add_connection_parameters(auth.invocation_parameters, request); !added) {
            return added.error();
        }
        // A trace header that must not be sent is the sender's slip, not a reason to withhold the
        // event.
        const auto& trace = prepared.delivery.event->trace_header;
        if (!trace.empty() && http::is_valid_header_value(trace)) {
            request.headers.set("X-Amzn-Trace-Id", trace);
        }
        // A body there means nothing, and servers refuse it.
        if (request.method != "GET" && request.method != "HEAD") {
            auto body =
                merge_body_parameters(std::move(prepared.payload), auth.invocation_parameters);
            if (!body) {
                return body.error();
            }
            request.body = std::move(*body);
        }
        return request;
    }

    boost::asio::awaitable<AttemptResult> send_one(PreparedDelivery prepared) {
        auto route = find_route(prepared);
        if (!route) {
            const Error error = route.error();
            co_return error.kind() == Errc::not_found
                ? permanent_failure(error.code(), error.message())
                : retriable_failure(error.code(), error.message());
        }
        auto request = make_request(prepared, *route);
        if (!request) {
            const Error error = request.error();
            co_return permanent_failure(error.code(), error.message());
        }
        const ConnectionAuth& auth = *route->connection->auth;
        if (auth.oauth) {
            co_return co_await send_with_token(std::move(*request), std::move(*route));
        }
        if (auth.basic) {
            request->headers.set(
                "Authorization",
                "Basic " + to_base64(auth.basic->username + ":" + auth.basic->password));
        } else if (auth.api_key) {
            request->headers.set(auth.api_key->name, auth.api_key->value);
        }
        auto answer = co_await client_.send(std::move(*request));
        co_return judge(answer, *route, std::string());
    }

    // A token that the target turns down has been revoked or has expired early: one new one is
    // tried.
    boost::asio::awaitable<AttemptResult> send_with_token(
        http::ClientRequest request,
        Route route) {
        std::string refused;
        for (int turn = 1;; ++turn) {
            auto token = co_await tokens_.get(route.connection, refused);
            note(*route.connection, token);
            if (!token) {
                co_return result_of_error(token.error(), route.tries);
            }
            request.headers.set("Authorization", "Bearer " + *token);
            http::ClientRequest copy = request;
            auto answer = co_await client_.send(std::move(copy));
            if (turn == 2 || !answer || !asks_for_authorization(answer->status)) {
                co_return judge(answer, route, *token);
            }
            refused = std::move(*token);
        }
    }

    // Only what changes something: this is called at every attempt.
    void note(const Connection& connection, const Result<std::string>& token) const {
        if (token) {
            if (!connection.is_authorized()) {
                directory_.note_authorization(connection, Result<void>());
            }
        } else if (token.error().kind() == Errc::refused && connection.is_authorized()) {
            directory_.note_authorization(connection, Result<void>(token.error()));
        }
    }

    // `token`: the one that was sent; empty: none.
    AttemptResult judge(
        const Result<http::ClientResponse>& answer,
        const Route& route,
        const std::string& token) const {
        if (!answer) {
            return result_of_error(answer.error(), route.tries);
        }
        const WallTime now = clock_.now();
        auto result = result_of_status(answer->status, answer->headers, now);
        if (asks_for_authorization(answer->status)) {
            // The credentials can be corrected without the event being put again.
            result.verdict = Verdict::retriable;
            result.retry_after = retry_after_of(answer->headers, now);
        }
        if (!answer->body.empty()) {
            result.response =
                kept_response(answer->body, answer->headers, secrets_in(route, token));
        }
        return result;
    }

    // Everything that went out with the call and that its answer must not show.
    static std::vector<std::string> secrets_in(const Route& route, const std::string& token) {
        auto secrets = secrets_of(*route.connection->auth);
        for (auto more :
             {secrets_of(route.target->target),
              secrets_of_url(route.destination->invocation_endpoint)}) {
            secrets.insert(secrets.end(), more.begin(), more.end());
        }
        secrets.push_back(token);
        return secrets;
    }

    http::Client& client_;
    const AddressPolicy policy_;
    const DestinationDirectory& directory_;
    OAuthTokens& tokens_;
    const ApiDestinationOptions options_;
    const SystemClock clock_;  // Retry-After may be a date, which is never a pretended one
};

}  // namespace

std::unique_ptr<TargetSender> make_api_destination_sender(
    http::Client& client,
    AddressPolicy policy,
    const DestinationDirectory& directory,
    OAuthTokens& tokens,
    ApiDestinationOptions options) {
    return std::make_unique<ApiDestinationSender>(
        client,
        std::move(policy),
        directory,
        tokens,
        options);
}

}  // namespace eventbus
