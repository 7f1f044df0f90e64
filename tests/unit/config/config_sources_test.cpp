#include "config_fixture.hpp"

#include <gtest/gtest.h>

namespace eventbus {
namespace {

TEST(ConfigSources, FlagsBeatEnvironmentBeatsFileBeatsDefault) {
    test::ConfigFixture config;
    const std::string_view file = "listen: {address: 127.0.0.1:1}\nregion: eu-west-1\n";
    EXPECT_EQ(config.load(file)->config.listen.address.port, 1);
    config.sources.environment = {{"EVENTBUSD_LISTEN__ADDRESS", "127.0.0.1:2"}};
    EXPECT_EQ(config.load(file)->config.listen.address.port, 2);
    config.sources.overrides = {{"listen.address", "127.0.0.1:3", "--listen"}};
    const auto loaded = config.load(file);
    EXPECT_EQ(loaded->config.listen.address.port, 3);
    EXPECT_EQ(loaded->config.region, "eu-west-1");
    EXPECT_EQ(loaded->config.account, "000000000000");
}

TEST(ConfigSources, SayWhereEachSettingCameFrom) {
    test::ConfigFixture config;
    config.sources.environment = {{"EVENTBUSD_REGION", "eu-west-1"}};
    config.sources.overrides = {{"data", "/d", "--data"}};
    const auto loaded =
        config.load("io_threads: 2\nremotes:\n- {account: '111111111111', endpoint: 'http://x'}\n");
    ASSERT_TRUE(loaded);
    const auto origin = [&](const std::string& key) {
        return config.shortened(to_string(loaded->problem(key, "is odd")));
    };
    EXPECT_EQ(origin("io_threads"), "eventbusd.yaml:1:13: /io_threads: is odd");
    EXPECT_EQ(origin("remotes.0.endpoint"), "eventbusd.yaml:3:39: /remotes/0/endpoint: is odd");
    EXPECT_EQ(origin("region"), "environment variable EVENTBUSD_REGION: /region: is odd");
    EXPECT_EQ(origin("data"), "--data: /data: is odd");
    EXPECT_EQ(origin("account"), "/account: is odd");
    EXPECT_FALSE(loaded->origins.contains("account"));
}

TEST(ConfigSources, DifferInTheSettingsOfWhichAnyPartDiffersSecretOrNot) {
    test::ConfigFixture config;
    const std::string_view file =
        "delivery: {timeout: 5s}\n"
        "remotes:\n- {account: '111111111111', endpoint: 'http://x', access_key_id: A, "
        "secret_access_key: one}\n"
        "commands: [{name: c, program: [/bin/true]}]\n";
    const Config before = config.load(file)->config;
    EXPECT_TRUE(different_settings(before, config.load(file)->config).empty());
    const auto after_change = [&](std::string_view old, std::string_view with) {
        std::string text(file);
        text.replace(text.find(old), old.size(), with);
        return different_settings(before, config.load(text)->config);
    };
    using Keys = std::vector<std::string>;
    EXPECT_EQ(after_change("5s", "6s"), Keys{"delivery.timeout"});
    EXPECT_EQ(after_change("secret_access_key: one", "secret_access_key: two"), Keys{"remotes"});
    EXPECT_EQ(after_change("/bin/true", "/bin/false"), Keys{"commands"});
    EXPECT_EQ(after_change("delivery: {timeout: 5s}", "io_threads: 2"), Keys{"io_threads"});
}

TEST(ConfigSources, NeedNoFile) {
    const auto loaded = load_config({});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.region, "us-east-1");
}

TEST(ConfigSources, SetEveryKindOfValueFromTheEnvironment) {
    ConfigSources sources;
    sources.environment = {
        {"EVENTBUSD_DATA", "relative/data"},
        {"EVENTBUSD_LISTEN__ALLOWED_HOSTS", "a.example, b.example"},
        {"EVENTBUSD_RULES", "rules"},
        {"EVENTBUSD_DELIVERY__TIMEOUT", "30s"},
        {"EVENTBUSD_LIMITS__REQUEST_BYTES", "1MiB"},
        {"EVENTBUSD_LOG__FORMAT", "json"},
        {"EVENTBUSD_IO_THREADS", "4"},
        {"EVENTBUSD_EGRESS__DENY", ""},
        {"EVENTBUSD_REMOTES", "[{account: '111111111111', endpoint: 'http://x:1'}]"},
        {"PATH", "/bin"},
    };
    const auto loaded = load_config(sources);
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const Config& c = loaded->config;
    EXPECT_EQ(c.data_folder, "relative/data");
    EXPECT_EQ(c.listen.allowed_hosts, (std::vector<std::string>{"a.example", "b.example"}));
    EXPECT_EQ(c.rules, (std::vector<std::filesystem::path>{"rules"}));
    EXPECT_EQ(c.delivery.timeout, std::chrono::seconds(30));
    EXPECT_EQ(c.limits.request_bytes, 1U << 20);
    EXPECT_EQ(c.log.format, log::Format::json);
    EXPECT_EQ(c.io_threads, 4U);
    EXPECT_TRUE(c.egress.deny.empty());
    ASSERT_EQ(c.remotes.size(), 1U);
    EXPECT_EQ(c.remotes[0].endpoint, "http://x:1");
}

struct WrongVariable {
    std::string name;
    std::string value;
    std::string_view problems;
};

TEST(ConfigSources, NameTheVariableThatIsWrong) {
    const WrongVariable cases[] = {
        {"EVENTBUSD_IO_THREADS",
         "many",
         "environment variable EVENTBUSD_IO_THREADS: /io_threads: expected a whole number from 0 "
         "to 1024, found "
         "\"many\"\n"},
        {"EVENTBUSD_LISTEN__ADRESS",
         "x",
         "environment variable EVENTBUSD_LISTEN__ADRESS: unknown setting, did you mean "
         "EVENTBUSD_LISTEN__ADDRESS?\n"},
        {"EVENTBUSD_LISTEN_ADDRESS",
         "x",
         "environment variable EVENTBUSD_LISTEN_ADDRESS: unknown setting, did you mean "
         "EVENTBUSD_LISTEN__ADDRESS?\n"},
        {"EVENTBUSD_LISTEN",
         "x",
         "environment variable EVENTBUSD_LISTEN: unknown setting, did you mean "
         "EVENTBUSD_LISTEN__ADDRESS?\n"},
        {"EVENTBUSD_WHAT__EVER",
         "x",
         "environment variable EVENTBUSD_WHAT__EVER: unknown setting\n"},
        {"EVENTBUSD_REGION", "\xff", "environment variable EVENTBUSD_REGION: expected UTF-8\n"},
        {"EVENTBUSD_REMOTES",
         "[{",
         "environment variable EVENTBUSD_REMOTES:1:1: expected a text as key, found a list or an "
         "object; is a bracket not closed?\n"},
    };
    for (const auto& [name, value, problems] : cases) {
        ConfigSources sources;
        sources.environment = {{name, value}};
        const auto loaded = load_config(sources);
        ASSERT_FALSE(loaded) << name;
        EXPECT_EQ(loaded.error().to_string(), problems);
    }
}

TEST(ConfigSources, IgnoreVariablesThatAnOrchestratorSets) {
    ConfigSources sources;
    sources.environment = {
        {"EVENTBUSD_PORT", "tcp://10.0.0.1:8700"},
        {"EVENTBUSD_PORT_8700_TCP_ADDR", "10.0.0.1"},
        {"EVENTBUSD_SERVICE_HOST", "10.0.0.1"},
        {"EVENTBUSD_URL", "http://x"},
    };
    const auto loaded = load_config(sources);
    EXPECT_TRUE(loaded) << loaded.error().to_string();
}

TEST(ConfigSources, NameTheFlagThatIsWrong) {
    ConfigSources sources;
    sources.overrides = {
        {"listen.address", "nowhere", "--listen"},
        {"listen.adress", "x", "--set"}};
    const auto loaded = load_config(sources);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(
        loaded.error().to_string(),
        "--listen: /listen/address: expected HOST:PORT such as 127.0.0.1:8700 or [::1]:8700, found "
        "\"nowhere\"\n"
        "--set: unknown setting \"listen.adress\", did you mean \"listen.address\"?\n");
}

TEST(ConfigSources, IncludeTheProcesssOwnEnvironment) {
    EXPECT_TRUE(current_environment().contains("PATH"));
}

}  // namespace
}  // namespace eventbus
