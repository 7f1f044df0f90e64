#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Signatures of Standard Webhooks 1.0: "v1," and the base64 of an HMAC-SHA256 over
// "ID.TIMESTAMP.BODY". Safe from any thread.
namespace eventbus::http {

// The bytes of a secret, as the HMAC wants them. Never shown.
using WebhookKey = std::string;

// Reads "whsec_" and the base64 of 24 to 64 bytes; the prefix may be missing. The error
// (Errc::malformed) does not show the secret.
[[nodiscard]] Result<WebhookKey> parse_webhook_secret(std::string_view text);

// A new one of 32 random bytes, with its prefix.
std::string make_webhook_secret();

// A name for a secret that tells two of them apart and gives neither away: eight hexadecimal
// digits.
std::string webhook_key_id(std::string_view key);

// What was, or is to be, sent in the three headers webhook-id, webhook-timestamp and
// webhook-signature.
struct WebhookHeaders {
    std::string id;              // without '.', which ends it in the text that is signed
    std::int64_t timestamp = 0;  // seconds since 1970, of this attempt
    std::string signature;
};

// The value of webhook-signature: one signature per key with a blank between, so that a receiver
// that knows any of the keys is content while they are rotated.
std::string webhook_signature(
    const std::vector<WebhookKey>& keys,
    std::string_view id,
    std::int64_t timestamp,
    std::string_view body);

inline constexpr std::chrono::seconds kWebhookTolerance{300};

// As a receiver does it: one of the signatures is by one of the keys, and the timestamp is within
// `tolerance` of `now`. Compares in constant time. Errors (Errc::refused) say which of the two
// failed.
[[nodiscard]] Result<void> verify_webhook(
    const std::vector<WebhookKey>& keys,
    const WebhookHeaders& headers,
    std::string_view body,
    WallTime now,
    std::chrono::seconds tolerance = kWebhookTolerance);

}  // namespace eventbus::http
