#include "digests.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace eventbus::http {

namespace {

struct Algorithms {
    Algorithms()
        : sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
          hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr)) {
        if (sha256 == nullptr || hmac == nullptr) {
            throw std::runtime_error("OpenSSL offers no SHA-256 or no HMAC");
        }
    }

    EVP_MD* const sha256;
    EVP_MAC* const hmac;
};

const Algorithms& algorithms() {
    static const Algorithms all;
    return all;
}

struct MacDeleter {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

EVP_MAC_CTX* hmac_sha256_context() {
    thread_local const std::unique_ptr<EVP_MAC_CTX, MacDeleter> context = [] {
        std::unique_ptr<EVP_MAC_CTX, MacDeleter> made(EVP_MAC_CTX_new(algorithms().hmac));
        std::array<char, 7> digest = {"SHA256"};
        const std::array<OSSL_PARAM, 2> parameters = {
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        if (!made || EVP_MAC_CTX_set_params(made.get(), parameters.data()) != 1) {
            throw std::runtime_error("OpenSSL cannot set up HMAC-SHA256");
        }
        return made;
    }();
    return context.get();
}

}  // namespace

Digest sha256(std::string_view bytes) {
    Digest digest{};
    unsigned int size = 0;
    if (EVP_Digest(
            bytes.data(),
            bytes.size(),
            digest.data(),
            &size,
            algorithms().sha256,
            nullptr) != 1) {
        throw std::runtime_error("OpenSSL failed to compute a SHA-256");
    }
    return digest;
}

Digest hmac_sha256(
    std::span<const std::uint8_t> key,
    std::initializer_list<std::string_view> parts) {
    Digest digest{};
    std::size_t size = 0;
    EVP_MAC_CTX* context = hmac_sha256_context();
    bool is_good = EVP_MAC_init(context, key.data(), key.size(), nullptr) == 1;
    for (const std::string_view part : parts) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(part.data());
        is_good = is_good && EVP_MAC_update(context, bytes, part.size()) == 1;
    }
    if (!is_good || EVP_MAC_final(context, digest.data(), &size, digest.size()) != 1) {
        throw std::runtime_error("OpenSSL failed to compute an HMAC");
    }
    return digest;
}

}  // namespace eventbus::http
