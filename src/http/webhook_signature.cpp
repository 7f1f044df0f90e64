#include "eventbus/http/webhook_signature.hpp"

#include "eventbus/base/encoding.hpp"

#include "digests.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

namespace eventbus::http {

namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::string_view kVersion = "v1,";
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::size_t kIdDigits = 8;

std::span<const std::uint8_t> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string sign_with(
    std::string_view key,
    std::string_view id,
    std::int64_t timestamp,
    std::string_view body) {
    const std::string seconds = std::to_string(timestamp);
    const Digest digest = hmac_sha256(as_bytes(key), {id, ".", seconds, ".", body});
    const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
    return std::string(kVersion) + to_base64(bytes);
}

bool is_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Result<WebhookKey> parse_webhook_secret(std::string_view text) {
    if (text.starts_with(kPrefix)) {
        text.remove_prefix(kPrefix.size());
    }
    auto key = from_base64(text);
    if (!key) {
        return Error(
            Errc::malformed,
            "the secret is not base64 with its padding; expected whsec_ and the base64 of 24 to 64 "
            "bytes");
    }
    if (key->size() < kKeyBytesMin || key->size() > kKeyBytesMax) {
        return Error(
            Errc::malformed,
            "the secret has " + std::to_string(key->size()) +
                " bytes; expected whsec_ and the base64 of 24 to 64 bytes");
    }
    return std::move(*key);
}

std::string make_webhook_secret() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("OpenSSL has no random bytes");
    }
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::string(kPrefix) + to_base64(view);
}

std::string webhook_key_id(std::string_view key) {
    return to_hex(sha256(key)).substr(0, kIdDigits);
}

std::string webhook_signature(
    const std::vector<WebhookKey>& keys,
    std::string_view id,
    std::int64_t timestamp,
    std::string_view body) {
    std::string all;
    for (const WebhookKey& key : keys) {
        all += all.empty() ? "" : " ";
        all += sign_with(key, id, timestamp, body);
    }
    return all;
}

Result<void> verify_webhook(
    const std::vector<WebhookKey>& keys,
    const WebhookHeaders& headers,
    std::string_view body,
    WallTime now,
    std::chrono::seconds tolerance) {
    const auto seconds_now =
        std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    if (headers.timestamp < seconds_now - tolerance.count() ||
        headers.timestamp > seconds_now + tolerance.count()) {
        return Error(
            Errc::refused,
            "the timestamp " + std::to_string(headers.timestamp) + " is more than " +
                std::to_string(tolerance.count()) + " s from now");
    }
    bool is_good = false;
    for (const WebhookKey& key : keys) {
        const std::string expected = sign_with(key, headers.id, headers.timestamp, body);
        std::string_view rest = headers.signature;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            is_good = is_equal(rest.substr(0, end), expected) || is_good;
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    if (!is_good) {
        return Error(
            Errc::refused,
            "no signature is that of the secret over id, timestamp and body");
    }
    return {};
}

}  // namespace eventbus::http
