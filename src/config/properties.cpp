#include "properties.hpp"

#include "codecs.hpp"

namespace eventbus {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1ULL << 10;
constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kTiB = 1ULL << 40;

Codec<std::uint64_t> rotation_size() {
    return size(4 * kKiB, kTiB);
}

Codec<std::uint64_t> retention_in_days() {
    return count(1, 3650);
}

void add_listen(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "listen.address",
        "HOST:PORT to serve. Only this machine by default, because callers are not authenticated; "
        "0.0.0.0:8700 serves every network.",
        EVENTBUSD_MEMBER(listen.address),
        listen_address()));
    all.push_back(scalar<Config>(
        "listen.tls_certificate",
        "PEM file with the certificate chain; together with tls_key it turns HTTPS on.",
        EVENTBUSD_MEMBER(listen.tls_certificate),
        path(RelativeTo::config_file)));
    all.push_back(scalar<Config>(
        "listen.tls_key",
        "PEM file with the private key of the certificate.",
        EVENTBUSD_MEMBER(listen.tls_key),
        path(RelativeTo::config_file)));
    all.push_back(scalar_list<Config>(
        "listen.allowed_hosts",
        "Host names under which clients reach the daemon besides its own address, for example "
        "behind a proxy.",
        EVENTBUSD_MEMBER(listen.allowed_hosts),
        any_text()));
}

void add_identity(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "data",
        "The folder of the store, relative to the working directory; the only one that needs a "
        "backup.",
        EVENTBUSD_MEMBER(data_folder),
        path(RelativeTo::working_directory)));
    all.push_back(scalar<Config>(
        "account",
        "Account id, 12 digits, in ARNs and envelopes when a caller does not sign.",
        EVENTBUSD_MEMBER(account),
        account_text()));
    all.push_back(scalar<Config>(
        "region",
        "Region in ARNs and envelopes when a caller does not sign.",
        EVENTBUSD_MEMBER(region),
        region_text()));
    all.push_back(scalar<Config>(
        "profile",
        "default or strict-aws; strict-aws also applies the limits of AWS, to find out in tests "
        "what would fail there.",
        EVENTBUSD_MEMBER(profile),
        one_of<Profile>({{"default", Profile::standard}, {"strict-aws", Profile::strict_aws}})));
    auto rules = scalar_list<Config>(
        "rules",
        "Files and folders with buses and rules, relative to this file; none by default.",
        EVENTBUSD_MEMBER(rules),
        path(RelativeTo::config_file));
    rules.example = "[rules]";
    all.push_back(std::move(rules));
    all.push_back(scalar<Config>(
        "log.level",
        "debug, info, warn or error: the least that is written to standard error.",
        EVENTBUSD_MEMBER(log.level),
        one_of<log::Level>(
            {{"debug", log::Level::debug},
             {"info", log::Level::info},
             {"warn", log::Level::warn},
             {"error", log::Level::error}})));
    all.push_back(scalar<Config>(
        "log.format",
        "text for people, json for collectors.",
        EVENTBUSD_MEMBER(log.format),
        one_of<log::Format>({{"text", log::Format::text}, {"json", log::Format::json}})));
}

