#include "idle_pool.hpp"

#include "eventbus/base/strand.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace eventbus::http {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

IdlePool::IdlePool(
    const asio::any_io_executor& executor,
    const Client::Options& options,
    MetricsRegistry& metrics)
    : options_(options),
      sweeper_(new_strand(executor)),
      idle_gauge_(metrics.gauge(
          "eventbusd_http_client_idle_connections",
          "Connections kept open for the next request")) {}

std::unique_ptr<ClientStream> IdlePool::take(const std::string& key) {
    while (true) {
        std::unique_ptr<ClientStream> stream;
        {
            const std::lock_guard lock(mutex_);
            const auto found = by_key_.find(key);
            if (found == by_key_.end()) {
                return nullptr;
            }
            stream = std::move(found->second.back().stream);
            found->second.pop_back();
            if (found->second.empty()) {
                by_key_.erase(found);
            }
            --size_;
            count();
        }
        if (stream->is_quiet()) {
            return stream;
        }
    }
}

void IdlePool::put(const std::string& key, std::unique_ptr<ClientStream> stream) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    const std::size_t same = found == by_key_.end() ? 0 : found->second.size();
    if (stopped_ || size_ >= options_.idle_connections_max || same >= options_.idle_per_host_max) {
        return;
    }
    // Each step may lack memory, and leaves what others rely on: no key without a connection, and
    // no sweeping that nobody does.
    if (found != by_key_.end()) {
        found->second.push_back({std::move(stream), Clock::now()});
    } else {
        std::vector<Idle> first;
        first.push_back({std::move(stream), Clock::now()});
        by_key_.emplace(key, std::move(first));
    }
    ++size_;
    count();
    if (!sweeping_) {
        asio::post(sweeper_.get_executor(), [self = shared_from_this()] {
            self->schedule_sweep();
        });
        sweeping_ = true;
    }
}

void IdlePool::stop() {
    std::unordered_map<std::string, std::vector<Idle>> closing;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        size_ = 0;
        closing.swap(by_key_);
        count();
    }
    asio::post(sweeper_.get_executor(), [self = shared_from_this()] { self->sweeper_.cancel(); });
}

void IdlePool::schedule_sweep() {
    sweeper_.expires_after(options_.idle_timeout);
    sweeper_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) {
            self->sweep();
        }
    });
}

void IdlePool::sweep() {
    std::vector<Idle> closing;  // outside the lock
    bool more = false;
    {
        const std::lock_guard lock(mutex_);
        const auto oldest = Clock::now() - options_.idle_timeout;
        for (auto& [key, idle] : by_key_) {
            // The oldest stand in front.
            const auto fresh = std::find_if(idle.begin(), idle.end(), [oldest](const Idle& i) {
                return i.since > oldest;
            });
            size_ -= static_cast<std::size_t>(fresh - idle.begin());
            std::move(idle.begin(), fresh, std::back_inserter(closing));
            idle.erase(idle.begin(), fresh);
        }
        std::erase_if(by_key_, [](const auto& entry) { return entry.second.empty(); });
        count();
        more = !by_key_.empty() && !stopped_;
        sweeping_ = more;
    }
    if (more) {
        schedule_sweep();
    }
}

void IdlePool::count() {
    idle_gauge_.set(static_cast<double>(size_));
}

}  // namespace eventbus::http
