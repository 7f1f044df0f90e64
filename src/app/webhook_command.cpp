#include "webhook_command.hpp"

#include "eventbus/base/clock.hpp"
#include "eventbus/http/webhook_signature.hpp"

#include "exit_status.hpp"

#include <istream>
#include <iterator>
#include <ostream>

namespace eventbus {

namespace {

std::string read_all(std::istream& in) {
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

WallTime now() {
    return SystemClock().now();
}

std::int64_t seconds_now() {
    return std::chrono::floor<std::chrono::seconds>(now().time_since_epoch()).count();
}

}  // namespace

int make_secret(std::ostream& out) {
    out << http::make_webhook_secret() << "\n";
    return kExitOk;
}

int sign_webhook(
    const WebhookFlags& flags,
    std::istream& in,
    std::ostream& out,
    std::ostream& err) {
    const auto key = http::parse_webhook_secret(flags.secret);
    if (!key) {
        err << key.error().message() << "\n";
        return kExitUsage;
    }
    const std::int64_t timestamp = flags.timestamp.value_or(seconds_now());
    out << "webhook-id: " << flags.id << "\nwebhook-timestamp: " << timestamp
        << "\nwebhook-signature: "
        << http::webhook_signature({*key}, flags.id, timestamp, read_all(in)) << "\n";
    return kExitOk;
}

int verify_webhook(
    const WebhookFlags& flags,
    std::istream& in,
    std::ostream& out,
    std::ostream& err) {
    const auto key = http::parse_webhook_secret(flags.secret);
    if (!key) {
        err << key.error().message() << "\n";
        return kExitUsage;
    }
    http::WebhookHeaders headers;
    headers.id = flags.id;
    headers.timestamp = flags.timestamp.value_or(seconds_now());
    headers.signature = flags.signature;
    const auto verified = http::verify_webhook({*key}, headers, read_all(in), now());
    if (!verified) {
        err << verified.error().message() << "\n";
        return kExitFailure;
    }
    out << "the signature is good\n";
    return kExitOk;
}

}  // namespace eventbus
