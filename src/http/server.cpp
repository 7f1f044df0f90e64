#include "eventbus/http/server.hpp"

#include "eventbus/base/log.hpp"
#include "eventbus/base/strand.hpp"

#include "arrival.hpp"
#include "connection.hpp"
#include "response_head.hpp"
#include "server_state.hpp"
#include "spare_descriptor.hpp"
#include "stream_traits.hpp"
#include "tls_context.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <unordered_map>
#include <unordered_set>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

// How long accepting rests when the process is out of descriptors: the listening socket stays
// readable, so that without a pause the loop would spin.
constexpr auto kDescriptorPause = 100ms;
// Connections over the cap that may wait for their peer to read the 503; beyond it they are closed
// at once.
constexpr std::size_t kTurnedAwayMax = 64;
constexpr auto kTurnedAwayLinger = 1s;
// Over the cap, as long as it is not known what they ask for, and if that is how all is.
constexpr std::size_t kArrivalsOverCap = 64;
// After the patience of drain() and the closing of every socket: for handlers that are still at
// work.
constexpr auto kAbandonAfter = 1s;

bool out_of_descriptors(const error_code& ec) {
    return ec == asio::error::no_descriptors || ec == asio::error::no_buffer_space ||
           ec == asio::error::no_memory || ec == boost::system::errc::too_many_files_open_in_system;
}

// Everything here lives on the strand; coroutines hold it, so it outlives the Server until they are
// done.
class Acceptor final : public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(
        asio::any_io_executor executor,
        tcp::acceptor acceptor,
        std::shared_ptr<ServerShared> shared,
        std::shared_ptr<ListenerTls> tls,
        asio::any_io_executor strand)
        : executor_(std::move(executor)),
          strand_(std::move(strand)),
          reception_(shared->reception()),
          acceptor_(std::move(acceptor)),
          pause_(strand_),
          all_closed_(strand_),
          shared_(std::move(shared)),
          tls_(std::move(tls)) {}

    const asio::any_io_executor& strand() const { return strand_; }

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (acceptor_.is_open()) {
            auto socket_strand = new_strand(reception_ ? reception_->executor : executor_);
            auto [ec, socket] = co_await acceptor_.async_accept(socket_strand, as_result);
            if (!acceptor_.is_open()) {
                break;
            }
            if (!ec && is_crowded()) {
                turn_away(std::move(socket));
            } else if (!ec && reception_) {
                receive(std::move(socket));
            } else if (!ec) {
                welcome(std::move(socket));
            } else if (out_of_descriptors(ec)) {
                shed(ec);
                pause_.expires_after(kDescriptorPause);
                co_await pause_.async_wait(as_result);
            }
            // Everything else (a peer that has already gone) concerns one connection, which does
            // not exist.
        }
    }

    void stop_accepting() {
        error_code ec;
        acceptor_.close(ec);
        pause_.cancel();
    }

    asio::awaitable<void> drain(std::chrono::milliseconds patience) {
        const auto self = shared_from_this();
        shared_->draining = true;
        stop_accepting();
        for (const auto& arrival : arrivals_) {
            arrival->hurry();
        }
        for_each_connection([](Connection& connection) { connection.begin_drain(); });
        co_await wait_until_empty(patience);
        if (!connections_.empty()) {
            log::warn(
                "closing connections with a request in progress",
                {{"connections", connections_.size()}});
            for_each_connection([](Connection& connection) { connection.close_now(); });
            co_await wait_until_empty(kAbandonAfter);
        }
        if (!connections_.empty()) {
            log::error(
                "requests still in progress after their connections were closed",
                {{"connections", connections_.size()}});
        }
    }

