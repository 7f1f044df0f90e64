#pragma once

#include "eventbus/base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// Overwrites a text that held a secret, also the part of its buffer that is not used, and empties
// it.
void wipe(std::string& secret);

// 256 bits that secrets are sealed with. Wiped from memory when it goes.
class MasterKey {
public:
    static constexpr std::size_t kBytes = 32;

    // From the system's generator.
    static MasterKey generate();

    // 32 bytes as they are, or as base64 with nothing but a line's end behind. Errc::malformed says
    // how many bytes were found; the text is never shown.
    [[nodiscard]] static Result<MasterKey> from_text(std::string_view text);

    MasterKey(const MasterKey& other) = default;
    MasterKey& operator=(const MasterKey& other) = default;
    ~MasterKey();

    // Base64 and a newline: the content of a key file.
    std::string to_text() const;

    // Eight hexadecimal digits that tell keys apart and reveal nothing of them.
    std::string id() const;

    const std::array<std::uint8_t, kBytes>& bytes() const { return bytes_; }

private:
    explicit MasterKey(std::string_view bytes);

    std::array<std::uint8_t, kBytes> bytes_{};
};

// What a sealed secret belongs to. A record opens only in the place that it was sealed for, so that
// nobody who can write to the store can move one secret to where another is expected.
struct SecretPlace {
    std::string_view kind;    // "connection"
    std::string_view key;     // the resource's ARN
    std::string_view member;  // "AuthParameters"
};

// Seals secrets for the store with AES-256-GCM. A record is base64 of
//
//     version (1) | key id (4) | nonce (12, random) | ciphertext | tag (16)
//
// with the place as additional data. Immutable, safe from any thread.
class SecretBox {
public:
    // Seals with the first key, opens with any: the others are those of earlier times.
    explicit SecretBox(MasterKey current, std::vector<MasterKey> earlier = {});

    std::string seal(std::string_view secret, const SecretPlace& place) const;

    // Errc::malformed: not a record, or changed, or sealed for another place. Errc::refused: sealed
    // with a key that is not here; names the key by its id. No message shows any of the content.
    [[nodiscard]] Result<std::string> open(std::string_view record, const SecretPlace& place) const;

    // Whether the record was sealed with the first key. False for what is not a record.
    bool is_current(std::string_view record) const;

    // Of the first key.
    const std::string& key_id() const { return ids_.front(); }

private:
    std::vector<MasterKey> keys_;
    std::vector<std::string> ids_;  // of keys_
};

}  // namespace eventbus
