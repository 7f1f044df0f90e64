#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/target.hpp"

#include <functional>
#include <set>
#include <string>

namespace eventbus {

// What the operator has named in the config for targets to refer to.
struct TargetNames {
    using Names = std::set<std::string, std::less<>>;

    Names commands;
    Names tls_profiles;
    Names signing_secrets;
};

// Whether a target could be delivered to, as far as can be said without trying: the form of its ARN
// or URL, its input form, its HTTP parameters, its dead-letter queue, the names it refers to.
// Errors are those of PutTargets (code ValidationException) with the target's id in them; an ARN of
// a service that we cannot call passes, as clients store such targets too.
[[nodiscard]] Result<void> check_target(const Target& target, const TargetNames& names = {});

}  // namespace eventbus
