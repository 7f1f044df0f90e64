#pragma once

#include "stream_traits.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eventbus::http {

// A connection to a target, plain or TLS. Used by one exchange at a time, on that exchange's
// strand.
class ClientStream {
public:
    struct Received {
        boost::system::error_code ec;
        std::size_t size = 0;
    };

    // Why a handshake failed.
    struct HandshakeFailure {
        std::string message;
        bool is_wrong_name = false;  // a good certificate, but of somebody else
    };

    virtual ~ClientStream() = default;

    virtual TcpSocket& socket() = 0;

    // After the socket is connected. nullopt if that went well.
    virtual boost::asio::awaitable<std::optional<HandshakeFailure>> handshake() = 0;

    virtual boost::asio::awaitable<boost::system::error_code> write(
        std::string_view head,
        std::string_view body) = 0;
    virtual boost::asio::awaitable<Received> read_some(boost::asio::mutable_buffer space) = 0;

    // False if the peer has closed an idle connection, or sent something that nobody asked for.
    bool is_quiet();

    // Bytes received and not yet understood.
    boost::beast::flat_buffer& buffer() { return buffer_; }

private:
    // True if the stream keeps bytes that have left the socket but not the stream.
    virtual bool holds_unread() = 0;

    boost::beast::flat_buffer buffer_;
};

std::unique_ptr<ClientStream> make_plain_stream(const boost::asio::any_io_executor& executor);

// `host` is a name (sent as SNI and looked for in the certificate) or an IP address (which must be
// in the certificate). Null if OpenSSL does not take the name.
std::unique_ptr<ClientStream> make_tls_stream(
    const boost::asio::any_io_executor& executor,
    std::shared_ptr<boost::asio::ssl::context> context,
    const std::string& host,
    bool skip_verification);

}  // namespace eventbus::http
