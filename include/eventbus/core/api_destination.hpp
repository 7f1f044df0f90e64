#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace eventbus {

// An HTTP endpoint that targets name by its ARN, called with the credentials of a connection.
struct ApiDestination {
    static constexpr std::int64_t kRateDefault = 300;

    std::string name;
    std::string arn;
    std::string description;
    std::string connection_arn;
    std::string invocation_endpoint;  // a URL whose path may have '*' for PathParameterValues
    std::string http_method;
    std::int64_t invocation_rate_per_second = kRateDefault;
    std::string managed_by;  // "config:FILE" if it comes from a file
    WallTime created_at;
    WallTime modified_at;

    bool operator==(const ApiDestination&) const = default;
};

using ApiDestinationPtr = std::shared_ptr<const ApiDestination>;

// The form in which the catalog keeps a destination.
std::string to_document(const ApiDestination& destination);
[[nodiscard]] Result<ApiDestination> api_destination_from_document(std::string_view document);

}  // namespace eventbus
