#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/http/server.hpp"

#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace eventbus::http {

// TLS 1.2 and later, HTTP/1.1 by ALPN, with the listener's certificate, which may be read again
// while it is in use. Safe from any thread.
class ListenerTls : public std::enable_shared_from_this<ListenerTls> {
public:
    using ContextPtr = std::shared_ptr<boost::asio::ssl::context>;

    // The error names the file.
    [[nodiscard]] static Result<std::shared_ptr<ListenerTls>> read(ServerOptions::Tls files);

    // See Server::read_certificate().
    [[nodiscard]] Result<CertificateRenewal> read_again();

    ContextPtr context() const { return context_.load(); }

private:
    ListenerTls(ServerOptions::Tls files, ContextPtr context)
        : files_(std::move(files)), context_(std::move(context)) {}

    const ServerOptions::Tls files_;
    std::atomic<ContextPtr> context_;
};

// Whom a client trusts, and as whom it shows itself. Paths of PEM files; empty: see ClientRequest.
struct ClientTls {
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
    bool skip_verification = false;

    auto operator<=>(const ClientTls&) const = default;
};

// TLS 1.2 and later, verifying peers against the system's roots or, if given, only those in
// `ca_file`. Revocation lists in `ca_file` hold for what their authorities have issued, and an
// authority without one is not asked. The error names the file that cannot be used.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(
    const ClientTls& tls);

}  // namespace eventbus::http
