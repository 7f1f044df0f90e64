#include "eventbus/http/client.hpp"

#include "eventbus/base/strand.hpp"

#include "client_core.hpp"
#include "client_exchange.hpp"
#include "stream_traits.hpp"
#include "tls_context.hpp"

#include <boost/asio/co_spawn.hpp>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;

class ClientImpl final : public Client {
public:
    explicit ClientImpl(std::shared_ptr<ClientCore> core) : core_(std::move(core)) {}

    ~ClientImpl() override { stop(); }

    asio::awaitable<Result<ClientResponse>> send(ClientRequest request) override {
        return asio::co_spawn(
            new_strand(core_->executor),
            run_exchange(core_, std::move(request)),
            asio::use_awaitable);
    }

    void stop() override {
        core_->resolver.stop();
        core_->pool->stop();
    }

private:
    const std::shared_ptr<ClientCore> core_;
};

}  // namespace

ClientCore::ClientCore(
    asio::any_io_executor io,
    const Client::Options& options,
    MetricsRegistry& metrics,
    Resolver::Lookup lookup)
    : executor(std::move(io)),
      resolver(
          {.threads = options.resolver_threads,
           .ttl = options.resolve_ttl,
           .failure_ttl = options.resolve_failure_ttl,
           .stale = options.resolve_stale},
          std::move(lookup)),
      pool(std::make_shared<IdlePool>(executor, options, metrics)),
      opened(metrics.counter(
          "eventbusd_http_client_connections_total",
          "Connections opened to targets")),
      reused(metrics.counter(
          "eventbusd_http_client_reused_total",
          "Requests sent on a connection that was open")),
      replaced(metrics.counter(
          "eventbusd_http_client_replaced_total",
          "Requests sent again because the open connection had died")) {}

ClientCore::FileTimes ClientCore::times_of(const ClientTls& tls) {
    FileTimes times{};
    const std::string* const files[] = {&tls.ca_file, &tls.certificate_file, &tls.key_file};
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!files[i]->empty()) {
            std::error_code ignored;  // a missing file is reported by the loading
            times[i] = std::filesystem::last_write_time(*files[i], ignored);
        }
    }
    return times;
}

Result<std::shared_ptr<asio::ssl::context>> ClientCore::tls_for(const ClientTls& tls) {
    const FileTimes changed = times_of(tls);
    const std::lock_guard lock(mutex_);
    Context& known = contexts_[tls];
    if (!known.context || known.changed != changed) {
        auto made = make_client_tls(tls);
        if (!made) {
            return made.error();
        }
        known.context = std::move(*made);
        known.changed = changed;
    }
    return known.context;
}

std::unique_ptr<Client> make_client(
    asio::any_io_executor executor,
    const Client::Options& options,
    MetricsRegistry& metrics,
    Resolver::Lookup lookup) {
    return std::make_unique<ClientImpl>(
        std::make_shared<ClientCore>(std::move(executor), options, metrics, std::move(lookup)));
}

std::unique_ptr<Client>
Client::create(asio::any_io_executor executor, Options options, MetricsRegistry& metrics) {
    return make_client(std::move(executor), options, metrics, Resolver::system_lookup);
}

}  // namespace eventbus::http
