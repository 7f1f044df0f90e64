#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/connection.hpp"
#include "eventbus/core/target.hpp"
#include "eventbus/http/client.hpp"

#include <string>
#include <string_view>

namespace eventbus {

// Appends "name=value", encoded, to the query string of a request target.
void append_query_parameter(std::string& url_target, std::string_view name, std::string_view value);

// Whether the header parameters may be sent. Errc::malformed names the parameter and never shows
// its value.
[[nodiscard]] Result<void> check_connection_parameters(const ConnectionHttpParameters& parameters);

// A target's parameters without the headers and query parameters that a connection sets too.
HttpParameters without_overridden(
    HttpParameters parameters,
    const ConnectionHttpParameters& connection);

// Puts the header and query parameters of a connection into a call. Their values are sent as they
// are: "$.path" means nothing here. Error code INVALID_PARAMETER.
[[nodiscard]] Result<void> add_connection_parameters(
    const ConnectionHttpParameters& parameters,
    http::ClientRequest& request);

// The payload with the body parameters of a connection as members, in place of its own members of
// the same names; everything else stays as it is written. Error code INVALID_JSON if the payload is
// not a JSON object.
[[nodiscard]] Result<std::string> merge_body_parameters(
    std::string payload,
    const ConnectionHttpParameters& parameters);

}  // namespace eventbus
