#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/result.hpp"
#include "eventbus/base/secret_box.hpp"
#include "eventbus/core/delivery.hpp"
#include "eventbus/http/webhook_signature.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

// The secrets that webhooks are signed with: those that the operator has named in the config, and
// those that came with a target. Immutable, safe from any thread.
class TargetSecrets {
public:
    using Named = std::map<std::string, std::vector<http::WebhookKey>, std::less<>>;

    // Without a box, targets cannot bring secrets of their own.
    TargetSecrets(Named named, std::shared_ptr<const SecretBox> box);

    // Makes a target fit to be stored: its plain secrets are sealed, those that are shown masked
    // ("whsec_***1a2b3c4d") are taken from `before`, the target that it replaces (may be null).
    // What `before` signed with and is not named any more goes on signing for the overlap. Errors
    // are those of PutTargets (code ValidationException) and show no secret.
    [[nodiscard]] Result<void>
    seal(Target& target, const Target* before, std::string_view rule_arn, WallTime now) const;

    // What a delivery to the target is signed with now; empty: it is not signed. An error if a
    // secret is not there or does not open: an unsigned webhook must not be sent in its place.
    [[nodiscard]] Result<std::vector<http::WebhookKey>> keys_of(
        const BoundTarget& target,
        WallTime now) const;

private:
    const Named named_;
    const std::shared_ptr<const SecretBox> box_;
};

}  // namespace eventbus
