#pragma once

#include "eventbus/base/clock.hpp"
#include "eventbus/base/log.hpp"
#include "eventbus/config/problem.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventbus {

struct ListenAddress {
    std::string host = "127.0.0.1";  // a name or an address, IPv6 without its brackets
    std::uint16_t port = 8700;       // 0: any free one

    bool operator==(const ListenAddress&) const = default;
};

std::string to_string(const ListenAddress& address);

// Where clients reach the daemon.
struct ListenConfig {
    // Loopback only, because callers are not authenticated by default; name an interface to serve a
    // network.
    ListenAddress address;
    // PEM files that turn HTTPS on; both or neither.
    std::filesystem::path tls_certificate;
    std::filesystem::path tls_key;
    // Names under which clients reach the daemon besides its own address (protects browsers from
    // DNS rebinding).
    std::vector<std::string> allowed_hosts;
};

enum class Profile {
    standard,    // AWS's behaviour with wider limits
    strict_aws,  // AWS's limits too, to find out in tests what would fail there
};

// Every bound on what callers may ask. Raise one if legitimate use meets it; memory and disk grow
// with it.
struct LimitsConfig {
    std::uint64_t request_bytes = 8ULL << 20;      // of a request's body
    std::uint64_t entry_bytes_total = 1ULL << 20;  // of all entries of one PutEvents
    std::uint64_t connections = 1024;              // open at once; more are answered 503
    std::uint64_t rules_per_bus = 100'000;         // strict-aws: 300
    std::uint64_t targets_per_rule = 100;          // strict-aws: 5
    std::uint64_t event_buses = 1000;              // per account and region; strict-aws: 100
    std::uint64_t event_pattern_bytes = 4096;      // strict-aws: 2048
    std::uint64_t writer_queue_bytes =
        64ULL << 20;               // events waiting for the disk; above it callers are throttled
    Millis writer_queue_age{500};  // the same once the oldest of them has waited this long
};

