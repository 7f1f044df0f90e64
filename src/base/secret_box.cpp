#include "eventbus/base/secret_box.hpp"

#include "eventbus/base/encoding.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

namespace eventbus {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kIdBytes + kNonceBytes;
constexpr std::string_view kIdPurpose = "eventbusd master key id";

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// Fetched once: OpenSSL 3 searches its providers at each fetch.
const EVP_CIPHER* cipher() {
    static EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return fetched;
}

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string("the cryptographic library fails: ") + what);
}

const std::uint8_t* as_bytes(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* as_bytes(std::string& text) {
    return reinterpret_cast<std::uint8_t*>(text.data());
}

int to_int(std::size_t size) {
    if (size > INT_MAX / 2) {
        throw std::length_error("a secret of more than a gigabyte");
    }
    return static_cast<int>(size);
}

CipherContext begin(const MasterKey& key, std::string_view nonce, bool is_sealing) {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (context == nullptr || cipher() == nullptr ||
        EVP_CipherInit_ex2(
            context.get(),
            cipher(),
            key.bytes().data(),
            as_bytes(nonce),
            is_sealing ? 1 : 0,
            nullptr) != 1) {
        fail("AES-256-GCM cannot be set up");
    }
    return context;
}

void add_length(std::string& out, std::size_t length) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((length >> shift) & 0xff));
    }
}

// Each part with its length in front, so that no two places read alike.
std::string additional_data(const SecretPlace& place) {
    std::string out;
    for (const auto part : {place.kind, place.key, place.member}) {
        add_length(out, part.size());
        out += part;
    }
    return out;
}

void authenticate(const CipherContext& context, const SecretPlace& place, std::string_view head) {
    // The version and the key's id are covered too: what chose the key must not be changeable.
    const std::string data = std::string(head.substr(0, 1 + kIdBytes)) + additional_data(place);
    int ignored = 0;
    if (EVP_CipherUpdate(context.get(), nullptr, &ignored, as_bytes(data), to_int(data.size())) !=
        1) {
        fail("additional data");
    }
}

std::string raw_id(const MasterKey& key) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (HMAC(
            EVP_sha256(),
            key.bytes().data(),
            static_cast<int>(MasterKey::kBytes),
            as_bytes(kIdPurpose),
            kIdPurpose.size(),
            mac.data(),
            &size) == nullptr) {
        fail("HMAC-SHA256");
    }
    return {reinterpret_cast<const char*>(mac.data()), kIdBytes};
}

std::string hex(std::string_view bytes) {
    return to_hex(std::span(as_bytes(bytes), bytes.size()));
}

