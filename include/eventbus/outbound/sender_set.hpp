#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/core/target.hpp"
#include "eventbus/http/client.hpp"
#include "eventbus/outbound/api_destination_sender.hpp"
#include "eventbus/outbound/destination_directory.hpp"
#include "eventbus/outbound/oauth_tokens.hpp"
#include "eventbus/outbound/own_listeners.hpp"
#include "eventbus/outbound/senders.hpp"
#include "eventbus/outbound/target_directory.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <memory>
#include <vector>

namespace eventbus {

struct SenderSetOptions {
    EgressOptions egress;
    std::shared_ptr<const OwnListeners> own_listeners;  // where no event is posted; null: anywhere
    WebhookOptions webhook;
    CommandOptions command;
    LogFileOptions log_file;
    RemoteBusOptions remote_bus;
    ApiDestinationOptions api_destination;
    OAuthOptions oauth;
    // Outlives the set. Null: API destinations are not called.
    const DestinationDirectory* destinations = nullptr;
};

// One sender of each kind, and which of them serves a target: what a Dispatcher needs as its
// SenderFor. Immutable, safe from any thread; outlives the dispatcher's last call, and is outlived
// by what it was made with.
class SenderSet {
public:
    // Errc::malformed if an address block of the egress options is not one.
    [[nodiscard]] static Result<std::unique_ptr<SenderSet>> create(
        http::Client& client,
        const TargetDirectory& directory,
        const Clock& clock,
        SenderSetOptions options);

    // Null for a service that this daemon does not call. A bus is remote if a remote is configured
    // for it, else local.
    TargetSender* find(const Target& target) const;

    // Of connections with OAuth.
    OAuthTokens& tokens() const { return *tokens_; }

private:
    SenderSet() = default;

    std::vector<Remote> remotes_;
    std::unique_ptr<TargetSender> webhook_;
    std::unique_ptr<TargetSender> log_file_;
    std::unique_ptr<TargetSender> command_;
    std::unique_ptr<TargetSender> local_bus_;
    std::unique_ptr<TargetSender> remote_bus_;
    std::shared_ptr<OAuthTokens> tokens_;
    std::unique_ptr<TargetSender> api_destination_;
};

}  // namespace eventbus
