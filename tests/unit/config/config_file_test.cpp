#include "config_fixture.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

using namespace std::chrono_literals;

TEST(ConfigFile, SetsEverySetting) {
    test::ConfigFixture config;
    const auto loaded = config.load(R"(
listen:
  address: "[::1]:0"
  tls_certificate: tls/cert.pem
  tls_key: /etc/key.pem
  allowed_hosts: [events.example, "bus.example"]
data: /var/lib/eventbusd
account: 123456789012
region: eu-central-1
profile: strict-aws
rules: [rules, /srv/rules.yaml]
log: {level: debug, format: json}
limits:
  request_bytes: 16MiB
  entry_bytes_total: 262144
  connections: 7
  rules_per_bus: 8
  targets_per_rule: 9
  event_buses: 10
  event_pattern_bytes: 2KiB
  writer_queue_bytes: 1GiB
delivery: {timeout: 500ms, concurrency: 1, window: 2, retry_base: 2s, retry_cap: 5m, retry_attempts: 0, retry_age: 1h,
           breaker_failures: 3, breaker_probe: 10s}
history: {keep: 7d, bytes: 0}
log_files:
  root: /var/log/events
  rotate_bytes: 1MiB
  retention_days: 3
  fsync: none
  files:
    - {name: a, rotate_bytes: 2MiB}
    - name: b
      retention_days: 9
forwarding: {max_hops: 2}
egress: {private: deny, allow: [10.0.0.0/8], deny: ["fd00::/8"]}
remotes:
  - {account: "111111111111", region: us-west-2, bus: orders, endpoint: "https://events.us-west-2.amazonaws.com",
     access_key_id: AKID, secret_access_key: s3cret, session_token: t, signing_region: us-east-2, ca_file: ca.pem}
  - {account: "222222222222", endpoint: "http://127.0.0.1:8701"}
io_threads: 3
)");
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const Config& c = loaded->config;
    EXPECT_EQ(c.listen.address, (ListenAddress{"::1", 0}));
    EXPECT_EQ(c.listen.tls_certificate, config.folder / "tls/cert.pem");
    EXPECT_EQ(c.listen.tls_key, "/etc/key.pem");
    EXPECT_EQ(c.listen.allowed_hosts, (std::vector<std::string>{"events.example", "bus.example"}));
    EXPECT_EQ(c.data_folder, "/var/lib/eventbusd");
    EXPECT_EQ(c.account, "123456789012");
    EXPECT_EQ(c.region, "eu-central-1");
    EXPECT_EQ(c.profile, Profile::strict_aws);
    EXPECT_EQ(
        c.rules,
        (std::vector<std::filesystem::path>{config.folder / "rules", "/srv/rules.yaml"}));
    EXPECT_EQ(c.log.level, log::Level::debug);
    EXPECT_EQ(c.log.format, log::Format::json);
    EXPECT_EQ(c.limits.request_bytes, 16U << 20);
    EXPECT_EQ(c.limits.entry_bytes_total, 262'144U);
    EXPECT_EQ(c.limits.connections, 7U);
    EXPECT_EQ(c.limits.rules_per_bus, 8U);
    EXPECT_EQ(c.limits.targets_per_rule, 9U);
    EXPECT_EQ(c.limits.event_buses, 10U);
    EXPECT_EQ(c.limits.event_pattern_bytes, 2048U);
    EXPECT_EQ(c.limits.writer_queue_bytes, 1U << 30);
    EXPECT_EQ(c.delivery.timeout, 500ms);
    EXPECT_EQ(c.delivery.concurrency, 1U);
    EXPECT_EQ(c.delivery.window, 2U);
    EXPECT_EQ(c.delivery.retry_base, 2s);
    EXPECT_EQ(c.delivery.retry_cap, 5min);
    EXPECT_EQ(c.delivery.retry_attempts, 0U);
    EXPECT_EQ(c.delivery.retry_age, 1h);
    EXPECT_EQ(c.delivery.breaker_failures, 3U);
    EXPECT_EQ(c.delivery.breaker_probe, 10s);
    EXPECT_EQ(c.history.keep, 168h);
    EXPECT_EQ(c.history.bytes, 0U);
    EXPECT_EQ(c.log_files.root, "/var/log/events");
    EXPECT_EQ(c.log_files.fsync, LogFileSync::none);
    ASSERT_EQ(c.log_files.files.size(), 2U);
    EXPECT_EQ(c.log_files.files[0].rotate_bytes, 2U << 20);
    EXPECT_EQ(c.log_files.files[0].retention_days, 3U);
    EXPECT_EQ(c.log_files.files[1].rotate_bytes, 1U << 20);
    EXPECT_EQ(c.log_files.files[1].retention_days, 9U);
    EXPECT_EQ(c.forwarding_max_hops, 2U);
    EXPECT_FALSE(c.egress.allow_private);
    EXPECT_EQ(c.egress.allow, (std::vector<std::string>{"10.0.0.0/8"}));
    EXPECT_EQ(c.egress.deny, (std::vector<std::string>{"fd00::/8"}));
    ASSERT_EQ(c.remotes.size(), 2U);
    EXPECT_EQ(c.remotes[0].bus, "orders");
    EXPECT_EQ(c.remotes[0].secret_access_key, "s3cret");
    EXPECT_EQ(c.remotes[0].signing_region, "us-east-2");
    EXPECT_EQ(c.remotes[0].ca_file, config.folder / "ca.pem");
    EXPECT_EQ(c.remotes[1].region, "eu-central-1");
    EXPECT_EQ(c.remotes[1].signing_region, "eu-central-1");
    EXPECT_EQ(c.remotes[1].bus, "*");
    EXPECT_EQ(c.io_threads, 3U);
}

TEST(ConfigFile, MeansTheDefaultsWhereItSaysNothing) {
    test::ConfigFixture config;
    for (const auto* text : {"", "# nothing\n", "listen:\nlimits: {}\nrules:\nremotes:\n"}) {
        const auto loaded = config.load(text);
        ASSERT_TRUE(loaded) << loaded.error().to_string();
        EXPECT_EQ(to_string(loaded->config.listen.address), "127.0.0.1:8700");
        EXPECT_EQ(loaded->config.data_folder, "./eventbusd-data");
        EXPECT_EQ(loaded->config.log_files.root, "./eventbusd-data/logs");
        EXPECT_TRUE(loaded->config.rules.empty());
    }
}

struct Wrong {
    std::string_view text;
    std::string_view problems;
};

TEST(ConfigFile, IsTypedBySettingAndNotByYamlsGuess) {
    const Wrong cases[] = {
        {"io_threads: no\n",
         "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found "
         "\"no\"\n"},
        {"io_threads: 010\n",
         "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found "
         "\"010\"\n"},
        {"io_threads: '4'\n",
         "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found \"4\"\n"},
        {"io_threads: 4096\n",
         "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found 4096\n"},
        {"io_threads: 1.0\n",
         "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found 1.0\n"},
        {"io_threads:\n",
         "eventbusd.yaml:1:1: /io_threads: expected a whole number from 0 to 1024, found "
         "nothing\n"},
        {"delivery:\n  timeout: 12:30:00\n",
         "eventbusd.yaml:2:12: /delivery/timeout: expected a duration such as 500ms, 30s, 5m, 24h "
         "or 7d, from 1ms to "
         "30s, found \"12:30:00\"\n"},
        {"delivery: {timeout: 5}\n",
         "eventbusd.yaml:1:21: /delivery/timeout: expected a duration such as 500ms, 30s, 5m, 24h "
         "or 7d, from 1ms to "
         "30s, found 5\n"},
        {"delivery: {timeout: 31s}\n",
         "eventbusd.yaml:1:21: /delivery/timeout: expected a duration such as 500ms, 30s, 5m, 24h "
         "or 7d, from 1ms to "
         "30s, found \"31s\"\n"},
        {"limits: {request_bytes: 8MB}\n",
         "eventbusd.yaml:1:25: /limits/request_bytes: expected a size such as 64KiB or 8MiB, from "
         "1KiB to 1GiB, found "
         "\"8MB\"\n"},
        {"log: {level: verbose}\n",
         "eventbusd.yaml:1:14: /log/level: expected debug, info, warn or error, found "
         "\"verbose\"\n"},
        {"egress: {private: true}\n",
         "eventbusd.yaml:1:19: /egress/private: expected allow or deny, found true\n"},
        {"account: 1\n", "eventbusd.yaml:1:10: /account: expected 12 digits, found 1\n"},
        {"region: Ohio\n",
         "eventbusd.yaml:1:9: /region: expected a region such as us-east-1, found \"Ohio\"\n"},
        {"listen: {address: localhost}\n",
         "eventbusd.yaml:1:19: /listen/address: expected HOST:PORT such as 127.0.0.1:8700 or "
         "[::1]:8700, found "
         "\"localhost\"\n"},
        {"data: [x]\n", "eventbusd.yaml:1:7: /data: expected a path, found a list\n"},
        {"data: ''\n", "eventbusd.yaml:1:7: /data: expected a path, found nothing\n"},
        {"rules: rules.yaml\n",
         "eventbusd.yaml:1:8: /rules: expected a list, found \"rules.yaml\"\n"},
        {"rules: [{a: b}]\n", "eventbusd.yaml:1:9: /rules/0: expected a path, found an object\n"},
        {"egress: {deny: [10.0.0.0/8, 10/8]}\n",
         "eventbusd.yaml:1:29: /egress/deny/1: expected a CIDR block such as 10.0.0.0/8, found "
         "\"10/8\"\n"},
        {"listen: 127.0.0.1:8700\n",
         "eventbusd.yaml:1:9: /listen: expected an object, found \"127.0.0.1:8700\"\n"},
        {"[1, 2]\n", "eventbusd.yaml:1:1: expected an object with settings, found a list\n"},
    };
    for (const auto& [text, problems] : cases) {
        test::ConfigFixture config;
        EXPECT_EQ(config.problems(text), problems) << text;
    }
}

TEST(ConfigFile, RefusesWhatItDoesNotKnowAndSuggestsTheNearest) {
    const Wrong cases[] = {
        {"listn:\n  address: x\n",
         "eventbusd.yaml:1:1: /listn: unknown key \"listn\", did you mean \"listen\"?\n"},
        {"delivery: {retry_atempts: 3}\n",
         "eventbusd.yaml:1:12: /delivery/retry_atempts: unknown key \"retry_atempts\", did you "
         "mean "
         "\"retry_attempts\"?\n"},
        {"log: {colour: x}\n",
         "eventbusd.yaml:1:7: /log/colour: unknown key \"colour\"; known here: level, format\n"},
        {"listen.address: 127.0.0.1:1\n",
         "eventbusd.yaml:1:1: /listen.address: unknown key \"listen.address\"; known here: listen, "
         "data, account, region, "
         "profile, rules, log, limits, delivery, history, dead_letters, deduplication, secrets, "
         "schedules, replays, log_files, forwarding, egress, remotes, tls_profiles, "
         "signing_secrets, commands, io_threads\n"},
        {"remotes: [{acount: '111111111111', account: '111111111111', endpoint: 'http://x'}]\n",
         "eventbusd.yaml:1:12: /remotes/0/acount: unknown key \"acount\", did you mean "
         "\"account\"?\n"},
    };
    for (const auto& [text, problems] : cases) {
        test::ConfigFixture config;
        EXPECT_EQ(config.problems(text), problems) << text;
    }
}

TEST(ConfigFile, ReportsAllItsProblemsInOrder) {
    test::ConfigFixture config;
    EXPECT_EQ(
        config.problems("io_threads: many\nlisten:\n  adress: x\n  tls_key: k.pem\naccount: abc\n"),
        "eventbusd.yaml:1:13: /io_threads: expected a whole number from 0 to 1024, found \"many\"\n"
        "eventbusd.yaml:3:3: /listen/adress: unknown key \"adress\", did you mean \"address\"?\n"
        "eventbusd.yaml:4:12: /listen/tls_key: needs tls_certificate beside it\n"
        "eventbusd.yaml:5:10: /account: expected 12 digits, found \"abc\"\n");
}

TEST(ConfigFile, NoticesSettingsThatDoNotFitTogether) {
    const Wrong cases[] = {
        {"listen: {tls_certificate: c.pem}\n",
         "eventbusd.yaml:1:27: /listen/tls_certificate: needs tls_key beside it\n"},
        {"delivery: {retry_base: 10m, retry_cap: 5m}\n",
         "eventbusd.yaml:1:24: /delivery/retry_base: expected at most retry_cap (5m), found 10m\n"},
        {"log_files: {files: [{name: a}, {name: a}]}\n",
         "eventbusd.yaml:1:39: /log_files/files/1/name: the file \"a\" is there already\n"},
        {"log_files: {files: [{rotate_bytes: 1MiB}]}\n",
         "eventbusd.yaml:1:21: /log_files/files/0: the key \"name\" is missing\n"},
        {"log_files: {files: [{name: ../x}]}\n",
         "eventbusd.yaml:1:28: /log_files/files/0/name: expected letters, digits, dots, hyphens "
         "and underscores, at most "
         "200, found \"../x\"\n"},
        {"remotes: [{account: '111111111111', endpoint: 'ftp://x'}]\n",
         "eventbusd.yaml:1:47: /remotes/0/endpoint: expected a URL with http:// or https://, found "
         "\"ftp://x\"\n"},
        {"remotes: [{endpoint: 'http://x'}]\n",
         "eventbusd.yaml:1:11: /remotes/0: the key \"account\" is missing\n"},
        {"remotes: [{account: '111111111111', endpoint: 'http://x', access_key_id: a}]\n",
         "eventbusd.yaml:1:74: /remotes/0/access_key_id: needs secret_access_key beside it\n"},
        {"remotes:\n- {account: '111111111111', endpoint: 'http://x'}\n- {account: '111111111111', "
         "endpoint: 'http://y'}\n",
         "eventbusd.yaml:3:13: /remotes/1/account: the same account, region and bus as in "
         "/remotes/0\n"},
    };
    for (const auto& [text, problems] : cases) {
        test::ConfigFixture config;
        EXPECT_EQ(config.problems(text), problems) << text;
    }
}

TEST(StrictProfile, AppliesTheLimitsOfAwsThatAreNotSet) {
    test::ConfigFixture config;
    const auto loaded = config.load("profile: strict-aws\nlimits: {targets_per_rule: 10}\n");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.limits.rules_per_bus, 300U);
    EXPECT_EQ(loaded->config.limits.targets_per_rule, 10U);
    EXPECT_EQ(loaded->config.limits.event_buses, 100U);
    EXPECT_EQ(loaded->config.limits.event_pattern_bytes, 2048U);
    EXPECT_EQ(loaded->config.forwarding_max_hops, 1U);
}

}  // namespace
}  // namespace eventbus
