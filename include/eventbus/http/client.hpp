#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/http/message.hpp"
#include "eventbus/http/url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace eventbus::http {

inline constexpr std::size_t kClientBodyBytesMax = 64 * 1024;

struct ClientRequest {
    Url url;
    std::string method = "POST";
    // Host and Content-Length are added by the client; the same values may stand here already (a
    // signed request has them). Nothing else is added, not even User-Agent.
    Headers headers;
    std::string body;
    std::chrono::milliseconds timeout{5'000};  // absolute: DNS, connect, TLS, send, headers
    std::string ca_file;           // PEM, may hold revocation lists; empty: the system's roots
    std::string certificate_file;  // PEM chain that we show if the target asks; empty: none
    std::string key_file;          // PEM, of the certificate
    std::size_t answer_bytes_max = kClientBodyBytesMax;  // of the body; more is cut
    bool skip_verification = false;  // accepts any certificate; the caller logs a warning

    // Decides whether an address that a name resolved to may be connected to; empty: all may. The
    // client connects to exactly the vetted address, so that a second look-up cannot change it.
    std::function<bool(const boost::asio::ip::address&, std::uint16_t port)> may_connect;
};

struct ClientResponse {
    unsigned status = 0;
    Headers headers;
    std::string body;             // the first ClientRequest::answer_bytes_max bytes
    bool body_truncated = false;  // longer, or not finished by the deadline
};

// HTTP/1.1 client with pooled keep-alive connections per (scheme, host, port, address, TLS files as
// they are now). Never follows redirects, never uses a proxy. Owns a small pool of resolver
// threads, as Asio has one thread for all look-ups; names that no name server answers for get half
// of them at most, so that they do not delay the others. Safe from any thread. Destroy it before
// the executor's context.
class Client {
public:
    struct Options {
        std::size_t idle_connections_max = 256;
        std::size_t idle_per_host_max = 64;
        std::chrono::milliseconds idle_timeout{30'000};
        std::size_t resolver_threads = 16;
        std::chrono::milliseconds resolve_ttl{30'000};
        std::chrono::milliseconds resolve_failure_ttl{5'000};
        // How much longer an answer is used while it is looked up again, or nobody answers.
        std::chrono::milliseconds resolve_stale{600'000};
    };

    static std::unique_ptr<Client>
    create(boost::asio::any_io_executor executor, Options options, MetricsRegistry& metrics);

    virtual ~Client() = default;

    // One exchange. The status decides: a body that is endless, too long or late is cut and the
    // connection closed. A stale pooled connection (reset before any byte of the answer) is
    // replaced once, within the same deadline. At most five 1xx answers are skipped. Errors, by
    // Error::code():
    //   INVALID_PARAMETER   a header or target that must not be sent
    //   BLOCKED_ADDRESS     may_connect refused every address
    //   DNS_FAILURE         the name does not resolve (now)
    //   CONNECTION_FAILURE  refused, reset, unreachable, closed before an answer
    //   TLS_FAILURE         the certificate or the handshake; Errc::refused if the certificate is
    //                       a good one of another name
    //   TIMEOUT             the deadline
    //   BAD_RESPONSE        not HTTP, or a status outside 100..599
    virtual boost::asio::awaitable<Result<ClientResponse>> send(ClientRequest request) = 0;

    // Closes idle connections and stops the resolver; sends in progress end by their deadlines.
    virtual void stop() = 0;
};

}  // namespace eventbus::http