void add_limits(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "limits.request_bytes",
        "The largest body of a request.",
        EVENTBUSD_MEMBER(limits.request_bytes),
        size(kKiB, kGiB)));
    all.push_back(scalar<Config>(
        "limits.entry_bytes_total",
        "The most that all entries of one PutEvents may have together.",
        EVENTBUSD_MEMBER(limits.entry_bytes_total),
        size(kKiB, kGiB)));
    all.push_back(scalar<Config>(
        "limits.connections",
        "Connections open at once; more are answered 503. Raise it for many idle clients.",
        EVENTBUSD_MEMBER(limits.connections),
        count(1, 1'000'000)));
    all.push_back(scalar<Config>(
        "limits.rules_per_bus",
        "Rules on one bus; strict-aws: 300.",
        EVENTBUSD_MEMBER(limits.rules_per_bus),
        count(1, 10'000'000)));
    all.push_back(scalar<Config>(
        "limits.targets_per_rule",
        "Targets of one rule; strict-aws: 5.",
        EVENTBUSD_MEMBER(limits.targets_per_rule),
        count(1, 10'000)));
    all.push_back(scalar<Config>(
        "limits.event_buses",
        "Buses of one account in one region; strict-aws: 100.",
        EVENTBUSD_MEMBER(limits.event_buses),
        count(1, 1'000'000)));
    all.push_back(scalar<Config>(
        "limits.event_pattern_bytes",
        "The longest EventPattern, in bytes; strict-aws: 2048.",
        EVENTBUSD_MEMBER(limits.event_pattern_bytes),
        size(1, kMiB)));
    all.push_back(scalar<Config>(
        "limits.writer_queue_bytes",
        "Events waiting for the disk; above it callers are throttled. Raise it to absorb longer "
        "bursts in memory.",
        EVENTBUSD_MEMBER(limits.writer_queue_bytes),
        size(kMiB, kTiB)));
    all.push_back(scalar<Config>(
        "limits.writer_queue_age",
        "Callers are also throttled once the oldest event that waits for the disk has waited this "
        "long. Raise it for a disk that stalls now and then.",
        EVENTBUSD_MEMBER(limits.writer_queue_age),
        duration(10ms, 60s)));
}

void add_delivery(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "delivery.timeout",
        "How long one attempt may take, from name resolution to the end of the answer.",
        EVENTBUSD_MEMBER(delivery.timeout),
        duration(1ms, 30s)));
    all.push_back(scalar<Config>(
        "delivery.concurrency",
        "Calls of one target at once; raise it for targets that are slow but wide.",
        EVENTBUSD_MEMBER(delivery.concurrency),
        count(1, 1'000)));
    all.push_back(scalar<Config>(
        "delivery.window",
        "Deliveries of one target held in memory; the rest waits on disk.",
        EVENTBUSD_MEMBER(delivery.window),
        count(1, 100'000)));
    all.push_back(scalar<Config>(
        "delivery.retry_base",
        "The bound of the random wait before the first retry; it doubles with each further one.",
        EVENTBUSD_MEMBER(delivery.retry_base),
        duration(1ms, 24h)));
    all.push_back(scalar<Config>(
        "delivery.retry_cap",
        "The longest wait between two attempts.",
        EVENTBUSD_MEMBER(delivery.retry_cap),
        duration(1ms, 24h)));
    all.push_back(scalar<Config>(
        "delivery.breaker_failures",
        "So many failures in a row and a target counts as down, so that nothing but probes is "
        "attempted; four times as many within a second of a success.",
        EVENTBUSD_MEMBER(delivery.breaker_failures),
        count(1, 1'000'000)));
    all.push_back(scalar<Config>(
        "delivery.breaker_probe",
        "How often a target that counts as down is tried, a fifth more or less.",
        EVENTBUSD_MEMBER(delivery.breaker_probe),
        duration(10ms, 24h)));
    all.push_back(scalar<Config>(
        "delivery.retry_attempts",
        "Retries for targets without a RetryPolicy; 0 is one try.",
        EVENTBUSD_MEMBER(delivery.retry_attempts),
        count(0, 185)));
    all.push_back(scalar<Config>(
        "delivery.retry_age",
        "How long after its acceptance an event is still tried, for targets without a RetryPolicy.",
        EVENTBUSD_MEMBER(delivery.retry_age),
        duration(60s, 24h)));
}

void add_history(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "history.keep",
        "How long delivered events can still be looked at.",
        EVENTBUSD_MEMBER(history.keep),
        duration(0ms, 24h * 3650)));
    all.push_back(scalar<Config>(
        "history.bytes",
        "Above this much disk the oldest delivered events go earlier.",
        EVENTBUSD_MEMBER(history.bytes),
        size(0, 1024 * kTiB)));
    all.push_back(scalar<Config>(
        "dead_letters.keep",
        "Dead letters are forgotten after this long, counted and logged.",
        EVENTBUSD_MEMBER(dead_letters.keep),
        duration(60s, 24h * 3650)));
    all.push_back(scalar<Config>(
        "deduplication.window",
        "How long a second event with the DeduplicationId or Idempotency-Key of another one counts "
        "as its repeat.",
        EVENTBUSD_MEMBER(deduplication.window),
        duration(1s, 24h)));
}

void add_secrets(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "secrets.master_key_file",
        "File with the key that secrets in the store are sealed with: 32 bytes, or base64 of them, "
        "mode 0400. Empty: master.key of the service manager's credentials, else of the data "
        "folder, where the first run makes it.",
        EVENTBUSD_MEMBER(secrets.master_key_file),
        path(RelativeTo::config_file)));
    all.push_back(scalar<Config>(
        "secrets.master_key_env",
        "Name of an environment variable that holds that key in base64, instead of a file.",
        EVENTBUSD_MEMBER(secrets.master_key_env),
        any_text()));
}

void add_schedules(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "schedules.catch_up",
        "What a schedule does that has missed runs, because the daemon was down or the clock "
        "jumped: none skips them, once makes the last one late.",
        EVENTBUSD_MEMBER(schedules_catch_up),
        one_of<CatchUp>({{"none", CatchUp::none}, {"once", CatchUp::once}})));
}

