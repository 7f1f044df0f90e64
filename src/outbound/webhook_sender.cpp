#include "eventbus/http/header_rules.hpp"
#include "eventbus/http/url.hpp"
#include "eventbus/outbound/senders.hpp"
#include "eventbus/outbound/target_secrets.hpp"

#include "cloud_event.hpp"
#include "http_parameters.hpp"
#include "http_verdict.hpp"
#include "kept_response.hpp"
#include "lane_target.hpp"

#include <algorithm>
#include <chrono>

namespace eventbus {
namespace {

constexpr std::string_view kUserAgent = "eventbusd/0.1";

class WebhookSender final : public TargetSender {
public:
    WebhookSender(http::Client& client, AddressPolicy policy, WebhookOptions options)
        : client_(client), policy_(std::move(policy)), options_(std::move(options)) {}

    std::size_t batch_max() const override { return 1; }

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
    Result<http::ClientRequest> make_request(PreparedDelivery& prepared) const {
        const Target& target = prepared.target->target;
        auto url = http::parse_url(target.arn);
        if (!url) {
            return Error(Errc::malformed, url.error().message(), {}, "INVALID_PARAMETER");
        }
        http::ClientRequest request;
        request.url = std::move(*url);
        request.timeout = attempt_timeout(target, options_.timeout);
        request.may_connect = policy_;
        if (auto chosen = choose_tls(target.tls_profile, request); !chosen) {
            return chosen.error();
        }
        request.headers.add("User-Agent", std::string(kUserAgent));
        request.headers.add("Content-Type", "application/json; charset=utf-8");
        if (target.http_parameters) {
            auto applied = apply_http_parameters(
                *target.http_parameters,
                prepared.delivery.event->envelope,
                request.url.target,
                request.headers);
            if (!applied) {
                return applied.error();
            }
        }
        if (target.cloud_events) {
            make_cloud_event(target, *prepared.delivery.event, prepared.payload, request.headers);
        }
        // A trace header that must not be sent is the sender's slip, not a reason to withhold the
        // event.
        const auto& trace = prepared.delivery.event->trace_header;
        if (!trace.empty() && http::is_valid_header_value(trace)) {
            request.headers.set("X-Amzn-Trace-Id", trace);
        }
        request.body = std::move(prepared.payload);
        if (auto marked = mark(prepared, request); !marked) {
            return marked.error();
        }
        return request;
    }

    Result<void> choose_tls(const std::string& name, http::ClientRequest& request) const {
        if (name.empty()) {
            return {};
        }
        const auto found = options_.tls_profiles.find(name);
        if (found == options_.tls_profiles.end()) {
            return missing("TLS profile", name);
        }
        request.ca_file = found->second.ca_file;
        request.certificate_file = found->second.certificate_file;
        request.key_file = found->second.key_file;
        request.skip_verification = found->second.skip_verification;
        return {};
    }

    // Gives the call its identity and, last, the signature over exactly the bytes that are sent.
    Result<void> mark(const PreparedDelivery& prepared, http::ClientRequest& request) const {
        const WallTime now = clock_.now();
        const std::int64_t seconds =
            std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
        request.headers.set("webhook-id", prepared.webhook_id);
        request.headers.set("webhook-timestamp", std::to_string(seconds));
        if (!prepared.target->target.signing) {
            return {};
        }
        if (!options_.secrets) {
            return missing("signing secret", prepared.target->target.signing->secret_name);
        }
        const auto keys = options_.secrets->keys_of(*prepared.target, now);
        if (!keys) {
            return keys.error();
        }
        request.headers.set(
            "webhook-signature",
            http::webhook_signature(*keys, prepared.webhook_id, seconds, request.body));
        return {};
    }

    // Worth trying again: the operator may give it back.
    static Error missing(const char* what, const std::string& name) {
        return Error(
            Errc::not_found,
            std::string("The config has no ") + what + " \"" + name + "\".",
            {},
            "NO_RESOURCE");
    }

    boost::asio::awaitable<AttemptResult> send_one(PreparedDelivery prepared) {
        const int tries = prepared.delivery.attempts + 1;
        auto request = make_request(prepared);
        if (!request) {
            co_return result_of_error(request.error(), tries);
        }
        auto answer = co_await client_.send(std::move(*request));
        if (!answer) {
            co_return result_of_error(answer.error(), tries);
        }
        auto result = result_of_status(answer->status, answer->headers, clock_.now());
        if (!answer->body.empty()) {
            result.response =
                kept_response(answer->body, answer->headers, secrets_of(prepared.target->target));
        }
        co_return result;
    }

    http::Client& client_;
    const AddressPolicy policy_;
    const WebhookOptions options_;
    const SystemClock
        clock_;  // what a target compares with its own clock is never a pretended time
};

}  // namespace

std::unique_ptr<TargetSender>
make_webhook_sender(http::Client& client, AddressPolicy policy, WebhookOptions options) {
    return std::make_unique<WebhookSender>(client, std::move(policy), std::move(options));
}

}  // namespace eventbus