private:
    bool is_crowded() const {
        const std::size_t more = reception_ ? kArrivalsOverCap : 0;
        return connections_.size() + arrivals_.size() >= shared_->options.connections_max + more;
    }

    // Finds out what is asked for first, and so where it is answered.
    void receive(tcp::socket socket) {
        const auto arrival = std::make_shared<Arrival>(std::move(socket), strand_);
        arrivals_.insert(arrival);
        auto known = [self = shared_from_this(), arrival](std::exception_ptr failure, bool stays) {
            if (failure) {
                log_failure(failure);
            }
            self->admit(arrival, stays);
        };
        asio::co_spawn(strand_, arrival->asks_for(reception_->paths), std::move(known));
    }

    void admit(const std::shared_ptr<Arrival>& arrival, bool stays) {
        arrivals_.erase(arrival);
        tcp::socket socket = arrival->take_socket();
        if (stays) {
            welcome(std::move(socket));
            return;
        }
        if (connections_.size() >= shared_->options.connections_max) {
            turn_away(std::move(socket));
            leave();
            return;
        }
        tcp::socket moved(new_strand(executor_));
        if (move_over(socket, moved)) {
            welcome(std::move(moved));
        } else {
            leave();
        }
    }

    void welcome(tcp::socket socket) {
        const auto connection =
            make_connection(std::move(socket), shared_, tls_ ? tls_->context() : nullptr);
        const Connection* id = connection.get();
        connections_.emplace(id, connection);
        count_connections();
        // The connection ends on its own strand and is only then taken off the list here.
        auto ended = [self = shared_from_this(), connection, id](std::exception_ptr failure) {
            if (failure) {
                log_failure(failure);
                connection->close_now();
            }
            asio::post(self->strand_, [self, id] { self->forget(id); });
        };
        asio::co_spawn(connection->strand(), connection->serve(), std::move(ended));
    }

    static void log_failure(const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            log::error("connection failed", {{"problem", e.what()}});
        } catch (...) {
            log::error("connection failed", {{"problem", "an unknown exception"}});
        }
    }

    void forget(const Connection* id) {
        connections_.erase(id);
        count_connections();
        leave();
    }

    void leave() {
        if (is_empty()) {
            all_closed_.cancel();
        }
    }

    bool is_empty() const { return connections_.empty() && arrivals_.empty(); }

    void count_connections() {
        shared_->metrics.connections.set(static_cast<double>(connections_.size()));
    }

    template <class Action>
    void for_each_connection(Action action) {
        for (const auto& [id, weak] : connections_) {
            // Moved along, so that the last reference is given up on the connection's own strand.
            if (auto connection = weak.lock()) {
                const auto strand = connection->strand();
                asio::post(strand, [connection = std::move(connection), action] {
                    action(*connection);
                });
            }
        }
    }

    asio::awaitable<void> wait_until_empty(std::chrono::milliseconds patience) {
        all_closed_.expires_after(patience);
        while (!is_empty() && all_closed_.expiry() > std::chrono::steady_clock::now()) {
            co_await all_closed_.async_wait(as_result);
        }
    }

    std::string overload_answer() {
        Response response;
        std::string offender;
        try {
            response = shared_->handler.refuse(Request{}, 503, "too many connections");
        } catch (const std::exception& e) {
            log::error("writing an error answer failed", {{"problem", e.what()}});
        }
        if (response.status == 200 || !may_be_sent(response, offender)) {
            response = Response::text(503, "text/plain", "too many connections\n");
        }
        if (!response.headers.contains("Retry-After")) {
            response.headers.add("Retry-After", "1");
        }
        std::string text;
        write_head(text, response, ResponseFraming{11, false});
        return text + response.body;
    }

    void turn_away(tcp::socket socket) {
        shared_->metrics.turned_away.add();
        error_code ec;
        if (!tls_) {
            socket.non_blocking(true, ec);
            socket.write_some(asio::buffer(overload_answer()), ec);
            socket.shutdown(tcp::socket::shutdown_send, ec);
        }
        if (tls_ || turned_away_ >= kTurnedAwayMax) {
            return;
        }
        // Closing with unread bytes would reset the connection, and the reset would overtake the
        // answer.
        ++turned_away_;
        auto ended = [self = shared_from_this()](std::exception_ptr) {
            asio::post(self->strand_, [self] { --self->turned_away_; });
        };
        const auto strand = socket.get_executor();
        asio::co_spawn(strand, read_out(std::move(socket)), std::move(ended));
    }

    static asio::awaitable<void> read_out(tcp::socket socket) {
        asio::steady_timer timer(socket.get_executor(), kTurnedAwayLinger);
        timer.async_wait([&socket](error_code ec) {
            if (!ec) {
                socket.close(ec);
            }
        });
        std::array<char, 1024> sink;
        error_code ec;
        while (!ec && socket.is_open()) {
            auto [error, n] = co_await socket.async_read_some(asio::buffer(sink), as_result);
            ec = error;
        }
        timer.cancel();
        // The handler above may already be queued with the socket's address: let it run first.
        co_await asio::post(socket.get_executor(), asio::use_awaitable);
    }

    void shed(const error_code& ec) {
        std::uint64_t suppressed = 0;
        if (shared_->refusals_log.allow(suppressed)) {
            log::warn("cannot accept connections", {{"reason", ec.message()}});
        }
        const auto n =
            spare_.answer_waiting(acceptor_.native_handle(), tls_ ? "" : overload_answer());
        shared_->metrics.turned_away.add(n);
    }

    const asio::any_io_executor executor_;
    const asio::any_io_executor strand_;
    const ServerOptions::Reception* const reception_;  // null: none
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::steady_timer all_closed_;
    const std::shared_ptr<ServerShared> shared_;
    const std::shared_ptr<ListenerTls> tls_;
    std::unordered_set<std::shared_ptr<Arrival>> arrivals_;
    std::unordered_map<const Connection*, std::weak_ptr<Connection>> connections_;
    std::size_t turned_away_ = 0;
    SpareDescriptor spare_;
};

