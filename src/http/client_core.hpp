#pragma once

#include "eventbus/http/client.hpp"

#include "idle_pool.hpp"
#include "resolver.hpp"

#include <boost/asio/ssl/context.hpp>

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

    // The context for these roots; read again when the file has changed.
    Result<std::shared_ptr<boost::asio::ssl::context>> tls_for(
        const std::string& ca_file,
        bool skip_verification);

    const boost::asio::any_io_executor executor;
    Resolver resolver;
    const std::shared_ptr<IdlePool> pool;
    Counter& opened;
    Counter& reused;
    Counter& replaced;

private:
    struct Trust {
        std::shared_ptr<boost::asio::ssl::context> context;
        std::filesystem::file_time_type changed{};
    };

    std::mutex mutex_;
    std::map<std::pair<std::string, bool>, Trust> trusts_;
};

// A client with another source of addresses than the system's.
std::unique_ptr<Client> make_client(
    boost::asio::any_io_executor executor,
    const Client::Options& options,
    MetricsRegistry& metrics,
    Resolver::Lookup lookup);

}  // namespace eventbus::http
