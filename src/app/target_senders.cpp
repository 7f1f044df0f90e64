#include "target_senders.hpp"

namespace eventbus {

namespace {

Result<Remote> to_remote(const RemoteConfig& config) {
    auto endpoint = http::parse_url(config.endpoint);
    if (!endpoint) {
        return Error(
            Errc::invalid_argument,
            "remotes: " + config.endpoint + ": " + endpoint.error().message());
    }
    Remote remote;
    remote.account = config.account;
    remote.region = config.region;
    remote.bus = config.bus;
    remote.endpoint = std::move(*endpoint);
    remote.key.access_key_id = config.access_key_id;
    remote.key.secret_access_key = config.secret_access_key;
    remote.key.session_token = config.session_token;
    remote.scope.region = config.signing_region;
    remote.ca_file = config.ca_file.string();
    return remote;
}

LogFileOptions log_file_options(const LogFilesConfig& config) {
    LogFileOptions options;
    options.root = config.root;
    options.rotate_bytes = config.rotate_bytes;
    options.retention_days = static_cast<int>(config.retention_days);
    options.sync =
        config.fsync == LogFileSync::each ? LogFileOptions::Sync::each : LogFileOptions::Sync::none;
    for (const auto& file : config.files) {
        LogFileOptions::Override special;
        special.rotate_bytes = file.rotate_bytes;
        special.retention_days = static_cast<int>(file.retention_days);
        options.files.emplace(file.name, special);
    }
    return options;
}

}  // namespace

Result<std::unique_ptr<TargetSenders>> TargetSenders::create(
    const Config& config,
    http::Client& client,
    const TargetDirectory& directory,
    const Clock& clock) {
    EgressOptions egress;
    egress.allow_private = config.egress.allow_private;
    egress.allow = config.egress.allow;
    egress.deny = config.egress.deny;
    auto policy = make_address_policy(egress);
    if (!policy) {
        return policy.error();
    }

    std::unique_ptr<TargetSenders> senders(new TargetSenders());
    for (const auto& remote_config : config.remotes) {
        auto remote = to_remote(remote_config);
        if (!remote) {
            return remote.error();
        }
        senders->remotes_.push_back(std::move(*remote));
    }

    WebhookOptions webhook;
    webhook.timeout = config.delivery.timeout;
    senders->webhook_ = make_webhook_sender(client, *policy, std::move(webhook));
    senders->log_file_ = make_log_file_sender(log_file_options(config.log_files), clock);
    senders->local_bus_ = make_local_bus_sender(directory);

    RemoteBusOptions remote_bus;
    remote_bus.remotes = senders->remotes_;
    remote_bus.timeout = config.delivery.timeout;
    remote_bus.max_hops = static_cast<int>(config.forwarding_max_hops);
    senders->remote_bus_ = make_remote_bus_sender(client, *policy, std::move(remote_bus), clock);
    return senders;
}

TargetSender* TargetSenders::find(const Target& target) const {
    const auto kind = target_kind(target.arn);
    if (!kind) {
        return nullptr;
    }
    switch (*kind) {
        case TargetKind::webhook:
            return webhook_.get();
        case TargetKind::log_file:
            return log_file_.get();
        case TargetKind::event_bus:
            // What the operator has named as remote is remote, even if a bus here has the same ARN.
            return find_remote(remotes_, target.arn) != nullptr ? remote_bus_.get()
                                                                : local_bus_.get();
        case TargetKind::other_service:
            return nullptr;
    }
    return nullptr;
}

}  // namespace eventbus
