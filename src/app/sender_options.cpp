#include "sender_options.hpp"

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

Result<SenderSetOptions> sender_options(const Config& config) {
    SenderSetOptions options;
    options.egress.allow_private = config.egress.allow_private;
    options.egress.allow = config.egress.allow;
    options.egress.deny = config.egress.deny;
    options.webhook.timeout = config.delivery.timeout;
    options.log_file = log_file_options(config.log_files);
    options.api_destination.timeout = config.delivery.timeout;
    options.oauth.timeout = config.delivery.timeout;
    options.remote_bus.timeout = config.delivery.timeout;
    options.remote_bus.max_hops = static_cast<int>(config.forwarding_max_hops);
    for (const auto& remote_config : config.remotes) {
        auto remote = to_remote(remote_config);
        if (!remote) {
            return remote.error();
        }
        options.remote_bus.remotes.push_back(std::move(*remote));
    }
    return options;
}

}  // namespace eventbus
