#pragma once

#include "eventbus/core/arn.hpp"
#include "eventbus/http/message.hpp"

#include <string>
#include <string_view>

namespace eventbus::ingress {

// The name space that a request is about. Its region is that of the credential scope, and its
// account is the access key id if that looks like an account; nothing is verified here. Whatever is
// missing or not shaped like AWS's (SDKs pointed at a daemon are often given made-up regions, and
// no ARN could carry those) is `home`'s.
Namespace caller_of(const http::Headers& headers, const Namespace& home);

// The ARN of the rule that somebody names in a request: by its ARN, as NAME on the caller's default
// bus, or as BUS/NAME. Empty if nothing is named.
std::string rule_arn_of(std::string_view named, const Namespace& caller);

// "us-east-1", "us-gov-west-1": what the service's own ARN pattern takes for a region.
bool is_region_name(std::string_view text);

// Twelve digits.
bool is_account_id(std::string_view text);

}  // namespace eventbus::ingress
