#pragma once

#include "eventbus/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// One violated constraint of a request. `pointer` is the place in the request ("/Targets/0/Id").
struct Violation {
    std::string pointer;
    std::string value;       // as the message shows it
    std::string constraint;  // "Member must have length less than or equal to 64"
};

struct ShapeReport {
    // A member of the wrong JSON type; the service answers SerializationException before it looks
    // at constraints.
    std::vector<Violation> type_errors;
    std::vector<Violation> violations;

    bool ok() const { return type_errors.empty() && violations.empty(); }
};

// Checks a request against the operation's shape (api reference, table of operations): required
// members, types, lengths, patterns, enumerations, ranges. All violations at once. Unknown members
// pass. An unknown operation is a logic error.
ShapeReport check_shape(std::string_view operation, const nlohmann::ordered_json& request);

// One violation in words, without its place: "Value '…' failed to satisfy constraint: …".
std::string to_sentence(const Violation& violation);

// "2 validation errors detected: Value '…' at 'targets.1.member.id' failed to satisfy constraint:
// …; Value …", as an Error with code ValidationException; or SerializationException if there are
// type errors. Call only if !report.ok().
Error to_error(const ShapeReport& report);

}  // namespace eventbus
