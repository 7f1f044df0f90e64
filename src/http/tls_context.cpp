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

bool has_revocation_lists(X509_STORE* store) {
    const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL) {
            return true;
        }
    }
    return false;
}

// OpenSSL takes revocation lists from a CA file, and does not look at them unless it is told to. It
// would then want one of every authority in the chain; nobody has those of all.
void heed_revocation_lists(X509_STORE* store) {
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_set_verify_cb(store, [](int good, X509_STORE_CTX* checked) {
        if (good == 0 && X509_STORE_CTX_get_error(checked) == X509_V_ERR_UNABLE_TO_GET_CRL) {
            X509_STORE_CTX_set_error(checked, X509_V_OK);
            return 1;
        }
        return good;
    });
}

Result<ListenerTls::ContextPtr> make_server_tls(const ServerOptions::Tls& tls) {
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

bool has_same_certificate(const ListenerTls::ContextPtr& a, const ListenerTls::ContextPtr& b) {
    const X509* of_a = SSL_CTX_get0_certificate(a->native_handle());
    const X509* of_b = SSL_CTX_get0_certificate(b->native_handle());
    return of_a != nullptr && of_b != nullptr && X509_cmp(of_a, of_b) == 0;
}

}  // namespace

Result<std::shared_ptr<ListenerTls>> ListenerTls::read(ServerOptions::Tls files) {
    auto context = make_server_tls(files);
    if (!context) {
        return context.error();
    }
    return std::shared_ptr<ListenerTls>(new ListenerTls(std::move(files), std::move(*context)));
}

Result<CertificateRenewal> ListenerTls::read_again() {
    auto context = make_server_tls(files_);
    if (!context) {
        return context.error();
    }
    CertificateRenewal renewal;
    renewal.is_new = !has_same_certificate(this->context(), *context);
    renewal.use = [self = shared_from_this(), context = std::move(*context)] {
        self->context_.store(context);
    };
    return renewal;
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
    if (X509_STORE* store = SSL_CTX_get_cert_store(native); has_revocation_lists(store)) {
        heed_revocation_lists(store);
    }
    return context;
}

}  // namespace eventbus::http
