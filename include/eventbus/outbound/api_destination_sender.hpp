#pragma once

#include "eventbus/http/client.hpp"
#include "eventbus/outbound/destination_directory.hpp"
#include "eventbus/outbound/oauth_tokens.hpp"
#include "eventbus/outbound/senders.hpp"
#include "eventbus/outbound/target_sender.hpp"

#include <chrono>
#include <memory>

namespace eventbus {

struct ApiDestinationOptions {
    std::chrono::milliseconds timeout{5'000};
};

// Calls the API destination that a target's ARN names, as it is at that moment: with the
// credentials and parameters of its connection, which win over the target's own, at its rate. 2xx
// is success; 401, 407, 408, 409, 425, 429, 5xx and network trouble are retriable; all else is
// permanent, redirects among it. A destination or a connection that does not exist is permanent
// (NO_RESOURCE), one without credentials is not (NO_PERMISSIONS).
std::unique_ptr<TargetSender> make_api_destination_sender(
    http::Client& client,
    AddressPolicy policy,
    const DestinationDirectory& directory,
    OAuthTokens& tokens,
    ApiDestinationOptions options);

}  // namespace eventbus
