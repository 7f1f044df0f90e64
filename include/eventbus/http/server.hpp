#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/http/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventbus::http {

// What answers requests. Called on the strand of the request's connection; several connections call
// at once.
class Handler {
public:
    virtual ~Handler() = default;

    // True if `path` exists at all; `allowed` is then the value of an Allow header ("GET, HEAD").
    // The server answers 404 and 405 itself, before it reads a body.
    virtual bool find(std::string_view method, std::string_view path, std::string& allowed)
        const = 0;

    // The answer to a request whose body has been read. An exception becomes a 500 and a log line.
    virtual boost::asio::awaitable<Response> handle(Request request) = 0;

    // The body of an answer that the server gives itself (400, 404, 405, 408, 411, 413, 414, 415,
    // 417, 421, 431, 500, 503) in the dialect of the path or headers seen so far. `request` may be
    // incomplete.
    virtual Response refuse(const Request& request, unsigned status, std::string message) = 0;
};

// Limits are absolute: a deadline counts from the first byte, never per read. A TLS handshake has
// five seconds.
struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8700;  // 0: any free one; see Server::port()
    // Host header values that are served, besides the listener's own address and loopback names;
    // empty list: every host.
    std::vector<std::string> allowed_hosts;
    std::size_t connections_max = 1024;
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t header_fields_max = 100;
    std::size_t target_bytes_max = 4 * 1024;
    std::size_t body_bytes_max = 8 * 1024 * 1024;
    std::size_t requests_per_connection_max = 0;  // 0: no limit
    // Bytes of request bodies held at once over all connections; over it new bodies are answered
    // 503 unread.
    std::size_t body_bytes_total_max = 128 * 1024 * 1024;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{10'000};  // plus one second per 64 KiB announced
    std::chrono::milliseconds write_timeout{30'000};
    std::chrono::milliseconds idle_timeout{60'000};

    struct Tls {
        std::string certificate_file;  // PEM chain
        std::string key_file;
    };

    std::optional<Tls> tls;

    // A thread of its own for whoever asks whether all is well: it accepts, and answers connections
    // whose first request is for one of these paths, some also over `connections_max`. The others
    // go to the executor of the server, with all that it has to do. Not over TLS, where the first
    // request cannot be seen.
    struct Reception {
        boost::asio::any_io_executor executor;
        std::vector<std::string> paths;
    };

    std::optional<Reception> reception;
};

// A listener's certificate and key that were read again.
struct CertificateRenewal {
    bool is_new = false;  // another certificate than the one in use
    // Takes it into use, for connections that come from now on. From any thread.
    std::function<void()> use;
};

// The HTTP/1.1 server: Beast behind the strict gate (security notes in src/http/strict_gate.hpp).
// Every 4xx of the gate closes the connection, so that left-over bytes never become a request.
//
// Metrics: eventbusd_http_requests_total{status="2xx"}, eventbusd_http_connections{listener="…"},
// eventbusd_http_rejects_total{reason="refused", "timeout", "connection_limit" or "not_http"}.
class Server {
public:
    // Binds at once (an error says the address and why); serves once run() is spawned. `handler`
    // must outlive the server.
    [[nodiscard]] static Result<std::unique_ptr<Server>> listen(
        boost::asio::any_io_executor executor,
        ServerOptions options,
        Handler& handler,
        MetricsRegistry& metrics);

    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0;

    // Reads the files of the listener's certificate and key again. An error names the file that
    // cannot be used; nullopt: the listener has no certificate. Blocks; from any thread.
    [[nodiscard]] virtual Result<std::optional<CertificateRenewal>> read_certificate() const = 0;

    // Accepts until drain() is called.
    virtual boost::asio::awaitable<void> run() = 0;

    // Stops accepting, lets requests in progress finish with `Connection: close` and idle
    // connections close, at most for `patience`; then closes what is left. Returns when no
    // connection is open.
    virtual boost::asio::awaitable<void> drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace eventbus::http
