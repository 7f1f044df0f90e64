#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace eventbus {

// What the `eventbusd webhook` commands are told.
struct WebhookFlags {
    std::string secret;
    std::string id;
    std::optional<std::int64_t> timestamp;  // none, when signing: now
    std::string signature;
};

// Prints a new secret.
int make_secret(std::ostream& out);

// Prints the three headers that a webhook with the body `in` would be sent with. Returns an
// ExitStatus.
int sign_webhook(const WebhookFlags& flags, std::istream& in, std::ostream& out, std::ostream& err);

// Says whether a receiver with the secret would take the webhook with the body `in`, or why not.
// Returns an ExitStatus: kExitFailure if it would not.
int verify_webhook(
    const WebhookFlags& flags,
    std::istream& in,
    std::ostream& out,
    std::ostream& err);

}  // namespace eventbus
