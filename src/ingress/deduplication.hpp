#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/bus/event_intake.hpp"
#include "eventbus/http/message.hpp"

#include <vector>

namespace eventbus::ingress {

// Gives entries with a DeduplicationId the digest of their content, and those without one a share
// of the request's Idempotency-Key header. Entries stay as they are if there is neither. Errors
// (ValidationException): a key that is not 1 to 255 visible ASCII characters, or comes twice.
[[nodiscard]] Result<void> prepare_deduplication(
    const http::Headers& headers,
    std::vector<PutEventsEntry>& entries);

}  // namespace eventbus::ingress
