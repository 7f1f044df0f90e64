#pragma once

#include "eventbus/base/result.hpp"

#include <string>
#include <string_view>

namespace eventbus {

// The resource policy of an event bus, as a JSON text. An empty text is no policy. Errors carry the
// service's codes and words.

// One statement as PutPermission spells it: who may do what.
struct PermissionStatement {
    std::string id;
    std::string principal;  // an account id, or "*"
    std::string action;     // "events:PutEvents" is the only one that may be given this way
    std::string condition;  // JSON {Type, Key, Value}, or empty
};

// The policy with the statement, which takes the place of one with the same id. ValidationException
// for a statement that the service would refuse; PolicyLengthExceededException.
[[nodiscard]] Result<std::string> with_statement(
    const std::string& policy,
    std::string_view bus_arn,
    const PermissionStatement& statement);

// The policy without the statement; empty when it was the last one. ResourceNotFoundException if
// there is no such statement.
[[nodiscard]] Result<std::string> without_statement(
    const std::string& policy,
    std::string_view statement_id);

// Whether a whole document may become a bus's policy: JSON, of statements that each say for whom,
// what and whether (ValidationException), and not too long (PolicyLengthExceededException).
[[nodiscard]] Result<void> check_policy(const std::string& policy);

// Whether some statement allows something to everybody without a condition.
bool is_open_to_everybody(const std::string& policy);

}  // namespace eventbus
