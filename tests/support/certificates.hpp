#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace eventbus::test {

// Makes the certificates of a test: authorities, and server certificates that are good or wrong in
// one respect. Link OpenSSL to use it.
class Certificate {
public:
    struct Options {
        std::string common_name = "test";
        std::string subject_alt_names;  // "DNS:localhost,IP:127.0.0.1"
        bool authority = false;
        long valid_from_seconds = -3600;  // from now
        long valid_to_seconds = 3600;
        unsigned rsa_bits = 0;  // 0: an elliptic key, which is quick to make
    };

    // Signed by `issuer`, or by itself.
    static Certificate make(const Options& options, const Certificate* issuer = nullptr) {
        Certificate made;
        made.key_.reset(
            options.rsa_bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(options.rsa_bits));
        made.x509_.reset(X509_new());
        X509* x509 = made.x509_.get();
        static long serial = 1;
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
        X509_gmtime_adj(X509_getm_notBefore(x509), options.valid_from_seconds);
        X509_gmtime_adj(X509_getm_notAfter(x509), options.valid_to_seconds);
        X509_set_pubkey(x509, made.key_.get());
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(x509),
            "CN",
            MBSTRING_ASC,
            reinterpret_cast<const unsigned char*>(options.common_name.c_str()),
            -1,
            -1,
            0);
        const Certificate& signer = issuer ? *issuer : made;
        X509_set_issuer_name(x509, X509_get_subject_name(signer.x509_.get()));
        if (options.authority) {
            made.extend(NID_basic_constraints, "critical,CA:TRUE");
            made.extend(NID_key_usage, "critical,keyCertSign,cRLSign");
        }
        if (!options.subject_alt_names.empty()) {
            made.extend(NID_subject_alt_name, options.subject_alt_names);
        }
        if (X509_sign(x509, signer.key_.get(), EVP_sha256()) == 0) {
            throw std::runtime_error("cannot sign a test certificate");
        }
        return made;
    }

    // A list of this authority that revokes `revoked`, or nothing.
    std::string revocation_list_pem(
        const Certificate* revoked = nullptr,
        long valid_to_seconds = 3600) const {
        const std::unique_ptr<X509_CRL, Free> list(X509_CRL_new());
        const std::unique_ptr<ASN1_TIME, Free> issued(X509_gmtime_adj(nullptr, -7200));
        const std::unique_ptr<ASN1_TIME, Free> next(X509_gmtime_adj(nullptr, valid_to_seconds));
        X509_CRL_set_version(list.get(), 1);
        X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(x509_.get()));
        X509_CRL_set1_lastUpdate(list.get(), issued.get());
        X509_CRL_set1_nextUpdate(list.get(), next.get());
        if (revoked) {
            X509_REVOKED* entry = X509_REVOKED_new();
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509_.get()));
            X509_REVOKED_set_revocationDate(entry, issued.get());
            X509_CRL_add0_revoked(list.get(), entry);  // which takes it
        }
        if (X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) == 0) {
            throw std::runtime_error("cannot sign a test revocation list");
        }
        return pem([&list](BIO* out) { return PEM_write_bio_X509_CRL(out, list.get()); });
    }

    std::string certificate_pem() const {
        return pem([this](BIO* out) { return PEM_write_bio_X509(out, x509_.get()); });
    }

    std::string key_pem() const {
        return pem([this](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }

    // Makes a (deliberately weak, if need be) OpenSSL server show this certificate.
    void give_to(SSL_CTX* context) const {
        SSL_CTX_use_certificate(context, x509_.get());
        SSL_CTX_use_PrivateKey(context, key_.get());
    }

private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

        void operator()(X509* x509) const { X509_free(x509); }

        void operator()(BIO* bio) const { BIO_free(bio); }

        void operator()(X509_CRL* list) const { X509_CRL_free(list); }

        void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }

        void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    };

    void extend(int nid, const std::string& value) {
        const std::unique_ptr<X509_EXTENSION, Free> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
        if (!extension || X509_add_ext(x509_.get(), extension.get(), -1) != 1) {
            throw std::runtime_error("cannot extend a test certificate with " + value);
        }
    }

    template <class Write>
    static std::string pem(Write write) {
        const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
        char* text = nullptr;
        if (write(out.get()) != 1) {
            throw std::runtime_error("cannot write a test certificate");
        }
        const long size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }

    std::unique_ptr<EVP_PKEY, Free> key_;
    std::unique_ptr<X509, Free> x509_;
};

}  // namespace eventbus::test