class ServerImpl final : public Server {
public:
    ServerImpl(
        std::shared_ptr<Acceptor> acceptor,
        std::shared_ptr<ListenerTls> tls,
        std::uint16_t port)
        : acceptor_(std::move(acceptor)), tls_(std::move(tls)), port_(port) {}

    ~ServerImpl() override {
        asio::post(acceptor_->strand(), [acceptor = acceptor_] { acceptor->stop_accepting(); });
    }

    std::uint16_t port() const override { return port_; }

    Result<std::optional<CertificateRenewal>> read_certificate() const override {
        if (!tls_) {
            return std::optional<CertificateRenewal>();
        }
        auto renewal = tls_->read_again();
        if (!renewal) {
            return renewal.error();
        }
        return std::optional<CertificateRenewal>(std::move(*renewal));
    }

    asio::awaitable<void> run() override {
        return asio::co_spawn(acceptor_->strand(), acceptor_->run(), asio::use_awaitable);
    }

    asio::awaitable<void> drain(std::chrono::milliseconds patience) override {
        return asio::co_spawn(acceptor_->strand(), acceptor_->drain(patience), asio::use_awaitable);
    }

private:
    const std::shared_ptr<Acceptor> acceptor_;
    const std::shared_ptr<ListenerTls> tls_;  // null: none
    const std::uint16_t port_;
};

Result<tcp::endpoint> find_endpoint(
    const asio::any_io_executor& executor,
    const ServerOptions& options) {
    error_code ec;
    const auto address = asio::ip::make_address(options.host, ec);
    if (!ec) {
        return tcp::endpoint(address, options.port);
    }
    tcp::resolver resolver(executor);
    const auto found =
        resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, ec);
    if (ec || found.empty()) {
        return Error(
            Errc::invalid_argument,
            "cannot listen on " + options.host + ": " + ec.message());
    }
    return found.begin()->endpoint();
}

error_code bind(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    error_code ec;
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    }
    if (!ec) {
        acceptor.bind(endpoint, ec);
    }
    if (!ec) {
        acceptor.listen(asio::socket_base::max_listen_connections, ec);
    }
    return ec;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(
    asio::any_io_executor executor,
    ServerOptions options,
    Handler& handler,
    MetricsRegistry& metrics) {
    std::shared_ptr<ListenerTls> tls;
    if (options.tls) {
        auto read = ListenerTls::read(*options.tls);
        if (!read) {
            return read.error();
        }
        tls = std::move(*read);
    }
    const auto endpoint = find_endpoint(executor, options);
    if (!endpoint) {
        return endpoint.error();
    }
    const bool is_received = options.reception && !options.tls;
    const asio::any_io_executor strand =
        new_strand(is_received ? options.reception->executor : executor);
    tcp::acceptor acceptor(strand);
    if (const auto ec = bind(acceptor, *endpoint)) {
        return Error(
            Errc::unavailable,
            "cannot listen on " + options.host + ":" + std::to_string(options.port) + ": " +
                ec.message());
    }
    error_code ec;
    const auto port = acceptor.local_endpoint(ec).port();
    const auto listener = options.host + ":" + std::to_string(port);
    auto shared = std::make_shared<ServerShared>(std::move(options), handler, metrics, listener);
    auto core =
        std::make_shared<Acceptor>(executor, std::move(acceptor), std::move(shared), tls, strand);
    return std::unique_ptr<Server>(
        std::make_unique<ServerImpl>(std::move(core), std::move(tls), port));
}

}  // namespace eventbus::http
