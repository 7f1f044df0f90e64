#pragma once

#include "eventbus/base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace eventbus::http {

using Addresses = std::vector<boost::asio::ip::address>;

// Host names to addresses, on threads of its own: Asio has one thread for all look-ups, so that a
// single dead name server would hold up every target. Looks a name up once for all who ask for it
// meanwhile, and remembers the answer, good or bad, for a while. Safe from any thread.
//
// Names that nobody answers for hold their threads for as long as getaddrinfo waits, and must not
// keep the others from being looked up:
// - An answer that is older than its time to live is still given, for `stale` more, while it is
//   looked up anew, and for as long as no name server answers. That a name is gone counts at once.
// - Names whose last look-up was slow get no more than half of the threads, and only those that
//   nobody else waits for. Names that were never looked up leave a quarter to those that are known
//   to be quick.
class Resolver {
public:
    // The blocking look-up itself. The error says why the name has no address; not_found: it has
    // none, anything else: nobody knows.
    using Lookup = std::function<Result<Addresses>(const std::string& host)>;

    struct Options {
        std::size_t threads = 16;
        std::chrono::milliseconds ttl{30'000};
        std::chrono::milliseconds failure_ttl{5'000};
        std::chrono::milliseconds stale{600'000};
        std::chrono::milliseconds slow_from{500};
    };

    // getaddrinfo.
    static Result<Addresses> system_lookup(const std::string& host);

    Resolver(Options options, Lookup lookup);
    ~Resolver();

    // To be awaited on a strand, on which the waiting coroutine is woken.
    // Errors, by code: DNS_FAILURE, TIMEOUT (nothing known by `deadline`; the look-up goes on for
    // the next who asks).
    boost::asio::awaitable<Result<Addresses>> resolve(
        std::string host,
        std::chrono::steady_clock::time_point deadline);

    // Answers everybody who waits with DNS_FAILURE and lets the threads end. A thread inside
    // getaddrinfo cannot be interrupted; it is not waited for and touches nothing afterwards.
    void stop();

private:
    struct Core;
    const std::shared_ptr<Core> core_;
};

}  // namespace eventbus::http
