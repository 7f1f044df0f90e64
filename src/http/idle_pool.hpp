#pragma once

#include "eventbus/base/metrics.hpp"
#include "eventbus/http/client.hpp"

#include "client_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace eventbus::http {

// Connections that wait for their next request, by key (scheme, host, port, address, trust). The
// last one in is the first one out, so that those not needed grow old and are closed. Safe from any
// thread.
class IdlePool final : public std::enable_shared_from_this<IdlePool> {
public:
    IdlePool(
        const boost::asio::any_io_executor& executor,
        const Client::Options& options,
        MetricsRegistry& metrics);

    // A connection on which nothing has happened since it was put here, or null.
    std::unique_ptr<ClientStream> take(const std::string& key);

    // Keeps the connection, or closes it if there is no room.
    void put(const std::string& key, std::unique_ptr<ClientStream> stream);

    // Closes all; later ones are closed as they come.
    void stop();

private:
    struct Idle {
        std::unique_ptr<ClientStream> stream;
        std::chrono::steady_clock::time_point since;
    };

    void schedule_sweep();
    void sweep();
    void count();

    const Client::Options options_;
    boost::asio::steady_timer sweeper_;  // on a strand of its own
    Gauge& idle_gauge_;

    std::mutex mutex_;  // guards what follows
    std::unordered_map<std::string, std::vector<Idle>> by_key_;
    std::size_t size_ = 0;
    bool sweeping_ = false;
    bool stopped_ = false;
};

}  // namespace eventbus::http
