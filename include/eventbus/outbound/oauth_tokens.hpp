#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/connection.hpp"
#include "eventbus/http/client.hpp"
#include "eventbus/outbound/destination_directory.hpp"
#include "eventbus/outbound/senders.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace eventbus {

struct OAuthOptions {
    std::chrono::milliseconds timeout{5'000};
    // For a server that does not say how long its tokens live.
    std::chrono::milliseconds lifetime_default{3'600'000};
    // A failure is remembered for this long, so that many deliveries do not become many requests.
    std::chrono::milliseconds failure_pause{1'000};
    // The first token of a connection is asked for this often while the server cannot be reached.
    int first_attempts = 3;
    std::chrono::milliseconds first_pause{1'000};
};

// The access tokens of connections with OAuth client credentials: fetched when first needed, kept
// in memory until shortly before they expire, never stored. However many calls wait for one, one
// request is under way. Safe from any thread. Made with std::make_shared, as a request that is
// under way keeps it.
class OAuthTokens : public std::enable_shared_from_this<OAuthTokens> {
public:
    // `client` and `clock` outlive it.
    OAuthTokens(
        http::Client& client,
        AddressPolicy policy,
        const Clock& clock,
        OAuthOptions options);
    ~OAuthTokens();

    // A token for a connection that has OAuth credentials; never `refused`, the one that the target
    // has just turned down (empty: none). Errors have an error code of deliveries; Errc::refused
    // says that the server has answered and repeating it is of little use. No message shows
    // anything of what the server sent.
    boost::asio::awaitable<Result<std::string>> get(ConnectionPtr connection, std::string refused);

    // Fetches the first token of a connection and tells the directory what came of it.
    boost::asio::awaitable<void> authorize(
        ConnectionPtr connection,
        const DestinationDirectory& directory);

private:
    struct Flight;
    struct Entry;
    class Landing;

    // Whether a token or a failure is at hand, or a request is to be waited for or to be made.
    struct Ticket;

    Ticket take(const Connection& connection, const std::string& refused);
    void land(const std::string& arn, const std::shared_ptr<Flight>& flight);
    void forget_old(SteadyTime now);
    boost::asio::awaitable<Result<std::string>> fetch(ConnectionPtr connection, Flight& flight);

    http::Client& client_;
    const AddressPolicy policy_;
    const Clock& clock_;
    const OAuthOptions options_;

    std::mutex mutex_;
    std::map<std::string, Entry> entries_;  // by the connection's ARN; guarded by mutex_
};

}  // namespace eventbus
