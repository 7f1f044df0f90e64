#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/http/server.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace eventbus::http {

// TLS 1.2 and later, HTTP/1.1 by ALPN, with the listener's certificate. The error names the file.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_server_tls(
    const ServerOptions::Tls& tls);

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
