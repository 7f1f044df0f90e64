#include "eventbus/outbound/sender_set.hpp"

namespace eventbus {

Result<std::unique_ptr<SenderSet>> SenderSet::create(
    http::Client& client,
    const TargetDirectory& directory,
    const Clock& clock,
    SenderSetOptions options) {
    auto policy = make_address_policy(options.egress);
    if (!policy) {
        return policy.error();
    }
    std::unique_ptr<SenderSet> set(new SenderSet);
    set->remotes_ = options.remote_bus.remotes;
    // Everything that carries an event to a URL; tokens and other buses make no events here.
    const AddressPolicy event_policy =
        options.own_listeners ? without_own_listeners(*policy, options.own_listeners) : *policy;
    set->webhook_ = make_webhook_sender(client, event_policy, std::move(options.webhook));
    set->command_ = make_command_sender(std::move(options.command));
    set->log_file_ = make_log_file_sender(std::move(options.log_file), clock);
    set->local_bus_ = make_local_bus_sender(directory);
    set->remote_bus_ =
        make_remote_bus_sender(client, *policy, std::move(options.remote_bus), clock);
    set->tokens_ = std::make_shared<OAuthTokens>(client, *policy, clock, options.oauth);
    if (options.destinations != nullptr) {
        set->api_destination_ = make_api_destination_sender(
            client,
            event_policy,
            *options.destinations,
            *set->tokens_,
            options.api_destination);
    }
    return set;
}

TargetSender* SenderSet::find(const Target& target) const {
    const auto kind = target_kind(target.arn);
    if (!kind) {
        return nullptr;
    }
    switch (*kind) {
        case TargetKind::webhook:
            return webhook_.get();
        case TargetKind::log_file:
            return log_file_.get();
        case TargetKind::command:
            return command_.get();
        case TargetKind::event_bus:
            // What the operator has written down wins over a bus of the same name here.
            return find_remote(remotes_, target.arn) != nullptr ? remote_bus_.get()
                                                                : local_bus_.get();
        case TargetKind::api_destination:
            return api_destination_.get();
        case TargetKind::other_service:
            break;
    }
    return nullptr;
}

}  // namespace eventbus
