#include "eventbus/outbound/oauth_tokens.hpp"

#include "oauth_request.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace eventbus {

namespace asio = boost::asio;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kEntriesMax = 4096;  // above it, those that have expired are forgotten
constexpr Millis kMarginMax{60'000};

using Channel = asio::experimental::concurrent_channel<void(boost::system::error_code)>;

// A token is given up a little before its time, so that it does not expire on its way.
SteadyTime usable_until(SteadyTime now, Millis lifetime) {
    return now + lifetime - std::min(kMarginMax, lifetime / 10);
}

}  // namespace

// One request for a token, and those who wait for it.
struct OAuthTokens::Flight {
    Result<std::string> result = Error(
        Errc::unavailable,
        "The request for an access token was given up.",
        {},
        "NO_PERMISSIONS");
    Millis lifetime{0};
    std::vector<std::shared_ptr<Channel>> waiting;
};

struct OAuthTokens::Entry {
    std::uint64_t revision = 0;
    std::string token;
    SteadyTime usable_until;
    std::optional<Error> failure;
    SteadyTime failure_until;
    std::shared_ptr<Flight> flight;
};

struct OAuthTokens::Ticket {
    std::optional<Result<std::string>> at_hand;
    std::shared_ptr<Flight> flight;
    bool leads = false;
};

// Whatever becomes of the one who makes the request, those who wait for it are told.
class OAuthTokens::Landing {
public:
    Landing(
        std::shared_ptr<OAuthTokens> tokens,
        const std::string& arn,
        std::shared_ptr<Flight> flight)
        : tokens_(std::move(tokens)), arn_(arn), flight_(std::move(flight)) {}

    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;

    ~Landing() { tokens_->land(arn_, flight_); }

private:
    const std::shared_ptr<OAuthTokens> tokens_;
    const std::string arn_;
    const std::shared_ptr<Flight> flight_;
};

OAuthTokens::OAuthTokens(
    http::Client& client,
    AddressPolicy policy,
    const Clock& clock,
    OAuthOptions options)
    : client_(client), policy_(std::move(policy)), clock_(clock), options_(options) {}

OAuthTokens::~OAuthTokens() = default;

OAuthTokens::Ticket OAuthTokens::take(const Connection& connection, const std::string& refused) {
    const auto now = clock_.steady_now();
    const std::lock_guard lock(mutex_);
    if (entries_.size() >= kEntriesMax) {
        forget_old(now);
    }
    Entry& entry = entries_[connection.arn];
    if (entry.revision != connection.revision) {
        entry = Entry();
        entry.revision = connection.revision;
    }
    Ticket ticket;
    if (!entry.token.empty() && entry.token != refused && now < entry.usable_until) {
        ticket.at_hand = Result<std::string>(entry.token);
        return ticket;
    }
    if (entry.failure && now < entry.failure_until) {
        ticket.at_hand = Result<std::string>(*entry.failure);
        return ticket;
    }
    if (entry.flight == nullptr) {
        entry.flight = std::make_shared<Flight>();
        ticket.leads = true;
    }
    ticket.flight = entry.flight;
    return ticket;
}

void OAuthTokens::forget_old(SteadyTime now) {
    std::erase_if(entries_, [&](const auto& item) {
        return item.second.flight == nullptr && now >= item.second.usable_until;
    });
}

void OAuthTokens::land(const std::string& arn, const std::shared_ptr<Flight>& flight) {
    std::vector<std::shared_ptr<Channel>> waiting;
    {
        const auto now = clock_.steady_now();
        const std::lock_guard lock(mutex_);
        waiting.swap(flight->waiting);
        const auto found = entries_.find(arn);
        // Otherwise the credentials have changed since.
        if (found != entries_.end() && found->second.flight == flight) {
            Entry& entry = found->second;
            entry.flight.reset();
            entry.failure.reset();
            entry.token.clear();
            if (flight->result) {
                entry.token = *flight->result;
                entry.usable_until = usable_until(now, flight->lifetime);
            } else {
                entry.failure = flight->result.error();
                entry.failure_until = now + options_.failure_pause;
            }
        }
    }
    for (const auto& channel : waiting) {
        channel->try_send(boost::system::error_code());
    }
}

asio::awaitable<Result<std::string>> OAuthTokens::get(
    ConnectionPtr connection,
    std::string refused) {
    Ticket ticket = take(*connection, refused);
    if (ticket.at_hand) {
        co_return std::move(*ticket.at_hand);
    }
    const std::shared_ptr<Flight> flight = ticket.flight;
    if (ticket.leads) {
        const Landing landing(shared_from_this(), connection->arn, flight);
        auto fetched = co_await fetch(connection, *flight);
        const std::lock_guard lock(mutex_);
        flight->result = fetched;
        co_return fetched;
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto channel = std::make_shared<Channel>(executor, 1);
    bool has_landed = false;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(connection->arn);
        has_landed = found == entries_.end() || found->second.flight != flight;
        if (!has_landed) {
            flight->waiting.push_back(channel);
        }
    }
    if (!has_landed) {
        co_await channel->async_receive(kAsTuple);
    }
    const std::lock_guard lock(mutex_);
    co_return flight->result;
}

asio::awaitable<Result<std::string>> OAuthTokens::fetch(ConnectionPtr connection, Flight& flight) {
    auto request = make_token_request(*connection->auth->oauth);
    if (!request) {
        co_return request.error();
    }
    request->timeout = options_.timeout;
    request->may_connect = policy_;
    auto answer = co_await client_.send(std::move(*request));
    if (!answer) {
        const Error error = answer.error();
        co_return Error(
            error.kind() == Errc::refused ? Errc::refused : Errc::unavailable,
            "The authorization endpoint cannot be reached: " + error.message(),
            {},
            error.code());
    }
    auto access = read_token_answer(*answer);
    if (!access) {
        co_return access.error();
    }
    flight.lifetime = access->lifetime ? Millis(*access->lifetime) : options_.lifetime_default;
    co_return std::move(access->token);
}

asio::awaitable<void> OAuthTokens::authorize(
    ConnectionPtr connection,
    const DestinationDirectory& directory) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int attempt = 1;; ++attempt) {
        const auto token = co_await get(connection, std::string());
        const bool may_recover = !token && token.error().kind() == Errc::unavailable;
        if (may_recover && attempt < options_.first_attempts) {
            pause.expires_after(options_.first_pause * attempt);
            co_await pause.async_wait(kAsTuple);
            continue;
        }
        directory.note_authorization(
            *connection,
            token ? Result<void>() : Result<void>(token.error()));
        co_return;
    }
}

}  // namespace eventbus
