#pragma once

#include "eventbus/base/result.hpp"
#include "eventbus/config/config.hpp"
#include "eventbus/outbound/sender_set.hpp"
#include "eventbus/outbound/target_check.hpp"
#include "eventbus/outbound/target_secrets.hpp"

#include <memory>

namespace eventbus {

// How the configuration wants targets to be reached. Errc::invalid_argument names the endpoint of
// `remotes` that cannot be read.
[[nodiscard]] Result<SenderSetOptions> sender_options(const Config& config);

// What is wrong with the values of `signing_secrets`, each at its place.
Problems check_signing_secrets(const LoadedConfig& loaded);

// What targets may refer to.
TargetNames target_names(const Config& config);

// The secrets of the configuration, and the box for those that come with targets (may be null).
// Errc::invalid_argument names the one of `signing_secrets` that is none.
[[nodiscard]] Result<std::shared_ptr<const TargetSecrets>> target_secrets(
    const Config& config,
    std::shared_ptr<const SecretBox> box);

}  // namespace eventbus
