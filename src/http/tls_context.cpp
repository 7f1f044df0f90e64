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

Result<void> show_certificate(
    ssl::context& context,
    const std::string& certificate_file,
    const std::string& key_file) {
    boost::system::error_code ec;
    context.use_certificate_chain_file(certificate_file, ec);
    if (ec) {
        return tls_error("certificate " + certificate_file, ec);
    }
    context.use_private_key_file(key_file, ssl::context::pem, ec);
    if (ec) {
        return tls_error("private key " + key_file, ec);
    }
    if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
        return Error(
            Errc::invalid_argument,
            "private key " + key_file + " does not belong to certificate " + certificate_file,
            {},
            "TLS_FAILURE");
    }
    return {};
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
    if (auto shown = show_certificate(*context, tls.certificate_file, tls.key_file); !shown) {
        return shown.error();
    }
    return context;
}

Result<std::shared_ptr<ssl::context>> make_client_tls(const ClientTls& tls) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_security_level(native, 2);  // no RSA below 2048 bits, no SHA-1 signatures
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_protos(native, kHttp11.data(), kHttp11.size());
    if (!tls.certificate_file.empty()) {
        auto shown = show_certificate(*context, tls.certificate_file, tls.key_file);
        if (!shown) {
            return shown.error();
        }
    }
    boost::system::error_code ec;
    if (tls.skip_verification) {
        context->set_verify_mode(ssl::verify_none, ec);
        return context;
    }
    context->set_verify_mode(ssl::verify_peer, ec);
    if (tls.ca_file.empty()) {
        context->set_default_verify_paths(ec);
    } else {
        context->load_verify_file(tls.ca_file, ec);
    }
    if (ec) {
        return tls_error(tls.ca_file.empty() ? "system roots" : "CA file " + tls.ca_file, ec);
    }
    return context;
}

}  // namespace eventbus::http
