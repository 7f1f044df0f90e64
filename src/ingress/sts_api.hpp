#pragma once

#include "eventbus/core/arn.hpp"
#include "eventbus/http/message.hpp"

#include "media_type.hpp"

#include <optional>

namespace eventbus::ingress {

// The one operation of AWS's token service that clients of an event bus call: Terraform asks
// GetCallerIdentity for its account before anything else. A form with an Action is taken for a call
// of that service and answered in its XML, whatever the action; nullopt for everything else.
// `media` is the request's.
std::optional<http::Response> sts_api(
    const http::Request& request,
    const std::optional<MediaType>& media,
    const Namespace& caller);

}  // namespace eventbus::ingress