// How targets are called. The retry settings serve targets that bring no RetryPolicy of their own.
struct DeliveryConfig {
    Millis timeout{5'000};          // of one attempt, from name resolution to the end of the answer
    std::uint64_t concurrency = 8;  // calls of one target at once
    std::uint64_t window = 256;     // deliveries of one target in memory; the rest waits on disk
    Millis retry_base{1'000};       // the wait before retry n is random up to base * 2^n …
    Millis retry_cap{960'000};      // … but at most this
    std::uint64_t breaker_failures = 5;  // in a row, and a target counts as down
    Millis breaker_probe{30'000};        // how often it is tried then
    std::uint64_t retry_attempts = 185;  // 0: one try
    Millis retry_age{86'400'000};        // since acceptance
};

// Where the key comes from that the secrets in the store are sealed with. Neither: the service
// manager's credentials ($CREDENTIALS_DIRECTORY/master.key), else master.key in the data folder.
struct SecretsConfig {
    std::filesystem::path master_key_file;
    std::string master_key_env;  // the name of an environment variable that holds it in base64
};

// How long what has been delivered can still be looked at.
struct HistoryConfig {
    Millis keep{86'400'000};
    std::uint64_t bytes = 1ULL << 30;
};

// Dead letters that nobody redrives or purges.
struct DeadLettersConfig {
    Millis keep{14 * 86'400'000LL};
};

// Repeats of an event that carry the same deduplication id.
struct DeduplicationConfig {
    Millis window{300'000};
};

enum class CatchUp {
    none,  // missed runs are skipped
    once,  // the last missed run of each schedule is made late
};

// How much of the daemon replays may take while live events come in.
struct ReplaysConfig {
    std::uint64_t share_percent = 20;  // of the time of the journal's writer
    std::uint64_t backlog = 5'000;     // growth of the backlog above which they all but stop
};

enum class LogFileSync {
    none,  // the kernel writes when it likes: a power cut loses lines that count as delivered
    each,  // on stable storage before a delivery counts as made
};

struct LogFileConfig {
    std::string name;
    std::uint64_t rotate_bytes = 0;    // filled in from LogFilesConfig where the file says nothing
    std::uint64_t retention_days = 0;  // likewise

    bool operator==(const LogFileConfig&) const = default;
};

// Log-file targets.
struct LogFilesConfig {
    std::filesystem::path root;  // empty in the file: "logs" in the data folder
    std::uint64_t rotate_bytes = 64ULL << 20;
    std::uint64_t retention_days = 5;
    LogFileSync fsync = LogFileSync::each;
    std::vector<LogFileConfig> files;  // those that differ
};

// Where targets may be. Unspecified, link-local, metadata and multicast addresses are refused
// unless allowed by name.
struct EgressConfig {
    bool allow_private = true;       // loopback, RFC 1918, unique local, carrier NAT
    bool allow_self = false;         // our own listener
    std::vector<std::string> allow;  // CIDR blocks; beat the default
    std::vector<std::string> deny;   // CIDR blocks; beat everything
};

// What targets refer to by name, because only the operator may choose files, secrets and programs.
struct TlsProfileConfig {
    std::string name;
    std::filesystem::path ca_file;           // empty: the system's roots
    std::filesystem::path certificate_file;  // empty: none; together with key_file
    std::filesystem::path key_file;
    bool skip_verification = false;

    bool operator==(const TlsProfileConfig&) const = default;
};

struct SigningSecretConfig {
    std::string name;
    std::vector<std::string> secrets;  // "whsec_…"; all of them sign

    bool operator==(const SigningSecretConfig&) const = default;
};

struct CommandConfig {
    std::string name;
    std::vector<std::string> program;
    Millis timeout{30'000};
    std::filesystem::path directory;
    std::vector<std::string> environment;  // NAME=value, or NAME

    bool operator==(const CommandConfig&) const = default;
};

// Another eventbusd, or AWS EventBridge, to which event-bus targets of its account and region are
// forwarded.
struct RemoteConfig {
    std::string account;
    std::string region;     // filled in with the daemon's own if not given
    std::string bus = "*";  // one name, or all
    std::string endpoint;
    std::string access_key_id;  // empty: requests are not signed
    std::string secret_access_key;
    std::string session_token;
    std::string signing_region;  // filled in with `region` if not given
    std::filesystem::path ca_file;

    bool operator==(const RemoteConfig&) const = default;
};

// Every setting of the daemon. A default-constructed one is what an empty file means.
struct Config {
    ListenConfig listen;
    // The only folder that must survive. Relative to the working directory; an absolute path for a
    // service.
    std::filesystem::path data_folder = "./eventbusd-data";
    // What the daemon calls itself in ARNs and envelopes when a caller does not sign.
    std::string account = "000000000000";
    std::string region = "us-east-1";
    Profile profile = Profile::standard;
    // Files and folders with buses and rules, for load_resources().
    std::vector<std::filesystem::path> rules;
    log::Options log;
    LimitsConfig limits;
    DeliveryConfig delivery;
    HistoryConfig history;
    DeadLettersConfig dead_letters;
    DeduplicationConfig deduplication;
    SecretsConfig secrets;
    CatchUp schedules_catch_up = CatchUp::none;
    ReplaysConfig replays;
    LogFilesConfig log_files;
    std::uint64_t forwarding_max_hops = 8;  // AWS and strict-aws: 1
    EgressConfig egress;
    std::vector<RemoteConfig> remotes;
    std::vector<TlsProfileConfig> tls_profiles;
    std::vector<SigningSecretConfig> signing_secrets;
    std::vector<CommandConfig> commands;
    std::uint64_t io_threads = 0;  // 0: decided from the number of cores
};

// Name → value, as the process was started with.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment current_environment();

// A setting from the command line: `key` is spelled "listen.address"; lists are separated by
// commas.
struct ConfigOverride {
    std::string key;
    std::string value;
    std::string origin;  // "--listen", for problems
};

struct ConfigSources {
    std::optional<std::filesystem::path> file;
    Environment environment;
    std::vector<ConfigOverride> overrides;
};

// Where a setting was made.
struct SettingOrigin {
    std::string source;  // the file, "environment variable NAME", or the flag
    Place place;         // in the file
};

struct LoadedConfig {
    Config config;
    Problems warnings;  // nothing that keeps the daemon from running
    // Of each setting that is not a default, by key: "listen.address", "remotes.0.endpoint".
    std::map<std::string, SettingOrigin> origins;

    // A problem that only shows when the setting is used, at the place where it was made.
    Problem problem(const std::string& key, std::string message) const;
};

// Reads flags > environment > file > default. Every environment variable is named
// EVENTBUSD_SECTION__KEY, in capitals. In the file, `rules`, certificates and `${file:…}`
// references are relative to its folder; everything else, and what flags and environment say, to
// the working directory. Without problems only.
[[nodiscard]] Checked<LoadedConfig> load_config(const ConfigSources& sources);

// One setting as text, for `eventbusd config show`; secrets are "***".
struct SettingText {
    std::string key;
    std::string value;
};

std::vector<SettingText> describe(const Config& config);

// The keys of the settings in which two configurations differ, be they secret or not.
std::vector<std::string> different_settings(const Config& a, const Config& b);

// The example file: every key with a sentence and its default commented out.
std::string example_config_file();

}  // namespace eventbus
