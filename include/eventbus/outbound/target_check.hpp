#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/core/target.hpp"

namespace eventbus {

// Whether a target could be delivered to, as far as can be said without trying: the form of its ARN
// or URL, its input form, its HTTP parameters, its dead-letter queue. Errors are those of
// PutTargets (code ValidationException) with the target's id in them; an ARN of a service that we
// cannot call passes, as clients store such targets too.
[[nodiscard]] Result<void> check_target(const Target& target);

}  // namespace eventbus
