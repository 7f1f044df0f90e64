#include "client_exchange.hpp"

#include "client_core.hpp"
#include "client_request.hpp"
#include "client_stream.hpp"
#include "deadline.hpp"
#include "response_reader.hpp"
#include "stream_traits.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::size_t kAddressesTriedMax = 16;
// A silent address may use up its share of the time that is left, but no less than this.
constexpr auto kConnectShareMin = 250ms;

Error failure(Errc kind, const char* code, std::string message) {
    return Error(kind, std::move(message), {}, code);
}

class Exchange {
public:
    Exchange(
        std::shared_ptr<ClientCore> core,
        ClientRequest request,
        const asio::any_io_executor& strand)
        : core_(std::move(core)),
          request_(std::move(request)),
          overall_(Deadline::Clock::now() + request_.timeout),
          deadline_(std::make_shared<Deadline>(
              strand,
              [this] { cancel_io(); },
              [this] { close_io(); })) {}

    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    ~Exchange() { deadline_->stop(); }

    asio::awaitable<Result<ClientResponse>> run() {
        auto head = render_request_head(request_);
        if (!head) {
            co_return head.error();
        }
        head_ = std::move(*head);
        auto found = co_await find_addresses();
        if (!found) {
            co_return found.error();
        }
        addresses_ = std::move(*found);
        if (auto problem = find_trust()) {
            co_return std::move(*problem);
        }
        deadline_->set(overall_);
        if (take_pooled()) {
            core_->reused.add();
            auto outcome = co_await talk();
            // It may have died of old age while it was idle. A peer that has received the request
            // again recognises it by its id.
            if (outcome.response || !outcome.nothing_received || deadline_->expired()) {
                co_return conclude(std::move(outcome));
            }
            core_->replaced.add();
        }
        if (auto problem = co_await connect()) {
            co_return std::move(*problem);
        }
        core_->opened.add();
        deadline_->set(overall_);
        auto outcome = co_await talk();
        co_return conclude(std::move(outcome));
    }

private:
    void cancel_io() {
        error_code ec;
        if (stream_) {
            stream_->socket().cancel(ec);
        }
    }

    void close_io() {
        error_code ec;
        if (stream_) {
            stream_->socket().close(ec);
        }
    }

    // The addresses that may be connected to, in the system's order of preference.
    asio::awaitable<Result<Addresses>> find_addresses() {
        Addresses addresses;
        error_code not_literal;
        const auto literal = asio::ip::make_address(request_.url.host, not_literal);
        if (!not_literal) {
            addresses.push_back(literal);
        } else {
            auto resolved = co_await core_->resolver.resolve(request_.url.host, overall_);
            if (!resolved) {
                co_return resolved.error();
            }
            addresses = std::move(*resolved);
        }
        if (request_.may_connect) {
            std::erase_if(addresses, [this](const asio::ip::address& address) {
                return !request_.may_connect(address, request_.url.port);
            });
        }
        if (addresses.empty()) {
            co_return failure(
                Errc::refused,
                "BLOCKED_ADDRESS",
                "host " + request_.url.host + ": no address that may be connected to");
        }
        if (addresses.size() > kAddressesTriedMax) {
            addresses.resize(kAddressesTriedMax);
        }
        co_return addresses;
    }

    std::string key_for(const asio::ip::address& address) const {
        std::string key = request_.url.tls ? "https " : "http ";
        key.append(request_.url.authority()).append(" ").append(address.to_string());
        if (request_.url.tls) {
            // A connection keeps its context, so no two that are open have the same place.
            key.append(" ").append(std::to_string(reinterpret_cast<std::uintptr_t>(trust_.get())));
        }
        return key;
    }

    bool take_pooled() {
        for (const auto& address : addresses_) {
            key_ = key_for(address);
            stream_ = core_->pool->take(key_);
            if (stream_) {
                return true;
            }
        }
        return false;
    }

    // What the files hold now; connections that were made with something else are not used.
    std::optional<Error> find_trust() {
        if (!request_.url.tls) {
            return std::nullopt;
        }
        ClientTls tls;
        tls.ca_file = request_.skip_verification ? std::string() : request_.ca_file;
        tls.certificate_file = request_.certificate_file;
        tls.key_file = request_.key_file;
        tls.skip_verification = request_.skip_verification;
        auto context = core_->tls_for(tls);
        if (!context) {
            return failure(Errc::unavailable, "TLS_FAILURE", context.error().message());
        }
        trust_ = std::move(*context);
        return std::nullopt;
    }