// The record's bytes, or nothing if they cannot be one of ours.
std::optional<std::string> decode(std::string_view record) {
    auto bytes = from_base64(record);
    if (!bytes || bytes->size() < kHeadBytes + kTagBytes || bytes->front() != kVersion) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace

void wipe(std::string& secret) {
    secret.resize(secret.capacity());
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

MasterKey::MasterKey(std::string_view bytes) {
    std::ranges::copy(bytes, bytes_.begin());
}

MasterKey::~MasterKey() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

MasterKey MasterKey::generate() {
    std::string bytes(kBytes, '\0');
    if (RAND_bytes(as_bytes(bytes), static_cast<int>(kBytes)) != 1) {
        fail("no random bytes");
    }
    MasterKey key(bytes);
    wipe(bytes);
    return key;
}

Result<MasterKey> MasterKey::from_text(std::string_view text) {
    if (text.size() == kBytes) {
        return MasterKey(text);
    }
    std::string_view line = text;
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    auto decoded = from_base64(line);
    if (!decoded) {
        return Error(
            Errc::malformed,
            "expected 32 bytes, or base64 of 32 bytes on one line, found " +
                std::to_string(text.size()) + " bytes that are neither");
    }
    if (decoded->size() != kBytes) {
        const std::size_t found = decoded->size();
        wipe(*decoded);
        return Error(
            Errc::malformed,
            "expected 32 bytes, or base64 of 32 bytes on one line, found base64 of " +
                std::to_string(found) + " bytes");
    }
    MasterKey key(*decoded);
    wipe(*decoded);
    return key;
}

std::string MasterKey::to_text() const {
    return to_base64({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}) + "\n";
}

std::string MasterKey::id() const {
    return hex(raw_id(*this));
}

SecretBox::SecretBox(MasterKey current, std::vector<MasterKey> earlier) {
    keys_.push_back(std::move(current));
    for (auto& key : earlier) {
        keys_.push_back(std::move(key));
    }
    for (const auto& key : keys_) {
        ids_.push_back(key.id());
    }
}

std::string SecretBox::seal(std::string_view secret, const SecretPlace& place) const {
    std::string record(kHeadBytes + secret.size() + kTagBytes, '\0');
    record[0] = kVersion;
    const std::string id = raw_id(keys_.front());
    std::ranges::copy(id, record.begin() + 1);
    if (RAND_bytes(as_bytes(record) + 1 + kIdBytes, static_cast<int>(kNonceBytes)) != 1) {
        fail("no random bytes");
    }
    const std::string head = record.substr(0, kHeadBytes);
    const auto context = begin(keys_.front(), head.substr(1 + kIdBytes), true);
    authenticate(context, place, head);
    std::uint8_t* out = as_bytes(record) + kHeadBytes;
    int written = 0;
    if (!secret.empty() &&
        EVP_CipherUpdate(context.get(), out, &written, as_bytes(secret), to_int(secret.size())) !=
            1) {
        fail("encryption");
    }
    int rest = 0;
    std::uint8_t* tag = out + secret.size();
    if (EVP_CipherFinal_ex(context.get(), tag, &rest) != 1 || EVP_CIPHER_CTX_ctrl(
                                                                  context.get(),
                                                                  EVP_CTRL_AEAD_GET_TAG,
                                                                  static_cast<int>(kTagBytes),
                                                                  tag) != 1) {
        fail("encryption");
    }
    return to_base64(record);
}

Result<std::string> SecretBox::open(std::string_view record, const SecretPlace& place) const {
    auto bytes = decode(record);
    if (!bytes) {
        return Error(Errc::malformed, "a sealed secret is damaged: it is not a record");
    }
    const std::string id = hex(std::string_view(*bytes).substr(1, kIdBytes));
    const auto found = std::ranges::find(ids_, id);
    if (found == ids_.end()) {
        return Error(
            Errc::refused,
            "a secret is sealed with the master key " + id +
                ", which is not here; the current one "
                "is " +
                key_id());
    }
    const auto& key = keys_[static_cast<std::size_t>(found - ids_.begin())];
    const auto context = begin(key, bytes->substr(1 + kIdBytes, kNonceBytes), false);
    authenticate(context, place, *bytes);
    const std::size_t size = bytes->size() - kHeadBytes - kTagBytes;
    std::string secret(size, '\0');
    std::uint8_t* const sealed = as_bytes(*bytes) + kHeadBytes;
    int written = 0;
    if (size > 0 &&
        EVP_CipherUpdate(context.get(), as_bytes(secret), &written, sealed, to_int(size)) != 1) {
        fail("decryption");
    }
    int rest = 0;
    std::array<std::uint8_t, kTagBytes> unused{};
    if (EVP_CIPHER_CTX_ctrl(
            context.get(),
            EVP_CTRL_AEAD_SET_TAG,
            static_cast<int>(kTagBytes),
            sealed + size) != 1 ||
        EVP_CipherFinal_ex(context.get(), unused.data(), &rest) != 1) {
        wipe(secret);
        return Error(
            Errc::malformed,
            "a sealed secret is damaged: it was changed, or sealed for something else");
    }
    return secret;
}

bool SecretBox::is_current(std::string_view record) const {
    const auto bytes = decode(record);
    return bytes && hex(std::string_view(*bytes).substr(1, kIdBytes)) == key_id();
}

}  // namespace eventbus
