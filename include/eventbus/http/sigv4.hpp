#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/http/message.hpp"

#include <string>
#include <string_view>

namespace eventbus::http {

struct SigningKey {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;  // empty: none
};

struct SigningScope {
    std::string region;
    std::string service = "events";
};

// Signature Version 4. Adds X-Amz-Date, X-Amz-Security-Token (if the key has one) and Authorization
// to `request.headers`. Host must be set already; every header present is signed except those a
// proxy may touch (Connection, User-Agent, Expect).
void sign(Request& request, const SigningKey& key, const SigningScope& scope, WallTime now);

// The two intermediate texts, for verification and for the published vectors. `signed_headers` is
// the sorted, semicolon-joined list; `normalize_path` resolves "." and ".." segments as every
// service but S3 does.
std::string canonical_request(
    const Request& request,
    std::string_view signed_headers,
    std::string_view payload_hash,
    bool normalize_path = true);
std::string
string_to_sign(std::string_view canonical, std::string_view amz_date, const SigningScope& scope);
std::string signature(
    std::string_view string_to_sign,
    std::string_view secret,
    std::string_view amz_date,
    const SigningScope& scope);

std::string sha256_hex(std::string_view bytes);

}  // namespace eventbus::http
