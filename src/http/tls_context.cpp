#include "tls_context.hpp"

#include <boost/asio/ssl.hpp>

#include <array>

namespace eventbus::http {

namespace {

namespace ssl = boost::asio::ssl;

constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(
    SSL*,
    const unsigned char** out,
    unsigned char* out_size,
    const unsigned char* offered,
    unsigned int offered_size,
    void*) {
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(
        &chosen,
        out_size,
        kHttp11.data(),
        kHttp11.size(),
        offered,
        offered_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Error tls_error(const std::string& what, const boost::system::error_code& ec) {
    return Error(Errc::invalid_argument, what + ": " + ec.message(), {}, "TLS_FAILURE");
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_server_tls(const ServerOptions::Tls& tls) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // An idle connection then holds no record buffers (34 KiB each).
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    boost::system::error_code ec;
    context->use_certificate_chain_file(tls.certificate_file, ec);
    if (ec) {
        return tls_error("certificate " + tls.certificate_file, ec);
    }
    context->use_private_key_file(tls.key_file, ssl::context::pem, ec);
    if (ec) {
        return tls_error("private key " + tls.key_file, ec);
    }
    if (SSL_CTX_check_private_key(native) != 1) {
        return Error(
            Errc::invalid_argument,
            "private key " + tls.key_file + " does not belong to certificate " +
                tls.certificate_file,
            {},
            "TLS_FAILURE");
    }
    return context;
}

Result<std::shared_ptr<ssl::context>> make_client_tls(
    const std::string& ca_file,
    bool skip_verification) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_security_level(native, 2);  // no RSA below 2048 bits, no SHA-1 signatures
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_protos(native, kHttp11.data(), kHttp11.size());
    boost::system::error_code ec;
    if (skip_verification) {
        context->set_verify_mode(ssl::verify_none, ec);
        return context;
    }
    context->set_verify_mode(ssl::verify_peer, ec);
    if (ca_file.empty()) {
        context->set_default_verify_paths(ec);
    } else {
        context->load_verify_file(ca_file, ec);
    }
    if (ec) {
        return tls_error(ca_file.empty() ? "system roots" : "CA file " + ca_file, ec);
    }
    return context;
}

}  // namespace eventbus::http
