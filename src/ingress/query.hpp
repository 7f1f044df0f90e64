#pragma once

#include "eventbus/base/result.hpp"

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace eventbus::ingress {

using Query = std::map<std::string, std::string, std::less<>>;

// The parameters of a form ("a=b&c=%20d"), decoded. Errors (Errc::invalid_argument): one that comes
// twice, and what does not decode to UTF-8.
[[nodiscard]] Result<Query> parse_form(std::string_view text);

// The same of a query, where a parameter that is not one of `known` is an error, too: a misspelt
// filter would silently mean "everything".
[[nodiscard]] Result<Query> parse_query(
    std::string_view query,
    std::span<const std::string_view> known);
[[nodiscard]] Result<Query> parse_query(
    std::string_view query,
    std::initializer_list<std::string_view> known);

}  // namespace eventbus::ingress