void add_replays(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "replays.share_percent",
        "How much of the time replays may keep the disk busy; 100 is as fast as it goes.",
        EVENTBUSD_MEMBER(replays.share_percent),
        count(1, 100)));
    all.push_back(scalar<Config>(
        "replays.backlog",
        "Replays all but stop while the backlog of deliveries has grown by more than this.",
        EVENTBUSD_MEMBER(replays.backlog),
        count(1, 1'000'000'000)));
}

Properties<LogFileConfig> log_file_properties() {
    Properties<LogFileConfig> all;
    all.push_back(scalar<LogFileConfig>(
                      "name",
                      "Name of the target's file, without .log.",
                      EVENTBUSD_MEMBER(name),
                      text_that(
                          "letters, digits, dots, hyphens and underscores, at most 200",
                          is_log_file_name))
                      .required());
    all.push_back(scalar<LogFileConfig>(
        "rotate_bytes",
        "As above, for this file.",
        EVENTBUSD_MEMBER(rotate_bytes),
        rotation_size()));
    all.push_back(scalar<LogFileConfig>(
        "retention_days",
        "As above, for this file.",
        EVENTBUSD_MEMBER(retention_days),
        retention_in_days()));
    return all;
}

Properties<RemoteConfig> remote_properties() {
    Properties<RemoteConfig> all;
    all.push_back(scalar<RemoteConfig>(
                      "account",
                      "Account whose buses are there.",
                      EVENTBUSD_MEMBER(account),
                      account_text())
                      .required());
    all.push_back(scalar<RemoteConfig>(
        "region",
        "Region whose buses are there; the daemon's own by default.",
        EVENTBUSD_MEMBER(region),
        region_text()));
    all.push_back(scalar<RemoteConfig>(
        "bus",
        "One bus name, or \"*\" for all, which is the default.",
        EVENTBUSD_MEMBER(bus),
        any_text()));
    all.push_back(scalar<RemoteConfig>(
                      "endpoint",
                      "URL of the other daemon, or https://events.REGION.amazonaws.com.",
                      EVENTBUSD_MEMBER(endpoint),
                      text_that("a URL with http:// or https://", is_http_url))
                      .required());
    all.push_back(secret<RemoteConfig>(
        "access_key_id",
        "Key to sign with; without it requests are not signed.",
        EVENTBUSD_MEMBER(access_key_id)));
    all.push_back(secret<RemoteConfig>(
        "secret_access_key",
        "Best a reference: ${env:NAME} or ${file:/path}.",
        EVENTBUSD_MEMBER(secret_access_key)));
    all.push_back(secret<RemoteConfig>(
        "session_token",
        "For temporary credentials.",
        EVENTBUSD_MEMBER(session_token)));
    all.push_back(scalar<RemoteConfig>(
        "signing_region",
        "Region to sign for, if it is not `region`.",
        EVENTBUSD_MEMBER(signing_region),
        region_text()));
    all.push_back(scalar<RemoteConfig>(
        "ca_file",
        "PEM file with the authorities to trust instead of the system's; may hold revocation "
        "lists.",
        EVENTBUSD_MEMBER(ca_file),
        path(RelativeTo::config_file)));
    return all;
}

void add_log_files(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "log_files.root",
        "Folder of all log-file targets; empty: the folder logs in the data folder.",
        EVENTBUSD_MEMBER(log_files.root),
        path(RelativeTo::working_directory)));
    all.push_back(scalar<Config>(
        "log_files.rotate_bytes",
        "A file that has grown to this size is rotated.",
        EVENTBUSD_MEMBER(log_files.rotate_bytes),
        rotation_size()));
    all.push_back(scalar<Config>(
        "log_files.retention_days",
        "Rotated files older than this are removed.",
        EVENTBUSD_MEMBER(log_files.retention_days),
        retention_in_days()));
    all.push_back(scalar<Config>(
        "log_files.fsync",
        "each: a line is on stable storage before its delivery counts as made; none: faster, a "
        "power cut may lose lines.",
        EVENTBUSD_MEMBER(log_files.fsync),
        one_of<LogFileSync>({{"none", LogFileSync::none}, {"each", LogFileSync::each}})));
    all.push_back(record_list<Config>(
        "log_files.files",
        "Files that differ from the above:",
        EVENTBUSD_MEMBER(log_files.files),
        log_file_properties()));
}

