#include "eventbus/outbound/target_secrets.hpp"

#include <algorithm>
#include <utility>

namespace eventbus {
namespace {

constexpr std::string_view kMask = "whsec_***";
constexpr std::size_t kSecretsMax = 10;

Error refused(std::string message) {
    return Error(
        Errc::invalid_argument,
        std::move(message),
        "/Signing/Secrets",
        "ValidationException");
}

// Owns the text that a SecretPlace looks at.
struct Place {
    std::string key;

    Place(std::string_view rule_arn, std::string_view target_id)
        : key(std::string(rule_arn).append(" ").append(target_id)) {}

    SecretPlace get() const { return {"target", key, "Signing"}; }
};

const SigningSecret* find(const std::vector<SigningSecret>& secrets, std::string_view id) {
    const auto found = std::ranges::find(secrets, id, &SigningSecret::id);
    return found == secrets.end() ? nullptr : &*found;
}

}  // namespace

TargetSecrets::TargetSecrets(Named named, std::shared_ptr<const SecretBox> box)
    : named_(std::move(named)), box_(std::move(box)) {}

Result<void> TargetSecrets::seal(
    Target& target,
    const Target* before,
    std::string_view rule_arn,
    WallTime now) const {
    if (!target.signing || target.signing->secrets.empty()) {
        return {};
    }
    if (!box_) {
        return refused("This daemon has no master key to keep secrets with.");
    }
    const Place place(rule_arn, target.id);
    const std::vector<SigningSecret> known = before != nullptr && before->signing
                                                 ? before->signing->secrets
                                                 : std::vector<SigningSecret>();
    std::vector<SigningSecret> kept;
    for (SigningSecret& given : target.signing->secrets) {
        if (given.plain.starts_with(kMask)) {
            const SigningSecret* same = find(known, given.plain.substr(kMask.size()));
            if (same == nullptr) {
                return refused(
                    "The target has no secret " + given.plain +
                    "; give the whole secret, or one as ListTargetsByRule shows it.");
            }
            kept.push_back(*same);
            continue;
        }
        auto key = http::parse_webhook_secret(given.plain);
        if (!key) {
            return refused("Signing of target " + target.id + ": " + key.error().message() + ".");
        }
        SigningSecret sealed;
        sealed.id = http::webhook_key_id(*key);
        sealed.sealed = box_->seal(*key, place.get());
        wipe(*key);
        wipe(given.plain);
        if (find(kept, sealed.id) == nullptr) {
            kept.push_back(std::move(sealed));
        }
    }
    const WallTime until = now + target.signing->overlap;
    for (const SigningSecret& old : known) {
        const WallTime ends = std::min(old.until.value_or(until), until);
        if (find(kept, old.id) == nullptr && ends > now) {
            kept.push_back(old);
            kept.back().until = ends;
        }
    }
    if (kept.size() > kSecretsMax) {
        return refused(
            "Target " + target.id + " would have " + std::to_string(kept.size()) +
            " secrets, with those that still overlap; at most 10 are kept. OverlapSeconds: 0 drops "
            "the old ones at once.");
    }
    target.signing->secrets = std::move(kept);
    store_signing(target);
    return {};
}

Result<std::vector<http::WebhookKey>> TargetSecrets::keys_of(const BoundTarget& bound, WallTime now)
    const {
    std::vector<http::WebhookKey> keys;
    const auto& signing = bound.target.signing;
    if (!signing) {
        return keys;
    }
    if (!signing->secret_name.empty()) {
        const auto found = named_.find(signing->secret_name);
        if (found == named_.end()) {
            return Error(
                Errc::not_found,
                "The config has no signing secret \"" + signing->secret_name + "\".",
                {},
                "NO_RESOURCE");
        }
        return found->second;
    }
    const Place place(bound.rule_arn, bound.target.id);
    for (const SigningSecret& secret : signing->secrets) {
        if (secret.until && *secret.until <= now) {
            continue;
        }
        auto key = box_ ? box_->open(secret.sealed, place.get())
                        : Result<std::string>(Error(Errc::not_found, "there is no master key"));
        if (!key) {
            return Error(
                Errc::unavailable,
                "The signing secret " + secret.id + " cannot be opened: " + key.error().message(),
                {},
                "NO_RESOURCE");
        }
        keys.push_back(std::move(*key));
    }
    if (keys.empty()) {
        return Error(
            Errc::not_found,
            "All signing secrets of the target have ended.",
            {},
            "NO_RESOURCE");
    }
    return keys;
}

}  // namespace eventbus
