#include "sender_options.hpp"

#include <cstdlib>

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

Command to_command(const CommandConfig& config) {
    Command command;
    command.program = config.program;
    command.timeout = config.timeout;
    command.directory = config.directory;
    for (const std::string& setting : config.environment) {
        if (setting.find('=') != std::string::npos) {
            command.environment.push_back(setting);
        } else if (const char* value = std::getenv(setting.c_str()); value != nullptr) {
            command.environment.push_back(setting + "=" + value);
        }
    }
    return command;
}

TlsProfile to_tls_profile(const TlsProfileConfig& config) {
    TlsProfile profile;
    profile.ca_file = config.ca_file.string();
    profile.certificate_file = config.certificate_file.string();
    profile.key_file = config.key_file.string();
    profile.skip_verification = config.skip_verification;
    return profile;
}

}  // namespace

Problems check_signing_secrets(const LoadedConfig& loaded) {
    Problems problems;
    const auto& all = loaded.config.signing_secrets;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const std::string& secret : all[i].secrets) {
            if (const auto key = http::parse_webhook_secret(secret); !key) {
                problems.add(loaded.problem(
                    "signing_secrets." + std::to_string(i) + ".secrets",
                    key.error().message()));
            }
        }
    }
    return problems;
}

TargetNames target_names(const Config& config) {
    TargetNames names;
    for (const auto& profile : config.tls_profiles) {
        names.tls_profiles.insert(profile.name);
    }
    for (const auto& secret : config.signing_secrets) {
        names.signing_secrets.insert(secret.name);
    }
    for (const auto& command : config.commands) {
        names.commands.insert(command.name);
    }
    return names;
}

Result<std::shared_ptr<const TargetSecrets>> target_secrets(
    const Config& config,
    std::shared_ptr<const SecretBox> box) {
    TargetSecrets::Named named;
    for (const auto& entry : config.signing_secrets) {
        for (std::size_t i = 0; i < entry.secrets.size(); ++i) {
            auto key = http::parse_webhook_secret(entry.secrets[i]);
            if (!key) {
                return Error(
                    Errc::invalid_argument,
                    "signing_secrets: " + entry.name + ": secrets/" + std::to_string(i) + ": " +
                        key.error().message());
            }
            named[entry.name].push_back(std::move(*key));
        }
    }
    return std::make_shared<const TargetSecrets>(std::move(named), std::move(box));
}

Result<SenderSetOptions> sender_options(const Config& config) {
    SenderSetOptions options;
    for (const auto& profile : config.tls_profiles) {
        options.webhook.tls_profiles.emplace(profile.name, to_tls_profile(profile));
    }
    for (const auto& command : config.commands) {
        options.command.commands.emplace(command.name, to_command(command));
    }
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
