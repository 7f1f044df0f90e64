#pragma once

#include "eventbus/http/client.hpp"

#include "idle_pool.hpp"
#include "resolver.hpp"
#include "tls_context.hpp"

#include <boost/asio/ssl/context.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace eventbus::http {

// What the exchanges of one client share. Safe from any thread.
class ClientCore {
public:
    ClientCore(
        boost::asio::any_io_executor io,
        const Client::Options& options,
        MetricsRegistry& metrics,
        Resolver::Lookup lookup);

    // The context for these files; read again when one of them has changed.
    Result<std::shared_ptr<boost::asio::ssl::context>> tls_for(const ClientTls& tls);

    const boost::asio::any_io_executor executor;
    Resolver resolver;
    const std::shared_ptr<IdlePool> pool;
    Counter& opened;
    Counter& reused;
    Counter& replaced;

private:
    using FileTimes = std::array<std::filesystem::file_time_type, 3>;

    struct Context {
        std::shared_ptr<boost::asio::ssl::context> context;
        FileTimes changed{};
    };

    static FileTimes times_of(const ClientTls& tls);

    std::mutex mutex_;
    std::map<ClientTls, Context> contexts_;  // guarded by mutex_
};

// A client with another source of addresses than the system's.
std::unique_ptr<Client> make_client(
    boost::asio::any_io_executor executor,
    const Client::Options& options,
    MetricsRegistry& metrics,
    Resolver::Lookup lookup);

}  // namespace eventbus::http