    std::optional<Error> make_stream() {
        if (!request_.url.tls) {
            stream_ = make_plain_stream(core_->executor);
            return std::nullopt;
        }
        std::string name = request_.url.host;
        if (name.back() == '.') {
            name.pop_back();  // the root label is not part of the name in a certificate
        }
        stream_ = make_tls_stream(core_->executor, trust_, name, request_.skip_verification);
        if (!stream_) {
            return failure(Errc::unavailable, "TLS_FAILURE", "OpenSSL does not take the host name");
        }
        return std::nullopt;
    }

    // Leaves a connected stream, or says why there is none.
    asio::awaitable<std::optional<Error>> connect() {
        error_code last;
        for (std::size_t i = 0; i < addresses_.size(); ++i) {
            if (auto problem = make_stream()) {
                co_return problem;
            }
            const auto now = Deadline::Clock::now();
            const auto share = (overall_ - now) / static_cast<int>(addresses_.size() - i);
            deadline_->set(std::min(
                overall_,
                now + std::max<Deadline::Clock::duration>(share, kConnectShareMin)));
            const tcp::endpoint endpoint(addresses_[i], request_.url.port);
            auto [ec] = co_await stream_->socket().async_connect(endpoint, as_result);
            if (!ec) {
                key_ = key_for(addresses_[i]);
                co_return co_await secure();
            }
            last = ec;
            if (Deadline::Clock::now() >= overall_) {
                co_return timed_out("connecting");
            }
        }
        co_return failure(
            Errc::unavailable,
            "CONNECTION_FAILURE",
            "connecting to " + request_.url.authority() + ": " +
                (last == asio::error::operation_aborted ? "no answer" : last.message()));
    }

    asio::awaitable<std::optional<Error>> secure() {
        error_code ec;
        stream_->socket().set_option(tcp::no_delay(true), ec);
        deadline_->set(overall_);
        const auto problem = co_await stream_->handshake();
        if (!problem) {
            co_return std::nullopt;
        }
        if (deadline_->expired()) {
            co_return timed_out("the TLS handshake");
        }
        co_return failure(
            problem->is_wrong_name ? Errc::refused : Errc::unavailable,
            request_.url.tls ? "TLS_FAILURE" : "CONNECTION_FAILURE",
            request_.url.authority() + ": " + problem->message);
    }

    asio::awaitable<ReadOutcome> talk() {
        const error_code ec = co_await stream_->write(head_, request_.body);
        // After a failed write there may still be an answer: many servers refuse a body without
        // reading it.
        ReadOutcome outcome = co_await read_response(
            *stream_,
            *deadline_,
            request_.method == "HEAD",
            request_.answer_bytes_max);
        if (ec) {
            outcome.reusable = false;
            if (outcome.nothing_received) {
                outcome.problem = "sending the request: " + ec.message();
            }
        }
        co_return outcome;
    }

    Result<ClientResponse> conclude(ReadOutcome outcome) {
        if (outcome.response) {
            if (outcome.reusable) {
                deadline_->clear();
                core_->pool->put(key_, std::move(stream_));
            }
            return std::move(*outcome.response);
        }
        if (outcome.not_http) {
            return failure(
                Errc::malformed,
                "BAD_RESPONSE",
                "not an HTTP answer: " + outcome.problem);
        }
        if (deadline_->expired()) {
            return timed_out("waiting for the answer");
        }
        return failure(
            Errc::unavailable,
            "CONNECTION_FAILURE",
            request_.url.authority() + ": " + outcome.problem);
    }

    Error timed_out(const char* when) const {
        return failure(
            Errc::timeout,
            "TIMEOUT",
            request_.url.authority() + ": no answer within " +
                std::to_string(request_.timeout.count()) + " ms (" + when + ")");
    }

    const std::shared_ptr<ClientCore> core_;
    const ClientRequest request_;
    const Deadline::Clock::time_point overall_;
    const std::shared_ptr<Deadline> deadline_;
    std::string head_;
    Addresses addresses_;
    std::shared_ptr<asio::ssl::context> trust_;
    std::string key_;
    std::unique_ptr<ClientStream> stream_;
};

}  // namespace

asio::awaitable<Result<ClientResponse>> run_exchange(
    std::shared_ptr<ClientCore> core,
    ClientRequest request) {
    const auto strand = co_await asio::this_coro::executor;
    Exchange exchange(std::move(core), std::move(request), strand);
    co_return co_await exchange.run();
}

}  // namespace eventbus::http