void add_destinations(Properties<Config>& all) {
    all.push_back(scalar<Config>(
        "forwarding.max_hops",
        "How many buses an event may be forwarded through; AWS and strict-aws: 1.",
        EVENTBUSD_MEMBER(forwarding_max_hops),
        count(1, 64)));
    all.push_back(scalar<Config>(
        "egress.private",
        "allow or deny: whether targets may be on loopback and private networks.",
        EVENTBUSD_MEMBER(egress.allow_private),
        one_of<bool>({{"allow", true}, {"deny", false}})));
    all.push_back(scalar<Config>(
        "egress.self",
        "allow or deny: whether webhooks and API destinations may lead to this daemon's own "
        "listener.",
        EVENTBUSD_MEMBER(egress.allow_self),
        one_of<bool>({{"allow", true}, {"deny", false}})));
    all.push_back(scalar_list<Config>(
        "egress.allow",
        "CIDR blocks that targets may be in whatever the default says.",
        EVENTBUSD_MEMBER(egress.allow),
        cidr_text()));
    all.push_back(scalar_list<Config>(
        "egress.deny",
        "CIDR blocks that targets may never be in; beats allow.",
        EVENTBUSD_MEMBER(egress.deny),
        cidr_text()));
    all.push_back(record_list<Config>(
        "remotes",
        "Other daemons, or AWS, that serve event-bus targets of their account and region:",
        EVENTBUSD_MEMBER(remotes),
        remote_properties()));
    add_named(all);
    all.push_back(scalar<Config>(
        "io_threads",
        "Threads that serve requests and call targets; 0 decides from the number of cores.",
        EVENTBUSD_MEMBER(io_threads),
        count(0, 1024)));
}

}  // namespace

const Properties<Config>& config_properties() {
    static const Properties<Config> all = [] {
        Properties<Config> list;
        add_listen(list);
        add_identity(list);
        add_limits(list);
        add_delivery(list);
        add_history(list);
        add_secrets(list);
        add_schedules(list);
        add_replays(list);
        add_log_files(list);
        add_destinations(list);
        return list;
    }();
    return all;
}

const std::vector<std::pair<std::string, std::string>>& config_sections() {
    static const std::vector<std::pair<std::string, std::string>> all{
        {"listen", "Where clients reach the daemon."},
        {"log", "What the daemon says of itself."},
        {"limits", "Bounds on what callers may ask; memory and disk grow with them."},
        {"delivery", "How targets are called and tried again."},
        {"history", "What remains of delivered events."},
        {"dead_letters", "What could not be delivered."},
        {"deduplication", "Events that are published twice."},
        {"secrets", "How the secrets of connections are kept in the store."},
        {"schedules", "Rules that run by the clock."},
        {"replays", "Archived events on their way back; live ones go first."},
        {"log_files", "Targets of the form file:NAME."},
        {"forwarding", "Events that go from bus to bus."},
        {"egress", "Which addresses targets may have."},
    };
    return all;
}

std::string environment_name(std::string_view key) {
    std::string out = "EVENTBUSD_";
    for (const char c : key) {
        if (c == '.') {
            out += "__";
        } else {
            out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        }
    }
    return out;
}

}  // namespace eventbus
