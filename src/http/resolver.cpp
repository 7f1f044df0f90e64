#include "resolver.hpp"

#include "stream_traits.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

namespace eventbus::http {

namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAddressesMax = 64;  // kept per name; a hostile zone can hold thousands
constexpr std::size_t kNamesMax = 4'096;   // remembered
constexpr std::size_t kQueuedMax = 1'024;  // names of one pace waiting for a thread

Error dns_failure(const std::string& host, const std::string& why, Errc kind = Errc::unavailable) {
    return Error(kind, "host " + host + ": " + why, {}, "DNS_FAILURE");
}

// One coroutine that waits for an answer. Its timer is the wake-up call, and lives on the
// coroutine's strand.
struct Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}

    asio::steady_timer timer;
    std::optional<Result<Addresses>> answer;
};

// What the last look-up of a name was like. In the order in which they get threads.
enum class Pace { quick, unknown, slow };
constexpr std::size_t kPaces = 3;

struct Name {
    std::optional<Result<Addresses>> answer;
    Clock::time_point good_until{};   // then it is looked up again when somebody asks
    Clock::time_point given_until{};  // meanwhile the answer is still given
    Pace pace = Pace::unknown;
    bool in_progress = false;
    std::vector<std::shared_ptr<Waiter>> waiters;
};

// Under Core's mutex, so that nothing is posted once stop() has returned.
void wake(Name& name, const Result<Addresses>& answer) {
    for (const auto& waiter : std::exchange(name.waiters, {})) {
        asio::post(waiter->timer.get_executor(), [waiter, answer] {
            waiter->answer = answer;
            waiter->timer.cancel();
        });
    }
}

}  // namespace

struct Resolver::Core {
    Core(Options o, Lookup l)
        : options(o),
          // By pace: the threads that have to stay free.
          threads_left{0, options.threads / 4, options.threads / 2},
          lookup(std::move(l)) {}

    // The one whose first name may have a thread now, if there is one.
    std::deque<std::string>* next_queue() {
        for (std::size_t pace = 0; pace < kPaces; ++pace) {
            if (!queues[pace].empty() && busy + threads_left[pace] < options.threads) {
                return &queues[pace];
            }
        }
        return nullptr;
    }

    void work() {
        std::unique_lock lock(mutex);
        while (true) {
            std::deque<std::string>* queue = nullptr;
            work_left.wait(lock, [&] { return stopped || (queue = next_queue()) != nullptr; });
            if (stopped) {
                return;
            }
            const std::string host = std::move(queue->front());
            queue->pop_front();
            ++busy;
            lock.unlock();
            const auto begun = Clock::now();
            const Result<Addresses> answer = lookup(host);
            lock.lock();
            if (stopped) {
                return;
            }
            --busy;
            learn(names[host], answer, Clock::now() - begun);
        }
    }

    void learn(Name& name, const Result<Addresses>& answer, Clock::duration took) {
        const auto now = Clock::now();
        name.in_progress = false;
        name.pace = took < options.slow_from ? Pace::quick : Pace::slow;
        name.good_until = now + (answer ? options.ttl : options.failure_ttl);
        const bool nobody_knows = !answer && answer.error().kind() != Errc::not_found;
        if (!nobody_knows || now >= name.given_until) {
            name.answer = answer;
            name.given_until = answer ? name.good_until + options.stale : name.good_until;
        }
        wake(name, *name.answer);
    }

    void forget_old_names() {
        if (names.size() < kNamesMax) {
            return;
        }
        const auto now = Clock::now();
        std::erase_if(names, [now](const auto& entry) {
            return !entry.second.in_progress && entry.second.good_until <= now;
        });
        if (names.size() >= kNamesMax) {
            std::erase_if(names, [](const auto& entry) { return !entry.second.in_progress; });
        }
    }

    // The answer if it is known; otherwise the waiter will be told.
    std::optional<Result<Addresses>> ask(
        const std::string& host,
        const std::shared_ptr<Waiter>& waiter) {
        const std::lock_guard lock(mutex);
        if (stopped) {
            return dns_failure(host, "the resolver is stopped");
        }
        const auto now = Clock::now();
        const auto known = names.find(host);
        if (known == names.end()) {
            forget_old_names();
        } else if (known->second.answer && now < known->second.good_until) {
            return known->second.answer;
        }
        Name& name = names[host];
        const bool begun = name.in_progress || begin(host, name);
        if (name.answer && now < name.given_until) {
            return name.answer;
        }
        if (!begun) {
            return dns_failure(host, "too many names are waiting to be looked up");
        }
        name.waiters.push_back(waiter);
        return std::nullopt;
    }

    bool begin(const std::string& host, Name& name) {
        auto& queue = queues[static_cast<std::size_t>(name.pace)];
        if (queue.size() >= kQueuedMax) {
            return false;
        }
        queue.push_back(host);
        name.in_progress = true;
        work_left.notify_one();
        return true;
    }

    const Options options;
    const std::array<std::size_t, kPaces> threads_left;
    const Lookup lookup;
    std::mutex mutex;
    std::condition_variable work_left;
    std::array<std::deque<std::string>, kPaces> queues;
    std::size_t busy = 0;
    std::unordered_map<std::string, Name> names;
    bool stopped = false;
};

Resolver::Resolver(Options options, Lookup lookup)
    : core_(std::make_shared<Core>(options, std::move(lookup))) {
    for (std::size_t i = 0; i < options.threads; ++i) {
        std::thread([core = core_] { core->work(); }).detach();
    }
}

Resolver::~Resolver() {
    stop();
}

void Resolver::stop() {
    const std::lock_guard lock(core_->mutex);
    core_->stopped = true;
    core_->work_left.notify_all();
    for (auto& [host, name] : core_->names) {
        wake(name, dns_failure(host, "the resolver is stopped"));
    }
}

asio::awaitable<Result<Addresses>> Resolver::resolve(std::string host, Clock::time_point deadline) {
    const auto core = core_;
    const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
    if (auto known = core->ask(host, waiter)) {
        co_return std::move(*known);
    }
    waiter->timer.expires_at(deadline);
    co_await waiter->timer.async_wait(as_result);
    if (waiter->answer) {
        co_return std::move(*waiter->answer);
    }
    co_return Error(Errc::timeout, "host " + host + ": no address in time", {}, "TIMEOUT");
}

Result<Addresses> Resolver::system_lookup(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failed != 0) {
        const bool has_none = failed == EAI_NONAME || failed == EAI_NODATA;
        return dns_failure(
            host,
            ::gai_strerror(failed),
            has_none ? Errc::not_found : Errc::unavailable);
    }
    Addresses addresses;
    for (const addrinfo* at = found; at != nullptr && addresses.size() < kAddressesMax;
         at = at->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (at->ai_addrlen > endpoint.capacity()) {
            continue;
        }
        std::copy_n(
            reinterpret_cast<const unsigned char*>(at->ai_addr),
            at->ai_addrlen,
            reinterpret_cast<unsigned char*>(endpoint.data()));
        if (std::find(addresses.begin(), addresses.end(), endpoint.address()) == addresses.end()) {
            addresses.push_back(endpoint.address());
        }
    }
    ::freeaddrinfo(found);
    if (addresses.empty()) {
        return dns_failure(host, "the name has no address", Errc::not_found);
    }
    return addresses;
}

}  // namespace eventbus::http
