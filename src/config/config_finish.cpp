#include "properties.hpp"

#include <set>

namespace eventbus {

namespace {

class Finish {
public:
    Finish(LoadedConfig& loaded, Problems& problems)
        : loaded_(loaded), config_(loaded.config), problems_(problems) {}

    void run() {
        check_pairs();
        finish_log_files();
        finish_remotes();
        check_named();
        if (config_.profile == Profile::strict_aws) {
            apply_strict_limits();
        }
    }

private:
    void problem(const std::string& key, std::string message) {
        problems_.add(loaded_.problem(key, std::move(message)));
    }

    // A setting that could not be read is a problem already; what follows from its absence is not
    // one more.
    bool is_sound(const std::string& key) const {
        const std::string pointer = loaded_.problem(key, "").pointer;
        return std::ranges::none_of(problems_, [&](const Problem& known) {
            return known.pointer == pointer;
        });
    }

    // Of two settings that make sense only together.
    void
    check_pair(const std::string& section, const std::string& given, const std::string& missing) {
        if (is_sound(section + missing)) {
            problem(section + given, "needs " + missing + " beside it");
        }
    }

    void check_pairs() {
        const ListenConfig& listen = config_.listen;
        if (!listen.tls_certificate.empty() && listen.tls_key.empty()) {
            check_pair("listen.", "tls_certificate", "tls_key");
        }
        if (listen.tls_certificate.empty() && !listen.tls_key.empty()) {
            check_pair("listen.", "tls_key", "tls_certificate");
        }
        if (config_.data_folder.empty()) {
            problem("data", "expected a path, found nothing");
        }
        const DeliveryConfig& delivery = config_.delivery;
        if (delivery.retry_base > delivery.retry_cap && is_sound("delivery.retry_base") &&
            is_sound("delivery.retry_cap")) {
            problem(
                "delivery.retry_base",
                "expected at most retry_cap (" + format_duration(delivery.retry_cap) + "), found " +
                    format_duration(delivery.retry_base));
        }
    }

    void finish_log_files() {
        LogFilesConfig& logs = config_.log_files;
        if (logs.root.empty()) {
            logs.root = config_.data_folder / "logs";
        }
        std::set<std::string> names;
        for (std::size_t i = 0; i < logs.files.size(); ++i) {
            LogFileConfig& file = logs.files[i];
            file.rotate_bytes = file.rotate_bytes == 0 ? logs.rotate_bytes : file.rotate_bytes;
            file.retention_days =
                file.retention_days == 0 ? logs.retention_days : file.retention_days;
            if (!file.name.empty() && !names.insert(file.name).second) {
                problem(
                    "log_files.files." + std::to_string(i) + ".name",
                    "the file \"" + file.name + "\" is there already");
            }
        }
    }

    void finish_remotes() {
        for (std::size_t i = 0; i < config_.remotes.size(); ++i) {
            RemoteConfig& remote = config_.remotes[i];
            const std::string key = "remotes." + std::to_string(i);
            if (remote.region.empty()) {
                remote.region = config_.region;
            }
            if (remote.signing_region.empty()) {
                remote.signing_region = remote.region;
            }
            if (!remote.access_key_id.empty() && remote.secret_access_key.empty()) {
                check_pair(key + ".", "access_key_id", "secret_access_key");
            }
            if (remote.access_key_id.empty() && !remote.secret_access_key.empty()) {
                check_pair(key + ".", "secret_access_key", "access_key_id");
            }
            for (std::size_t j = 0; j < i; ++j) {
                const RemoteConfig& other = config_.remotes[j];
                if (!remote.account.empty() && remote.account == other.account &&
                    remote.region == other.region && remote.bus == other.bus) {
                    problem(
                        key + ".account",
                        "the same account, region and bus as in /remotes/" + std::to_string(j));
                }
            }
        }
    }

    template <class Named>
    void check_names(const std::string& list, const std::vector<Named>& all) {
        std::set<std::string> names;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!all[i].name.empty() && !names.insert(all[i].name).second) {
                problem(
                    list + "." + std::to_string(i) + ".name",
                    "the name \"" + all[i].name + "\" is there already");
            }
        }
    }

    void check_named() {
        check_names("tls_profiles", config_.tls_profiles);
        check_names("signing_secrets", config_.signing_secrets);
        check_names("commands", config_.commands);
        for (std::size_t i = 0; i < config_.tls_profiles.size(); ++i) {
            const TlsProfileConfig& profile = config_.tls_profiles[i];
            const std::string section = "tls_profiles." + std::to_string(i) + ".";
            if (!profile.certificate_file.empty() && profile.key_file.empty()) {
                check_pair(section, "certificate_file", "key_file");
            }
            if (profile.certificate_file.empty() && !profile.key_file.empty()) {
                check_pair(section, "key_file", "certificate_file");
            }
        }
        for (std::size_t i = 0; i < config_.signing_secrets.size(); ++i) {
            const std::string key = "signing_secrets." + std::to_string(i) + ".secrets";
            if (config_.signing_secrets[i].secrets.empty() && loaded_.origins.contains(key) &&
                is_sound(key)) {
                problem(key, "expected at least one secret, found none");
            }
        }
        for (std::size_t i = 0; i < config_.commands.size(); ++i) {
            const std::string key = "commands." + std::to_string(i) + ".program";
            const auto& program = config_.commands[i].program;
            if ((program.empty() || program.front().empty()) && loaded_.origins.contains(key) &&
                is_sound(key)) {
                problem(key, "expected a program, found nothing");
            }
        }
    }

    // What the operator has set stays set.
    void apply_strict_limits() {
        const auto set = [&](const char* key, std::uint64_t& limit, std::uint64_t strict) {
            if (!loaded_.origins.contains(key)) {
                limit = strict;
            }
        };
        set("limits.rules_per_bus", config_.limits.rules_per_bus, 300);
        set("limits.targets_per_rule", config_.limits.targets_per_rule, 5);
        set("limits.event_buses", config_.limits.event_buses, 100);
        set("limits.event_pattern_bytes", config_.limits.event_pattern_bytes, 2048);
        set("forwarding.max_hops", config_.forwarding_max_hops, 1);
    }

    const LoadedConfig& loaded_;
    Config& config_;
    Problems& problems_;
};

}  // namespace

void finish_config(LoadedConfig& loaded, Problems& problems) {
    Finish(loaded, problems).run();
}

}  // namespace eventbus
