#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/outbound/sender_set.hpp"

namespace eventbus {

// How the configuration wants targets to be reached. Errc::invalid_argument names the endpoint of
// `remotes` that cannot be read.
[[nodiscard]] Result<SenderSetOptions> sender_options(const Config& config);

}  // namespace eventbus
