#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/api_destination.hpp"
#include "eventbus/core/connection.hpp"

#include <string_view>

namespace eventbus {

// What the deliverer needs to know of connections and API destinations; implemented above it. Safe
// from any thread.
class DestinationDirectory {
public:
    virtual ~DestinationDirectory() = default;

    // As they are now, or null if there is none (any more).
    virtual ApiDestinationPtr find_destination(std::string_view arn) const = 0;
    virtual ConnectionPtr find_connection(std::string_view arn) const = 0;

    // What an authorization server has said about the credentials of a connection: that they are
    // good, or why not. Does not wait until that is stored.
    virtual void note_authorization(const Connection& connection, Result<void> outcome) const = 0;
};

}  // namespace eventbus
