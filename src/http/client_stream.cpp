#include "client_stream.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Parts = std::array<asio::const_buffer, 2>;

constexpr std::size_t kTlsJoinBytes = 16 * 1024;  // one record

class PlainStream final : public ClientStream {
public:
    explicit PlainStream(const asio::any_io_executor& executor) : socket_(executor) {}

    TcpSocket& socket() override { return socket_; }

    asio::awaitable<std::optional<HandshakeFailure>> handshake() override {
        error_code ec;
        socket_.non_blocking(true, ec);
        std::optional<HandshakeFailure> failure;
        if (ec) {
            failure.emplace().message = ec.message();
        }
        co_return failure;
    }

    asio::awaitable<error_code> write(std::string_view head, std::string_view body) override {
        const Parts parts = {asio::buffer(head), asio::buffer(body)};
        boost::beast::buffers_suffix<Parts> rest(parts);
        error_code failed;
        rest.consume(socket_.write_some(parts, failed));  // nearly always all of it
        if (failed && failed != asio::error::would_block) {
            co_return failed;
        }
        if (asio::buffer_size(rest) == 0) {
            co_return error_code();
        }
        auto [ec, n] = co_await asio::async_write(socket_, rest, as_result);
        co_return ec;
    }

    asio::awaitable<Received> read_some(asio::mutable_buffer space) override {
        auto [ec, n] = co_await socket_.async_read_some(space, as_result);
        co_return Received{ec, n};
    }

    bool holds_unread() override { return false; }

private:
    TcpSocket socket_;
};

class EncryptedStream final : public ClientStream {
public:
    EncryptedStream(
        const asio::any_io_executor& executor,
        std::shared_ptr<asio::ssl::context> context)
        : context_(std::move(context)), stream_(TcpSocket(executor), *context_) {}

    // False if OpenSSL refuses the name. Neither SNI nor the check of the name is on by default:
    // without the former a shared server shows the wrong certificate, and without the latter any
    // valid certificate would do.
    bool expect(const std::string& host, bool skip_verification) {
        SSL* ssl = stream_.native_handle();
        error_code not_address;
        asio::ip::make_address(host, not_address);
        if (not_address && SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
            return false;
        }
        if (skip_verification) {
            return true;
        }
        X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(
            wanted,
            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        return not_address ? X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1
                           : X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    }

    TcpSocket& socket() override { return stream_.next_layer(); }

    asio::awaitable<std::optional<HandshakeFailure>> handshake() override {
        auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_result);
        std::optional<HandshakeFailure> failure;
        if (!ec) {
            co_return failure;
        }
        const long verdict = SSL_get_verify_result(stream_.native_handle());
        failure.emplace();
        failure->message = verdict == X509_V_OK ? "the handshake: " + ec.message()
                                                : std::string("the certificate: ") +
                                                      X509_verify_cert_error_string(verdict);
        failure->is_wrong_name =
            verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
        co_return failure;
    }

    asio::awaitable<error_code> write(std::string_view head, std::string_view body) override {
        std::string joined;
        if (body.size() <= kTlsJoinBytes) {
            joined.reserve(head.size() + body.size());
            joined.append(head).append(body);
            head = joined;
            body = {};
        }
        const Parts parts = {asio::buffer(head), asio::buffer(body)};
        auto [ec, n] = co_await asio::async_write(stream_, parts, as_result);
        co_return ec;
    }

    asio::awaitable<Received> read_some(asio::mutable_buffer space) override {
        auto [ec, n] = co_await stream_.async_read_some(space, as_result);
        co_return Received{ec, n};
    }

    bool holds_unread() override {
        SSL* ssl = stream_.native_handle();
        return SSL_has_pending(ssl) != 0 || BIO_pending(SSL_get_rbio(ssl)) > 0;
    }

private:
    const std::shared_ptr<asio::ssl::context> context_;
    TlsStream stream_;
};

}  // namespace

bool ClientStream::is_quiet() {
    char byte = 0;
    const auto n = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && buffer_.size() == 0 &&
           !holds_unread();
}

std::unique_ptr<ClientStream> make_plain_stream(const asio::any_io_executor& executor) {
    return std::make_unique<PlainStream>(executor);
}

std::unique_ptr<ClientStream> make_tls_stream(
    const asio::any_io_executor& executor,
    std::shared_ptr<asio::ssl::context> context,
    const std::string& host,
    bool skip_verification) {
    auto stream = std::make_unique<EncryptedStream>(executor, std::move(context));
    if (!stream->expect(host, skip_verification)) {
        return nullptr;
    }
    return stream;
}

}  // namespace eventbus::http
