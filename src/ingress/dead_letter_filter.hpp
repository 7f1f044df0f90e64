#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/journal/dead_letters.hpp"

#include "caller.hpp"
#include "page_token.hpp"
#include "query.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace eventbus::ingress {

// Filters of dead letters, spelled alike in the query of a listing and in the body of an action:
// queue, rule, target, error_code, event, from, to. A rule may be named as in rule_arn_of(),
// a queue by its name.

// The parameters of a query: filters, and those of `more`. Unknown ones are refused.
[[nodiscard]] Result<Query> parse_dead_letter_query(
    std::string_view query,
    std::initializer_list<std::string_view> more);

[[nodiscard]] Result<DeadLetterFilter> read_dead_letter_filter(
    const Query& query,
    const Namespace& caller);

// The body of an action: an object of filters, and `Ids`. Unknown members are refused: with a
// misspelt filter the action would be done to every letter.
[[nodiscard]] Result<DeadLetterFilter> read_dead_letter_filter(
    const std::string& body,
    const Namespace& caller);

// The same filter as JSON.
std::string to_json(const DeadLetterFilter& filter);

// For listings with this filter.
PageTokens dead_letter_tokens(const DeadLetterFilter& filter);

}  // namespace eventbus::ingress
